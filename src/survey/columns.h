// Columns: what the cells of one hold, seen cell by cell, in bounded memory however many there are.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/finder.h"
#include "redact/decider.h"
#include "survey/findings.h"

namespace strongroom::survey {

// What is looked for.  What it points to outlives whoever was given it.
struct Search {
  const detect::Finder* finder = nullptr;  // answers doubtful finds too (redact::kDoubtfulScore)
  redact::Selection selection = {};
  // The same without the model of names, which costs most: what columns are searched with in which that model found
  // nothing for long, but for each 16th cell.  Null: `finder` searches all.
  const detect::Finder* shapes = nullptr;
};

// Kinds that are personal by themselves.  Left out: dates, places, organisations and addresses of pages, of which every
// company's tables are full.
detect::KindSet PersonalKinds();

// One thread.
class ColumnTally {
 public:
  // `heading` is the column's name: context for the search.
  ColumnTally(const Search& search, std::string heading);

  void AddCell(std::string_view text);
  // What another thread saw of the same column.
  void Merge(const ColumnTally& other);
  // What it holds: doubtful finds count when most cells are alike, and few are marked when chance explains them.
  Field Finish() const;

 private:
  // What one cell held of one kind.
  struct Seen {
    detect::Kind kind = detect::Kind::kPerson;
    std::string_view subtype;
    uint32_t finds = 0;
    bool sure = false;   // reached the score that was asked for
    bool whole = false;  // is the cell, near enough
    bool bare = false;   // the whole of a cell of digits alone
    float score = 0;
    uint32_t begin = 0;  // of the first, in the cell
    uint32_t end = 0;
  };
  struct Count {
    detect::Kind kind = detect::Kind::kPerson;
    std::string_view subtype;
    uint64_t finds = 0;        // sure ones
    uint64_t cells = 0;        // with a sure one
    uint64_t bare_cells = 0;   // of those
    uint64_t doubtful = 0;     // cells whose whole is a doubtful one
    uint64_t whole_cells = 0;  // whose whole is one, sure or not
    float score = 0;
    float doubtful_score = 0;
    std::vector<std::string> samples = {};
    std::vector<std::string> doubtful_samples = {};
  };
  // Cells that came lately: columns repeat themselves.
  struct Recent {
    std::string text;
    std::array<Seen, 2> seen;
    uint8_t count = 0;
    bool used = false;
  };
  void Look(std::string_view text);
  void Keep(std::string_view text);
  Count& CountOf(detect::Kind kind, std::string_view subtype);

  const Search search_;
  const std::string heading_;
  uint64_t cells_ = 0;
  uint64_t filled_ = 0;
  uint64_t looked_ = 0;
  bool modelled_ = false;  // the model found something
  std::vector<Count> counts_;
  std::vector<detect::Finding> findings_;
  std::vector<Seen> seen_;
  std::vector<Recent> recent_;
};

}  // namespace strongroom::survey
