// Making a breach filter (docs/formats/breach-filter.md) from public lists of hashes.  One pass over sorted input, in a
// fixed amount of memory: the index (at most 32 MiB), a piece of the body (1 MiB), and one block.  One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/sha1.h"
#include "factors/breach_filter.h"

namespace strongroom {

struct BreachFilterOptions {
  int false_positive_bits = 14;  // at most one stranger in 2^14 is taken for known; 4 to 24
  // Passwords seen less often are left out.  Very large lists add little (SP 800-63B-4, 3.1.1.2).
  uint64_t least_count = 1;
  UnixMillis made_at = 0;
};

class BreachFilterBuilder {
 public:
  // Writes `path` + ".partial"; Finish moves it into place, and dropping the builder before that removes it.
  // `expected_hashes` sizes the filter; more than that are refused.
  static Result<BreachFilterBuilder> Create(const std::string& path, uint64_t expected_hashes,
                                            const BreachFilterOptions& options);
  BreachFilterBuilder(BreachFilterBuilder&&) noexcept;
  BreachFilterBuilder& operator=(BreachFilterBuilder&&) noexcept;
  ~BreachFilterBuilder();

  // kImportInvalid unless hashes come in ascending order; the same one again is ignored.
  Status Add(const Sha1Digest& hash, uint64_t count);
  // On the disk and in place when ok.
  Result<BreachFilterInfo> Finish();

 private:
  struct Output;  // the file and the parameters
  explicit BreachFilterBuilder(std::unique_ptr<Output> output);
  std::unique_ptr<Output> output_;
};

// Each line's hash and count, in order; a failure of `take` ends the reading.  kFileUnreadable, and kImportInvalid with
// the line's number for lines that are no hash.  A name of five hexadecimal digits, ".txt" or not, is a range file.
Status ReadBreachFile(const std::string& path, const std::function<Status(const Sha1Digest&, uint64_t count)>& take);

// Each source is a file of whole hashes, a range file, or a folder of range files; range files are taken in the order
// of their names, others as they are named.  Reads them twice: first to count.
Result<BreachFilterInfo> BuildBreachFilter(const std::vector<std::string>& sources, const std::string& path,
                                           const BreachFilterOptions& options);
inline Result<BreachFilterInfo> BuildBreachFilter(const std::string& source, const std::string& path,
                                                  const BreachFilterOptions& options) {
  return BuildBreachFilter(std::vector<std::string>{source}, path, options);
}

namespace internal {
// One line: 35 or 40 hexadecimal digits (after `prefix` of five or none), a colon, a count; kImportInvalid otherwise.
Status ParseBreachLine(std::string_view prefix, std::string_view line, Sha1Digest& hash, uint64_t& count);
}  // namespace internal

}  // namespace strongroom
