#include "survey/findings.h"

#include <algorithm>
#include <bit>

#include "base/encoding.h"
#include "redact/replacement.h"
#include "redact/text.h"

namespace strongroom::survey {
namespace {

constexpr size_t kLongestSample = 80;
constexpr size_t kLongestName = 1000;
constexpr size_t kMostHoldings = 200;

}  // namespace

std::string Shown(std::string_view text, size_t most_bytes) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const redact::CodePoint c = redact::CodePointAt(text.substr(at));
    const bool steers = c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0) || c.value == 0xFFFD ||
                        (c.value >= 0x200B && c.value <= 0x200F) || (c.value >= 0x2028 && c.value <= 0x202E) ||
                        (c.value >= 0x2066 && c.value <= 0x2069) || c.value == 0xFEFF;
    if (shown.size() + c.size > most_bytes) {
      shown += "…";
      break;
    }
    steers ? shown += '?' : shown += text.substr(at, c.size);
    at += c.size;
  }
  return shown;
}

std::string_view NameOf(ItemState state) {
  switch (state) {
    case ItemState::kRead:
      return "read";
    case ItemState::kSampled:
      return "sampled";
    case ItemState::kUnchanged:
      return "unchanged";
    case ItemState::kNotLookedInto:
      return "not-looked-into";
  }
  return "";
}

bool Item::HoldsAnything() const {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) { return !field.holds.empty(); });
}

Holding& HoldingOf(Field& field, detect::Kind kind, std::string_view subtype) {
  for (Holding& holding : field.holds) {
    if (holding.kind == kind && holding.subtype == subtype) return holding;
  }
  if (field.holds.size() >= kMostHoldings) return field.holds.back();
  Holding holding;
  holding.kind = kind;
  holding.subtype = subtype;
  return field.holds.emplace_back(std::move(holding));
}

void AddSample(Holding& holding, std::string sample) {
  if (sample.empty() || holding.samples.size() >= kMostSamples) return;
  if (std::find(holding.samples.begin(), holding.samples.end(), sample) != holding.samples.end()) return;
  holding.samples.push_back(std::move(sample));
}

Field& FieldOf(Item& item, std::string_view name) {
  for (Field& field : item.fields) {
    if (field.name == name) return field;
  }
  if (item.fields.size() >= kMostFields) {
    item.fields.back().name = "…";
    return item.fields.back();
  }
  return item.fields.emplace_back(Field{std::string(name), 0, 0, {}});
}

std::string MaskedSample(detect::Kind kind, std::string_view text, size_t begin, size_t end) {
  std::string masked;
  redact::AppendMask(kind, text.substr(begin, end - begin), redact::IsGlued(text, begin, end), masked);
  return Shown(masked, kLongestSample);
}

void AppendItem(Bytes& out, const Item& item) {
  ByteWriter writer(out);
  writer.Prefixed(item.name);
  writer.Prefixed(item.what);
  writer.U8(static_cast<uint8_t>(item.state));
  writer.Prefixed(item.reason);
  writer.Varint(item.bytes);
  writer.Varint(item.rows);
  writer.Varint(item.all_rows);
  writer.Varint(item.fields.size());
  for (const Field& field : item.fields) {
    writer.Prefixed(field.name);
    writer.Varint(field.cells);
    writer.Varint(field.filled);
    writer.Varint(field.holds.size());
    for (const Holding& holding : field.holds) {
      writer.U8(static_cast<uint8_t>(holding.kind));
      writer.Prefixed(holding.subtype);
      writer.Varint(holding.finds);
      writer.Varint(holding.cells);
      writer.U32(std::bit_cast<uint32_t>(holding.score));
      writer.U8(holding.doubtful ? 1 : 0);
      writer.Varint(holding.samples.size());
      for (const std::string& sample : holding.samples) writer.Prefixed(sample);
    }
  }
}

namespace {

Status Nonsense() { return Status(Reason::kDataCorrupt, "This is no item of a survey."); }

Result<Holding> ReadHolding(ByteReader& reader) {
  Holding holding;
  const uint8_t kind = reader.U8();
  if (kind >= detect::kKindCount) return Nonsense();
  holding.kind = static_cast<detect::Kind>(kind);
  holding.subtype = Shown(reader.Prefixed(), kLongestSample);
  holding.finds = reader.Varint();
  holding.cells = reader.Varint();
  holding.score = std::bit_cast<float>(reader.U32());
  if (!(holding.score >= 0 && holding.score <= 1)) return Nonsense();
  holding.doubtful = reader.U8() != 0;
  const uint64_t samples = reader.Varint();
  if (samples > kMostSamples) return Nonsense();
  for (uint64_t i = 0; i < samples; ++i) holding.samples.push_back(Shown(reader.Prefixed(), kLongestSample));
  return holding;
}

}  // namespace

Result<Item> ReadItem(ByteView bytes) {
  ByteReader reader(bytes);
  Item item;
  item.name = Shown(reader.Prefixed(), kLongestName);
  item.what = Shown(reader.Prefixed(), kLongestSample);
  const uint8_t state = reader.U8();
  if (state > static_cast<uint8_t>(ItemState::kNotLookedInto)) return Nonsense();
  item.state = static_cast<ItemState>(state);
  item.reason = Shown(reader.Prefixed(), kLongestName);
  item.bytes = reader.Varint();
  item.rows = reader.Varint();
  item.all_rows = reader.Varint();
  const uint64_t fields = reader.Varint();
  if (fields > kMostFields) return Nonsense();
  for (uint64_t i = 0; i < fields && !reader.failed(); ++i) {
    Field field;
    field.name = Shown(reader.Prefixed(), kLongestName);
    field.cells = reader.Varint();
    field.filled = reader.Varint();
    const uint64_t holdings = reader.Varint();
    if (holdings > kMostHoldings) return Nonsense();
    for (uint64_t j = 0; j < holdings && !reader.failed(); ++j) {
      ASSIGN_OR_RETURN(Holding holding, ReadHolding(reader));
      field.holds.push_back(std::move(holding));
    }
    item.fields.push_back(std::move(field));
  }
  RETURN_IF_ERROR(reader.Finish("an item of a survey"));
  return item;
}

}  // namespace strongroom::survey
