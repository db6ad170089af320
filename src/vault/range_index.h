// A search between two values: places on a scale, and the intervals that stand for them in the index.
//
// The scale has 4^levels places at most; level k joins 4^k of them into one node.  A value has a row for the node it is
// in on each level, a search looks up the fewest nodes that cover what it asks for.  Why four: docs/decisions/0020.
// Format: docs/formats/data-store.md, "Intervals".  Places are hints like all index rows: the values decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "vault/field_type.h"

namespace strongroom {

// As the catalogue has them: dates or decimal numbers, `step` in days for dates.  Empty: what the type has without.
struct RangeBounds {
  std::string min;
  std::string max;
  std::string step;
  bool empty() const { return min.empty() && max.empty() && step.empty(); }
  bool operator==(const RangeBounds&) const = default;
};

// Whether values of the type have an order that people search by: date, date_of_birth, number.
bool RangeIndexAllowed(FieldType type);

struct RangeNode {
  uint8_t level = 0;
  uint32_t node = 0;
  bool operator==(const RangeNode&) const = default;
};

// A value type; any thread.
class RangeScale {
 public:
  static constexpr int kMaxLevels = 10;

  // kFieldInvalid says which bound to change.
  static Result<RangeScale> Of(FieldType type, const RangeBounds& bounds);

  int levels() const { return levels_; }
  uint32_t last_place() const { return places_ - 1; }
  // Of a value in its stored or search form; the nearest end for one outside of the bounds; nothing for what is no
  // value.
  std::optional<uint32_t> PlaceOf(std::string_view value) const;
  // The value's node on every level.
  std::vector<RangeNode> NodesOf(uint32_t place) const;
  // Nodes that cover `from` to `to` and nothing else; at most 6 a level.  Precondition: from <= to.
  std::vector<RangeNode> Cover(uint32_t from, uint32_t to) const;
  // What the row of a node is blinded from, beside its label.
  std::string RowValue(uint32_t node) const;

 private:
  FieldType type_ = FieldType::kDate;
  int64_t least_ = 0;  // days, or millionths
  int64_t step_ = 1;
  uint32_t places_ = 1;
  int levels_ = 1;
};

// Exact order of two values of the type: below, at or above zero.  Nothing if either is no value of it.
std::optional<int> CompareInOrder(FieldType type, std::string_view a, std::string_view b);

}  // namespace strongroom
