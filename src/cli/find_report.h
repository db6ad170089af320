// Reports of what was found: for people, or as JSON lines (docs/formats/redaction-report.md).  Never a value.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "paper/paper.h"
#include "redact/filter.h"

namespace strongroom {

// One thread.
class FindReport {
 public:
  // `out` takes whole lines, many at a time; empty: nothing is printed, finds are counted alone.
  FindReport(bool json, std::function<void(std::string_view)> out) : json_(json), out_(std::move(out)) {}

  // All that follows is in this file; "-" is standard input.
  void BeginFile(std::string_view path) { path_ = path; }
  void Add(const redact::Found& found);
  // A page of paper that was gone through: its size, and what of it could not be read.  In JSON alone, unless something
  // could not.
  void AddPage(uint32_t number, const paper::PaperPage& page);
  // What the file was and became: SHA-256 in hexadecimal.  In JSON alone.
  void AddDigests(std::string_view before, std::string_view after);
  // A file that could not be gone through: the reason's code, never what stood in the file.
  void AddFailure(const Status& status);
  // The last line, and what was held back until now.
  void Finish(uint64_t files);
  void Flush();

  uint64_t found() const { return found_; }
  uint64_t failed_files() const { return failed_files_; }
  bool prints() const { return static_cast<bool>(out_); }
  // "3 finds: 2 PERSON, 1 EMAIL"
  std::string Summary() const;

 private:
  void Print();
  void AddText(const redact::Found& found);
  void AddJson(const redact::Found& found);

  const bool json_;
  const std::function<void(std::string_view)> out_;
  std::string path_;
  std::string lines_;
  uint64_t found_ = 0;
  uint64_t failed_files_ = 0;
  uint64_t manual_ = 0;  // boxes that a person drew
  std::array<uint64_t, detect::kKindCount> by_kind_{};
};

}  // namespace strongroom
