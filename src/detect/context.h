// Words that say what stands beside them: "SSN", "personnummer", "身份证".  Internal to detect.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace strongroom::detect::internal {

// A set of rows of the table of recognisers, by their index.
using RowSet = uint64_t;
// Of words that hide the words inside them.
inline constexpr RowSet kNoRow = RowSet{1} << 63;
// Of words that are a part of a phrase.
inline constexpr RowSet kPhrasePart = RowSet{1} << 62;

class ContextWords {
 public:
  // Adds the words of a row, separated by blanks; an underscore joins the words of a phrase.  Lower case.
  void Add(std::string_view words, RowSet rows);

  // The rows one of whose words stands before `at`: in the same line, not far, and with no other number between.
  RowSet Before(std::string_view text, size_t at) const;
  // The rows one of whose words follows closely.
  RowSet After(std::string_view text, size_t at) const;
  // The rows one of whose words stands anywhere in `text`.
  RowSet In(std::string_view text) const;

 private:
  struct Slot {
    uint64_t hash = 0;
    RowSet rows = 0;
  };
  class Reader;

  RowSet RowsOf(uint64_t hash) const {
    const uint64_t bit = hash >> 51;
    return (filter_[bit / 64] >> (bit % 64) & 1) == 0 ? 0 : Lookup(hash);
  }
  RowSet Lookup(uint64_t hash) const;
  void Insert(uint64_t hash, RowSet rows);
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  size_t used_ = 0;
  // Whether an ideograph or syllable, by a hash of its three bytes, begins a word.
  std::array<bool, 1024> begins_{};
  // A bit for what a hash in use begins with, so that most words are known to be none of ours at one glance.
  std::array<uint64_t, 128> filter_{};
};

}  // namespace strongroom::detect::internal
