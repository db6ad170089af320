// What was taken out, so that it can be looked for wherever else it may stand.  Lives as long as the run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "detect/finding.h"

namespace strongroom::pdf {

// Two ways of being the same.  Numbers and addresses of mail: letters and digits alone count, in either case, with at
// most two characters between, wherever they stand (those of less than nine, not inside of a longer one).  Words: the
// same letters in the same case, not inside of a longer word.
class TakenValues {
 public:
  // Short values (less than 6 letters and digits, or 4 of a word, or 2 Han characters) are too common to be looked for.
  void Add(std::string_view text, detect::Kind kind);
  // A person decided that it stays somewhere: it is not looked for.
  void Spare(std::string_view text) { spared_.insert(Key(text)); }
  void Build();  // after the last Add or Spare; once

  struct Hit {
    size_t begin = 0;  // in bytes of the text searched
    size_t end = 0;
    detect::Kind kind = detect::Kind::kPerson;
  };
  // In UTF-8.  Sorted, none overlap.
  std::vector<Hit> Find(std::string_view text) const { return Find(text, true); }
  // Whether bytes of any kind hold a number or an address of mail as it was written: UTF-8, UTF-16BE or Latin-1, 8
  // bytes or more.
  bool InBytes(std::string_view bytes) const;
  // Whether a string of a PDF (PDFDocEncoding or UTF-16BE or neither) says one.  A name says no words: fonts are called
  // Georgia.
  bool InString(std::string_view bytes) const;
  bool InName(std::string_view bytes) const;
  size_t size() const { return values_.size(); }

 private:
  struct Value {
    std::u32string letters;
    detect::Kind kind = detect::Kind::kPerson;
    bool word = false;
    bool loose = false;  // long enough to be looked for inside of longer ones
  };
  std::vector<Hit> Find(std::string_view text, bool words) const;
  static std::u32string Key(std::string_view text);

  std::vector<Value> values_;
  std::unordered_set<std::u32string> known_;
  std::unordered_set<std::u32string> spared_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_start_;
  std::vector<std::string> written_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_bytes_;
  std::vector<uint8_t> filter_;  // 0 or 1
};

// The characters of UTF-8; what is not is passed over.
std::u32string FromUtf8(std::string_view text, std::vector<uint32_t>* begins = nullptr);
// What a string object says: UTF-16BE with its mark, UTF-8 with its mark, else PDFDocEncoding; as UTF-8.
std::string Utf8OfString(std::string_view bytes);

}  // namespace strongroom::pdf
