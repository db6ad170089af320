// JSON (RFC 8259) and NDJSON: one value, or any number of them one after the other.
#pragma once

#include <string>
#include <vector>

#include "redact/batches.h"
#include "redact/filter.h"

namespace strongroom::redact {

// Strings and numbers are searched under the names of the members they stand in ("customer.phone"); so are names that
// are no plain identifiers ("anna@firma.se": ...), since those are data too.  Strings are searched as the text they
// mean and what replaces a find is written as JSON again; a number in which something is found becomes a string unless
// it stays a number.  So valid JSON stays valid; names that were different may become the same, which JSON allows.
// What is not JSON is kMalformedJson, deeper nesting than 512 kTooDeep; both name the line.
class JsonFilter : public Filter {
 public:
  explicit JsonFilter(const Job& job) : pipeline_(job) {}
  Status Feed(std::string_view bytes) override;
  Status Finish() override;

 private:
  enum class State : uint8_t { kBetween, kString, kStringEscape, kScalar };
  enum class Expect : uint8_t { kValue, kFirstValueOrEnd, kFirstNameOrEnd, kName, kColon, kCommaOrEnd };
  struct Level {
    bool object = false;
    size_t heading_size = 0;  // of heading_ before the member's name was added
    std::string name;         // of the member being read, for paths; "?" when it is no plain identifier
    uint64_t index = 0;       // of the item being read
  };
  Status Between(char c);
  Status Open(bool object);
  Status Close(bool object);
  Status EndString();
  void EndName(size_t begin, size_t end);
  Status EndScalar();
  void AfterValue();
  std::string Path() const;
  Status Malformed(std::string_view what) const;

  BatchPipeline pipeline_;
  State state_ = State::kBetween;
  Expect expect_ = Expect::kValue;
  std::vector<Level> levels_;
  std::string heading_;  // names from the root, with dots between
  size_t begin_ = 0;     // of the string's content or the scalar, in the batch
  bool is_name_ = false;
  uint64_t line_ = 1;
  uint64_t fed_ = 0;
  uint64_t mark_size_ = 0;  // of the byte order mark, so far
};

}  // namespace strongroom::redact
