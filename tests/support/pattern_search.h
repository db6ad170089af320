// Searching bytes for thousands of values at once, each in every form in which it could have been written down.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace strongroom {

class PatternSearch {
 public:
  static constexpr size_t kShortestBytes = 8;

  // The bytes themselves; as hexadecimal of either case; as base64 of both alphabets, however it is aligned; as UTF-16
  // of either byte order; in lower case, as search forms are.  Precondition: at least 8 bytes.
  void AddValue(std::string_view value);
  // Forgets a value: it stands there without our doing.
  void Drop(size_t value);
  void Build();  // after the last AddValue or Drop

  // Which values occur, by the order in which they were added.  Any number of calls, after Build().
  struct Hit {
    size_t value = 0;
    const char* form = "";
    size_t offset = 0;
  };
  std::vector<Hit> Search(ByteView bytes) const;

  size_t values() const { return values_; }
  size_t forms() const { return forms_.size(); }
  size_t longest_bytes() const { return longest_bytes_; }

 private:
  struct Form {
    Bytes bytes;
    size_t value = 0;
    const char* name = "";
  };
  void Add(size_t value, const char* name, Bytes bytes);

  size_t values_ = 0;
  size_t longest_bytes_ = 0;
  std::vector<Form> forms_;
  std::vector<bool> dropped_;
  std::vector<uint64_t> filter_;      // a bit for each hash of a form's first 8 bytes
  std::vector<uint32_t> first_form_;  // open addressing by the same hash; 0: empty, else 1 + index into sorted forms
};

}  // namespace strongroom
