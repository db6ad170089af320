// What a survey says of a place: which items lie there, which fields they have, and what each field holds of each kind.
// Counts, shares and masked samples; never a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "detect/finding.h"

namespace strongroom::survey {

inline constexpr size_t kMostSamples = 3;
inline constexpr size_t kMostFields = 500;  // of one item that are told apart; the rest goes into one named "…"

// One kind in one field.
struct Holding {
  detect::Kind kind = detect::Kind::kPerson;
  std::string subtype;
  uint64_t finds = 0;
  uint64_t cells = 0;  // in which it was found; 0 where there are no cells
  float score = 0;     // of the surest
  // So few, or of so plain a shape, that chance explains them: a ninth of all numbers passes a check digit of ten.
  bool doubtful = false;
  std::vector<std::string> samples = {};  // masked
};

// A column, a member of JSON, a part of a message; or the whole of a text, when the name is empty.
struct Field {
  std::string name;
  uint64_t cells = 0;   // 0: the item has no cells
  uint64_t filled = 0;  // that are not empty
  std::vector<Holding> holds = {};

  // Of the filled cells, from 0 to 1; 0 where there are no cells.
  double ShareOf(const Holding& holding) const {
    return filled == 0 ? 0 : static_cast<double>(holding.cells) / static_cast<double>(filled);
  }
};

enum class ItemState : uint8_t {
  kRead,
  kSampled,       // in part, as was asked for
  kUnchanged,     // since the run before, whose finds stand here
  kNotLookedInto  // `reason` says why
};
std::string_view NameOf(ItemState state);  // "read", "sampled", "unchanged", "not-looked-into"

// A file, an entry of an archive, a message, a table, a page.
struct Item {
  std::string name;  // below its place; masked where it is itself personal
  std::string what;  // "text", "csv", "table", "message", "pdf"
  ItemState state = ItemState::kRead;
  std::string reason = {};
  uint64_t bytes = 0;
  uint64_t rows = 0;      // that were read
  uint64_t all_rows = 0;  // of which those are some, near enough; 0: not known
  std::vector<Field> fields = {};

  bool HoldsAnything() const;
};

// Adds a find to the holding of its kind, which is made when it is new.  Samples beyond kMostSamples and ones that are
// there already are dropped.
Holding& HoldingOf(Field& field, detect::Kind kind, std::string_view subtype);
void AddSample(Holding& holding, std::string sample);
// The field of this name, made when it is new and there are not too many.
Field& FieldOf(Item& item, std::string_view name);

// The find as it may be shown: an initial or the last digits, at most 80 bytes, on one line.
std::string MaskedSample(detect::Kind kind, std::string_view text, size_t begin, size_t end);

// A name as it may be shown: what could steer a terminal or a page, and what is no text, is "?"; a long one is cut.
std::string Shown(std::string_view text, size_t most_bytes = 1000);

// Items between processes, and in the file that remembers them (docs/formats/scan-report.md).  What is read may be
// anybody's: names and samples are made printable, numbers are bounded by their types.  kDataCorrupt.
void AppendItem(Bytes& out, const Item& item);
Result<Item> ReadItem(ByteView bytes);

}  // namespace strongroom::survey
