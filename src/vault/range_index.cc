#include "vault/range_index.h"

#include <algorithm>

#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr int kBranchBits = 2;  // four children a node
constexpr int kDecimals = 6;    // numbers are counted in millionths
constexpr int64_t kMillion = 1'000'000;
// So that every difference of two places fits 64 bits.
constexpr int64_t kFarthest = int64_t{4'000'000'000'000'000'000};

bool IsDate(FieldType type) { return type == FieldType::kDate || type == FieldType::kDateOfBirth; }

// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
int64_t DayNumber(const detect::CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

struct Decimal {
  bool negative = false;
  std::string_view whole;     // no leading zeros but "0"
  std::string_view fraction;  // no trailing zeros
};

Decimal Split(std::string_view canonical) {
  Decimal parts;
  if (canonical.starts_with('-')) {
    parts.negative = true;
    canonical.remove_prefix(1);
  }
  const size_t point = std::min(canonical.find('.'), canonical.size());
  parts.whole = canonical.substr(0, point);
  if (point < canonical.size()) parts.fraction = canonical.substr(point + 1);
  return parts;
}

int CompareSizes(const Decimal& a, const Decimal& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  if (const int order = a.whole.compare(b.whole); order != 0) return order;
  return a.fraction.compare(b.fraction);  // without trailing zeros the text's order is the number's
}

// Millionths, rounded down, the nearest of the farthest for what is beyond.
int64_t Millionths(std::string_view canonical) {
  const Decimal parts = Split(canonical);
  if (parts.whole.size() > 13) return parts.negative ? -kFarthest : kFarthest;
  int64_t size = 0;
  for (const char digit : parts.whole) size = size * 10 + (digit - '0');
  if (size > kFarthest / kMillion - 1) return parts.negative ? -kFarthest : kFarthest;
  for (size_t i = 0; i < kDecimals; ++i) size = size * 10 + (i < parts.fraction.size() ? parts.fraction[i] - '0' : 0);
  const bool cut = parts.fraction.size() > kDecimals;
  return parts.negative ? -size - (cut ? 1 : 0) : size;
}

std::optional<int64_t> Scaled(FieldType type, std::string_view text) {
  if (IsDate(type)) {
    const auto date = ParseIsoDate(TrimSpace(text));
    if (!date) return std::nullopt;
    return DayNumber(*date);
  }
  const auto number = CanonicalNumber(TrimSpace(text));
  if (!number) return std::nullopt;
  return Millionths(*number);
}

Status Bad(std::string what) { return Status(Reason::kFieldInvalid, "'range': " + std::move(what)); }

}  // namespace

bool RangeIndexAllowed(FieldType type) { return IsDate(type) || type == FieldType::kNumber; }

Result<RangeScale> RangeScale::Of(FieldType type, const RangeBounds& bounds) {
  if (!RangeIndexAllowed(type)) return Bad("is for dates and numbers");
  const bool date = IsDate(type);
  if (!date && (bounds.min.empty() || bounds.max.empty() || bounds.step.empty())) {
    return Bad("a number needs 'min', 'max' and 'step', the fineness its index tells apart");
  }
  // 65,536 days, eight levels.
  const auto least = Scaled(type, bounds.min.empty() ? "1900-01-01" : bounds.min);
  const auto greatest = Scaled(type, bounds.max.empty() ? "2079-06-05" : bounds.max);
  if (!least || !greatest) return Bad(date ? "'min' and 'max' are dates as yyyy-mm-dd" : "'min' and 'max' are numbers");
  const auto step = Scaled(FieldType::kNumber, bounds.step.empty() ? "1" : bounds.step);
  if (!step || *step <= 0) return Bad("'step' is a number above 0");
  if (date && *step % kMillion != 0) return Bad("'step' of a date is a whole number of days");
  if (*least >= *greatest) return Bad("'min' is below 'max'");
  if (*greatest >= kFarthest || *least <= -kFarthest)
    return Bad("numbers lie within 4,000,000,000,000 on either side of 0");
  RangeScale scale;
  scale.type_ = type;
  scale.least_ = *least;
  scale.step_ = date ? *step / kMillion : *step;
  const uint64_t places = static_cast<uint64_t>(*greatest - *least) / static_cast<uint64_t>(scale.step_) + 1;
  if (places > uint64_t{1} << (kBranchBits * kMaxLevels)) {
    return Bad("there are more than 1,048,576 steps between 'min' and 'max'; make 'step' larger");
  }
  scale.places_ = static_cast<uint32_t>(places);
  while (uint64_t{1} << (kBranchBits * scale.levels_) < places) ++scale.levels_;
  return scale;
}

std::optional<uint32_t> RangeScale::PlaceOf(std::string_view value) const {
  const auto scaled = Scaled(type_, value);
  if (!scaled) return std::nullopt;
  if (*scaled <= least_) return 0;
  const uint64_t place = static_cast<uint64_t>(*scaled - least_) / static_cast<uint64_t>(step_);
  return static_cast<uint32_t>(std::min<uint64_t>(place, places_ - 1));
}

std::vector<RangeNode> RangeScale::NodesOf(uint32_t place) const {
  std::vector<RangeNode> nodes;
  for (int level = 0; level < levels_; ++level) {
    nodes.push_back({static_cast<uint8_t>(level), place >> (kBranchBits * level)});
  }
  return nodes;
}

std::vector<RangeNode> RangeScale::Cover(uint32_t from, uint32_t to) const {
  std::vector<RangeNode> cover;
  uint64_t low = from;
  uint64_t high = uint64_t{to} + 1;  // exclusive
  constexpr uint64_t kMask = (1u << kBranchBits) - 1;
  for (int level = 0; low < high; ++level) {
    const bool top = level == levels_ - 1;
    // What does not fill a parent is taken here; on the top everything is.
    while (low < high && (top || (low & kMask) != 0))
      cover.push_back({static_cast<uint8_t>(level), static_cast<uint32_t>(low++)});
    while (low < high && (high & kMask) != 0)
      cover.push_back({static_cast<uint8_t>(level), static_cast<uint32_t>(--high)});
    low >>= kBranchBits;
    high >>= kBranchBits;
  }
  return cover;
}

std::string RangeScale::RowValue(uint32_t node) const {
  Bytes out;
  ByteWriter writer(out);
  writer.U64(static_cast<uint64_t>(least_));
  writer.U64(static_cast<uint64_t>(step_));
  writer.U32(node);
  return out;
}

std::optional<int> CompareInOrder(FieldType type, std::string_view a, std::string_view b) {
  if (IsDate(type)) {
    const auto first = ParseIsoDate(TrimSpace(a));
    const auto second = ParseIsoDate(TrimSpace(b));
    if (!first || !second) return std::nullopt;
    return *first < *second ? -1 : *first == *second ? 0 : 1;
  }
  const auto first = CanonicalNumber(TrimSpace(a));
  const auto second = CanonicalNumber(TrimSpace(b));
  if (!first || !second) return std::nullopt;
  const Decimal left = Split(*first);
  const Decimal right = Split(*second);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  return left.negative ? CompareSizes(right, left) : CompareSizes(left, right);
}

}  // namespace strongroom
