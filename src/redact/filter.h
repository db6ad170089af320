// A filter: bytes of one format go in, the same bytes come out with what was found replaced.
//
// All filters keep every byte that is not part of a find, give the same output however the input is cut into pieces and
// whatever the number of threads, take time linear in the input and memory bounded by their limits, and change nothing
// when run over their own output.  None trusts its input: any bytes end in output or in a Status, and after a failed
// Status what was written is not the whole and must not be kept.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/finder.h"
#include "redact/decider.h"
#include "redact/replacement.h"

namespace strongroom::redact {

// Where a find stands.  Never holds what was found, nor names that may be personal.
struct Place {
  std::string part;     // of a file made of parts: "word/document.xml", "attachment 2"; empty: the file itself
  std::string path;     // in a table or a tree: "B7", "customers[3].phone"; empty in running text
  uint64_t byte = 0;    // in the part, from 0
  uint64_t line = 0;    // from 1; 0: lines mean nothing here
  uint64_t column = 0;  // in code points, from 1
  uint32_t page = 0;    // of paper, from 1; 0: there are no pages
  // On the page, one for each line it stands on: left, top, right, bottom, in the page's own unit (paper/page_text.h).
  std::vector<std::array<double, 4>> boxes = {};
};

// One line of a report.
struct Found {
  detect::Kind kind = detect::Kind::kPerson;
  std::string_view subtype;
  std::string_view rule;
  float score = 0;
  Place place;
};

using Write = std::function<Status(std::string_view bytes)>;
using Report = std::function<void(const Found& found)>;
// What a person must know beside the finds: "attachment 2 (image/png) was taken out: it cannot be searched".  Names
// types and numbers, never contents.
using Note = std::function<void(const std::string& note)>;

// What every filter is given.  What is pointed to outlives the filter.
struct Job {
  const detect::Finder* finder = nullptr;
  Selection selection = {};
  Replacer* replacer = nullptr;  // null: only look; nothing is written
  Write write = {};
  Report report = {};  // may be empty
  bool places = true;  // false: the report is told no places, which saves counting lines
  Note note = {};      // may be empty
  size_t threads = 1;
  std::string part = {};  // for Place::part
};

class Filter {
 public:
  virtual ~Filter() = default;
  // The next bytes of the input, in pieces of any size.
  virtual Status Feed(std::string_view bytes) = 0;
  // The input is at its end; writes what is left.  Called once, after which the filter is done with.
  virtual Status Finish() = 0;
};

enum class Format : uint8_t { kText, kCsv, kTsv, kJson, kHtml, kMail, kDocument, kPdf, kScan };
// Whether it is handed over whole, in bytes that are no text.
constexpr bool IsWhole(Format format) {
  return format == Format::kDocument || format == Format::kPdf || format == Format::kScan;
}
std::string_view NameOf(Format format);  // "text", "csv", "tsv", "json", "html", "mail", "document", "pdf", "scan"
std::optional<Format> FormatOf(std::string_view name);
// By a file's name: what is not known is text.
Format FormatOfFile(std::string_view file_name);

// Counts lines and columns as the input passes.
class LineCounter {
 public:
  void Pass(std::string_view bytes) {
    const size_t last = bytes.rfind('\n');
    if (last != std::string_view::npos) {
      line_ += static_cast<uint64_t>(std::count(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(last) + 1, '\n'));
      column_ = 1;
      bytes.remove_prefix(last + 1);
    }
    column_ += static_cast<uint64_t>(std::count_if(
        bytes.begin(), bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }
  uint64_t line() const { return line_; }
  uint64_t column() const { return column_; }

 private:
  uint64_t line_ = 1;
  uint64_t column_ = 1;
};

}  // namespace strongroom::redact
