// Looking into one file of a stranger, whatever it is: text, tables, messages, mailboxes, office documents, archives
// and what lies in them.
//
// Called in the sandbox (files.cc does): it opens nothing, starts nothing, and has the bytes already.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "redact/filters.h"
#include "survey/columns.h"
#include "survey/findings.h"

namespace strongroom::survey {

// What stops bombs.
struct LookLimits {
  uint64_t inflated_bytes = uint64_t{8} << 30;  // of one file, all archives in it together
  uint64_t kept_bytes = uint64_t{256} << 20;    // of an entry that must be whole: an archive, a document
  uint64_t ratio = 200;                         // inflated to packed, once more than `free_bytes` were inflated
  uint64_t free_bytes = uint64_t{64} << 20;
  uint32_t entries = 200'000;
  int depth = 3;  // archives in archives
};

using PutItem = std::function<Status(const Item& item)>;

// One file.  One thread.
class Looker {
 public:
  // `formats` opens what is no text: given bytes, with a job that only looks.  What is empty there is named as not
  // looked into.
  Looker(const Search& search, const redact::FormatOptions& formats, const LookLimits& limits, PutItem put)
      : search_(search), formats_(formats), limits_(limits), put_(std::move(put)) {}

  // Told of bytes that were gone through, now and then; a failure ends the look.
  void set_tick(std::function<Status(uint64_t bytes)> tick) { tick_ = std::move(tick); }

  // Names of columns of tables that do not name them (an inventory of objects).
  void set_headings(std::vector<std::string> headings) { headings_ = std::move(headings); }

  // Puts an item for the file, and one for each entry in which something was found or that could not be looked into.
  // Fails only when `put` does.
  Status Look(const std::string& name, std::string_view bytes);

 private:
  // Bytes that come piece by piece; empty at the end.
  using Next = std::function<Result<std::string_view>()>;

  Status LookInto(const std::string& name, std::string_view beginning, const Next& next, uint64_t size, int depth,
                  bool entry);
  Status Gathered(const std::string& name, std::string_view beginning, const Next& next, int depth);
  Status LookIntoArchive(const std::string& name, std::string_view bytes, int depth);
  Status LookIntoMailbox(Item& item, const Next& next);
  Status LookIntoTable(Item& item, char delimiter, const Next& next);
  Status Filtered(Item& item, redact::Format format, const Next& next);
  Status RefuseBomb(uint64_t packed) const;
  Status Refused(const std::string& name, const std::string& what, const std::string& reason, uint64_t bytes);
  Status Put(Item& item, bool entry);

  const Search search_;
  const redact::FormatOptions& formats_;
  const LookLimits limits_;
  const PutItem put_;
  Status Tick(uint64_t bytes);

  std::function<Status(uint64_t bytes)> tick_;
  std::vector<std::string> headings_;
  uint64_t unticked_ = 0;
  uint64_t inflated_ = 0;
  uint32_t entries_ = 0;
};

// What a file is, by its first bytes and its name.
struct Shape {
  enum class Way : uint8_t { kFilter, kTable, kMailbox, kArchive, kNone } way = Way::kFilter;
  redact::Format format = redact::Format::kText;
  const char* what = "text";     // for Item::what
  const char* reason = nullptr;  // kNone: why it is not looked into
};
Shape ShapeOf(std::string_view name, std::string_view beginning);
bool IsSqliteFile(std::string_view beginning);

// The name as it may stand in a report: numbers and addresses in it are masked and counted in the field "(name)".
std::string NameForReport(const Search& search, std::string_view name, Item& item);

}  // namespace strongroom::survey
