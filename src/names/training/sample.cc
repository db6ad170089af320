#include "names/training/sample.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/json.h"
#include "names/hashing.h"
#include "names/unicode.h"

namespace strongroom::names {
namespace {

// Byte offsets of all code points, and of the end.
std::vector<size_t> OffsetsOf(std::string_view text) {
  std::vector<size_t> offsets;
  for (size_t at = 0; at < text.size(); at += DecodeAt(text, at).size) offsets.push_back(at);
  offsets.push_back(text.size());
  return offsets;
}

Result<Sample> ReadSample(const std::string& line) {
  ASSIGN_OR_RETURN(JsonDocument document, JsonDocument::Parse(line));
  Sample sample;
  ASSIGN_OR_RETURN(const std::string_view text, document.root().GetString("text"));
  sample.text = text;
  const std::vector<size_t> offsets = OffsetsOf(sample.text);
  ASSIGN_OR_RETURN(const JsonValue spans, document.root().GetArray("spans"));
  for (const JsonValue item : spans) {
    int64_t place[2] = {};
    std::string type;
    size_t i = 0;
    for (const JsonValue part : item) {
      if (i < 2) {
        ASSIGN_OR_RETURN(place[i], part.AsInt(0, static_cast<int64_t>(offsets.size()) - 1));
      } else if (i == 2) {
        ASSIGN_OR_RETURN(const std::string_view name, part.AsString());
        type = name;
      }
      ++i;
    }
    if (type.empty() || place[0] >= place[1]) return Status(Reason::kDataCorrupt, "a span is [start, end, type]");
    sample.spans.push_back({offsets[place[0]], offsets[place[1]], type});
  }
  std::sort(sample.spans.begin(), sample.spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return sample;
}

}  // namespace

Result<std::vector<Sample>> ReadSamples(const std::string& path, const std::string& source) {
  std::ifstream file(path);
  if (!file) return Status(Reason::kFileUnreadable, "cannot read " + path);
  std::vector<Sample> samples;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    ASSIGN_OR_RETURN(Sample sample, ReadSample(line));
    sample.source = source;
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::optional<detect::Kind> KindOfType(std::string_view type) {
  using detect::Kind;
  constexpr std::pair<std::string_view, Kind> kinds[] = {
      {"PER", Kind::kPerson},         {"person", Kind::kPerson},         {"LOC", Kind::kLocation},
      {"location", Kind::kLocation},  {"ORG", Kind::kOrganization},      {"corporation", Kind::kOrganization},
      {"group", Kind::kOrganization}, {"ADDRESS", Kind::kStreetAddress}, {"STREET", Kind::kStreetAddress},
      {"DATE_TIME", Kind::kDate},     {"DOMAIN_NAME", Kind::kUrl},       {"EMAIL_ADDRESS", Kind::kEmail},
      {"PHONE_NUMBER", Kind::kPhone}, {"IBAN_CODE", Kind::kIban},
  };
  for (const auto& [name, kind] : kinds) {
    if (name == type) return kind;
  }
  return detect::KindOf(type);
}

std::string SkeletonOf(const Sample& sample) {
  std::string skeleton;
  size_t at = 0;
  for (const Span& span : sample.spans) {
    if (span.begin < at) continue;
    skeleton.append(sample.text, at, span.begin - at);
    skeleton += "{" + span.type + "}";
    at = span.end;
  }
  skeleton.append(sample.text, at);
  std::string folded;
  for (const char c : skeleton) {
    if (c >= 'A' && c <= 'Z') {
      folded += static_cast<char>(c | 0x20);
    } else if (c >= '0' && c <= '9') {
      folded += '0';
    } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != '>' && c != '?') {
      folded += c;
    }
  }
  return folded;
}

uint32_t ShareOf(std::string_view text, uint32_t parts) {
  uint64_t hash = kWordSeed;
  for (const char c : text) {
    hash = HashStep(hash, static_cast<unsigned char>(c));
    hash ^= hash >> 29;
  }
  return static_cast<uint32_t>(HashEnd(hash) % parts);
}

}  // namespace strongroom::names
