// The file of a model: docs/formats/names-model.md.
#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "base/encoding.h"
#include "names/hashing.h"
#include "names/model.h"

namespace strongroom::names {
namespace {

constexpr ByteView kMagic = "SRNAMES\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kMostValues = 1U << 16;
constexpr size_t kChecksumBytes = 8;

// Each step maps different states to different states, so no single changed byte goes unnoticed.
uint64_t Checksum(ByteView bytes) {
  uint64_t hash = kWordSeed;
  for (const char c : bytes) {
    hash = HashStep(hash, static_cast<unsigned char>(c));
    hash ^= hash >> 29;
  }
  return HashEnd(hash ^ bytes.size());
}

Status Corrupt(const char* what) {
  return {Reason::kDataCorrupt, std::string("this is no model of names that this version reads: ") + what};
}

void WriteWords(const std::vector<Lexicon::Entry>& words, ByteWriter& out) {
  std::map<uint32_t, uint32_t> numbers;  // of the distinct values
  for (const Lexicon::Entry& word : words) numbers.emplace(word.value, 0);
  out.Varint(numbers.size());
  uint32_t next = 0;
  for (auto& [value, number] : numbers) {
    out.U32(value);
    number = next++;
  }
  out.Varint(words.size());
  uint64_t last = 0;
  for (const Lexicon::Entry& word : words) {
    out.Varint(word.key - last);
    out.Varint(numbers[word.value]);
    last = word.key;
  }
}

Status ReadWords(ByteReader& in, std::vector<Lexicon::Entry>& words) {
  const uint64_t value_count = in.Varint();
  if (value_count > kMostValues || value_count * 4 > in.remaining()) return Corrupt("too many values of words");
  std::vector<uint32_t> values;
  for (uint64_t i = 0; i < value_count; ++i) {
    values.push_back(in.U32());
    if (values[i] == 0 || (i > 0 && values[i] <= values[i - 1])) return Corrupt("values of words out of order");
  }
  const uint64_t count = in.Varint();
  if (count > kMostWords || count * 2 > in.remaining()) return Corrupt("too many words");
  words.reserve(count);
  uint64_t key = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t step = in.Varint();
    const uint64_t number = in.Varint();
    if ((step == 0 && i > 0) || step > UINT32_MAX || number >= values.size()) return Corrupt("a word out of order");
    key += step;
    if (key > UINT32_MAX) return Corrupt("a word out of order");
    words.push_back({static_cast<uint32_t>(key), values[number]});
  }
  return {};
}

void WriteFeatures(const ModelParts& parts, ByteWriter& out) {
  out.Varint(parts.weights.size());
  uint64_t last = 0;
  for (size_t row = 0; row < parts.weights.size(); ++row) {
    out.Varint(parts.feature_keys[row] - last);
    last = parts.feature_keys[row];
    uint16_t set = 0;
    for (size_t i = 0; i < kLabelCount; ++i) set |= static_cast<uint16_t>((parts.weights[row][i] != 0 ? 1U : 0U) << i);
    out.U16(set);
    for (const int8_t weight : parts.weights[row]) {
      if (weight != 0) out.U8(static_cast<uint8_t>(weight));
    }
  }
}

Status ReadFeatures(ByteReader& in, ModelParts& parts) {
  const uint64_t count = in.Varint();
  if (count > kMostFeatures || count * 4 > in.remaining()) return Corrupt("too many features");
  parts.feature_keys.reserve(count);
  parts.weights.reserve(count);
  uint64_t key = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t step = in.Varint();
    if ((step == 0 && i > 0) || step > UINT32_MAX || key + step > UINT32_MAX) return Corrupt("a feature out of order");
    key += step;
    const uint16_t set = in.U16();
    if (set == 0) return Corrupt("a feature without weights");
    WeightRow row = {};
    for (size_t label = 0; label < kLabelCount; ++label) {
      if ((set >> label & 1) == 0) continue;
      row[label] = static_cast<int8_t>(in.U8());
      if (row[label] == 0) return Corrupt("a weight that says nothing");
    }
    parts.feature_keys.push_back(static_cast<uint32_t>(key));
    parts.weights.push_back(row);
  }
  return {};
}

}  // namespace

Bytes EncodeModel(const ModelParts& parts) {
  Bytes file;
  ByteWriter out(file);
  out.Raw(kMagic);
  out.U32(kVersion);
  out.U32(parts.scale);
  for (const auto& row : parts.transitions) {
    for (const int16_t weight : row) out.U16(static_cast<uint16_t>(weight));
  }
  WriteWords(parts.words, out);
  WriteFeatures(parts, out);
  return SealModelFile(file.substr(kMagic.size()));
}

Bytes SealModelFile(Bytes content) {
  content.insert(0, kMagic);
  ByteWriter(content).U64(Checksum(content));
  return content;
}

Result<ModelParts> DecodeModel(ByteView file) {
  if (file.size() < kMagic.size() + kChecksumBytes || !file.starts_with(kMagic)) return Corrupt("it begins otherwise");
  const ByteView body = file.substr(0, file.size() - kChecksumBytes);
  if (ByteReader(file.substr(body.size())).U64() != Checksum(body)) return Corrupt("its checksum is another");
  ByteReader in(body.substr(kMagic.size()));
  if (in.U32() != kVersion) return Corrupt("it is of another version");
  ModelParts parts;
  parts.scale = in.U32();
  if (parts.scale == 0 || parts.scale > 1U << 20) return Corrupt("its scale is out of range");
  for (auto& row : parts.transitions) {
    for (int16_t& weight : row) weight = static_cast<int16_t>(in.U16());
  }
  RETURN_IF_ERROR(ReadWords(in, parts.words));
  RETURN_IF_ERROR(ReadFeatures(in, parts));
  RETURN_IF_ERROR(in.Finish("model of names"));
  return parts;
}

}  // namespace strongroom::names
