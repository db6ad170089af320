// HTML as browsers are sent it, well formed or not.
#pragma once

#include <string>
#include <vector>

#include "redact/batches.h"
#include "redact/filter.h"

namespace strongroom::redact {

// Text is searched block by block (paragraphs, cells, items), across the tags inside it: "<b>Anna</b> Lind" is one
// name. A short text is the heading of the next one: in "<td>Personnummer</td><td>...". Attributes that people write
// are searched (alt, title, value, content, href, data-...), and so are comments and the text of scripts and styles,
// which are taken as they stand.  Entities are decoded for the search; tags and what is not part of a find stay byte
// for byte.
class HtmlFilter : public Filter {
 public:
  explicit HtmlFilter(const Job& job) : pipeline_(job) {}
  Status Feed(std::string_view bytes) override;
  Status Finish() override;

 private:
  enum class State : uint8_t { kText, kTagBegin, kTag, kQuoted, kDeclaration, kComment, kRawText };
  struct Attribute {
    std::string name;
    size_t begin = 0;  // of the value, in the batch
    size_t end = 0;
    bool quoted = false;
  };
  void Step(char c);
  void EndTextSegment(size_t end, Coding coding = Coding::kMarkup);
  void EndValue();
  void EndTag();
  std::vector<Attribute> Attributes(size_t at, size_t end) const;
  void AddAttributes(const std::vector<Attribute>& attributes);
  std::string_view Raw(size_t begin, size_t end) const { return std::string_view(raw()).substr(begin, end - begin); }
  const std::string& raw() const { return const_cast<BatchPipeline&>(pipeline_).raw(); }

  BatchPipeline pipeline_;
  State state_ = State::kText;
  std::string beginning_;
  bool begun_ = false;
  static constexpr size_t kNoValue = SIZE_MAX;
  size_t value_ = kNoValue;  // the text being read
  size_t value_begin_ = 0;
  size_t text_begin_ = 0;    // of the segment being read
  size_t markup_begin_ = 0;  // of the tag, comment or declaration being read
  char quote_ = '\0';
  char last_ = '\0';         // the last byte of the tag that is no blank
  std::string raw_element_;  // "script": text until its end tag
  std::string heading_;      // the last short text
  std::string text_;         // decoded, of the value being read, while it is short
};

}  // namespace strongroom::redact
