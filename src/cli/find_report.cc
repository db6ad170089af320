#include "cli/find_report.h"

#include <cmath>
#include <cstdio>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace strongroom {
namespace {

constexpr size_t kHeldBytes = size_t{64} << 10;

// Two digits say all there is: scores are no probabilities.
std::string ScoreText(float score) {
  char text[16];
  const int size = snprintf(text, sizeof text, "%.2f", static_cast<double>(score));
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

// Names of files may be any bytes.
std::string AsUtf8(std::string_view path) {
  if (IsValidUtf8(path)) return std::string(path);
  std::string shown;
  for (char c : path) shown.push_back(static_cast<unsigned char>(c) < 0x80 ? c : '?');
  return shown;
}

}  // namespace

void FindReport::Print() {
  if (out_) out_(lines_);
  lines_.clear();
}

void FindReport::Flush() {
  if (!lines_.empty()) Print();
}

void FindReport::AddText(const redact::Found& found) {
  const redact::Place& place = found.place;
  lines_ += Printable(AsUtf8(path_));
  if (!place.part.empty()) lines_.append(" (").append(place.part).append(")");
  if (place.line > 0)
    lines_.append(":").append(std::to_string(place.line)).append(":").append(std::to_string(place.column));
  lines_ += ": ";
  if (!place.path.empty()) lines_.append(place.path).append(": ");
  lines_.append(detect::NameOf(found.kind));
  if (!found.subtype.empty()) lines_.append(" ").append(found.subtype);
  lines_.append(" ").append(ScoreText(found.score)).append(" ").append(found.rule).append("\n");
}

void FindReport::AddJson(const redact::Found& found) {
  const redact::Place& place = found.place;
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_));
  if (!place.part.empty()) json.String("part", place.part);
  json.String("type", detect::NameOf(found.kind));
  if (!found.subtype.empty()) json.String("subtype", found.subtype);
  if (!place.path.empty()) json.String("path", place.path);
  if (place.line > 0) {
    json.Key("line").Uint(place.line).Key("column").Uint(place.column);
  }
  json.Key("byte").Uint(place.byte);
  json.Key("score").Raw(ScoreText(found.score)).String("rule", found.rule).EndObject();
  lines_.push_back('\n');
}

void FindReport::Add(const redact::Found& found) {
  ++found_;
  ++by_kind_[static_cast<size_t>(found.kind)];
  if (!out_) return;
  json_ ? AddJson(found) : AddText(found);
  if (lines_.size() >= kHeldBytes) Print();
}

void FindReport::AddFailure(const Status& status) {
  ++failed_files_;
  if (!out_ || !json_) return;
  JsonWriter json(lines_);
  json.BeginObject().String("file", AsUtf8(path_)).String("error", InfoOf(status.reason()).wire_code).EndObject();
  lines_.push_back('\n');
}

void FindReport::Finish(uint64_t files) {
  if (out_ && json_) {
    JsonWriter json(lines_);
    json.BeginObject().Key("files").Uint(files).Key("failed_files").Uint(failed_files_).Key("found").Uint(found_);
    json.Key("by_type").BeginObject();
    for (size_t kind = 0; kind < by_kind_.size(); ++kind) {
      if (by_kind_[kind] > 0) json.Key(detect::NameOf(static_cast<detect::Kind>(kind))).Uint(by_kind_[kind]);
    }
    json.EndObject().EndObject();
    lines_.push_back('\n');
  }
  Flush();
}

std::string FindReport::Summary() const {
  std::string text = WithThousands(found_) + (found_ == 1 ? " find" : " finds");
  const char* between = ": ";
  for (size_t kind = 0; kind < by_kind_.size(); ++kind) {
    if (by_kind_[kind] == 0) continue;
    text.append(between).append(WithThousands(by_kind_[kind])).append(" ");
    text.append(detect::NameOf(static_cast<detect::Kind>(kind)));
    between = ", ";
  }
  return text;
}

}  // namespace strongroom
