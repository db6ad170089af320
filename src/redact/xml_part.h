// One XML part of an office document: its text, paragraph by paragraph, across the runs it is cut into (expat).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "redact/filter.h"

namespace strongroom::redact {

// Searches single texts and says what becomes of them: what a document, all of it in memory, is gone through with.
class TextSearch {
 public:
  explicit TextSearch(const Job& job)
      : job_(job),
        decider_(*job.finder, job.selection, job.replacer == nullptr ? nullptr : job.replacer->shown(),
                 job.replacer != nullptr) {}

  struct Change {
    size_t begin = 0;
    size_t end = 0;
    std::string with;
  };
  // What changes in `text`; reports each find at `place`.  Without a replacer the finds are reported alone.
  Result<std::vector<Change>> Search(std::string_view text, std::string_view heading, const Place& place);
  // Reports something that is taken out wherever it stands, such as the name of an author.
  void ReportFixed(detect::Kind kind, const Place& place);
  bool Takes(detect::Kind kind) const { return job_.selection.kinds.Has(kind); }
  const Job& job() const { return job_; }
  uint64_t found() const { return found_; }

 private:
  const Job& job_;
  Decider decider_;
  std::vector<detect::Finding> findings_;
  uint64_t found_ = 0;
};

// What kind of part it is decides which of its texts people wrote.
enum class XmlPart : uint8_t {
  kText,           // documents, slides, headers, notes, comments, OpenDocument content
  kSharedStrings,  // of a spreadsheet
  kSheet,          // a worksheet: numbers in cells
  kRelations,      // links to outside; a thumbnail is taken out
  kProperties,     // who wrote it, for whom
  kOther,          // custom XML, charts, drawings: every text with a letter, and every attribute
};

// What columns of a spreadsheet are called.
struct SheetHeadings {
  std::map<uint64_t, std::string> of_string;          // by index of the shared string
  std::map<std::string, std::string> of_column = {};  // "B", of the sheet at hand
};

// The part with what was found replaced, all else byte for byte.  kUnsupportedMediaType: it is not well-formed XML in
// UTF-8, it declares entities, or it is nested more than 256 deep.
Result<std::string> RedactXml(std::string_view xml, XmlPart kind, const std::string& part_name, TextSearch& search,
                              const SheetHeadings* headings);

// For SheetHeadings: the texts of the shared strings, and the cells of a sheet.
Result<std::vector<std::string>> SharedStrings(std::string_view xml);
Status LearnHeadings(std::string_view sheet, const std::vector<std::string>& strings, SheetHeadings& headings);

}  // namespace strongroom::redact
