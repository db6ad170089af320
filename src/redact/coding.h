// How a format writes text, and how a part of it is replaced without touching the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::redact {

enum class Coding : uint8_t {
  kPlain,       // as it stands
  kCsvQuoted,   // between the quotes of a cell: "" is one quote (RFC 4180)
  kJsonString,  // between the quotes: \n, \u00e5, \ud83d\ude00 (RFC 8259 section 7)
  kJsonNumber,  // a number; becomes a string, with quotes, unless what replaces it is a number too
  kMarkup,      // text or quoted attribute of HTML or XML: &amp; &#229; &aring;
  kMarkupBare,  // an attribute of HTML without quotes: no blanks
  kMarkupOpen,  // a tag that has no end, as the text it is to whoever sees no tag in it
};

// Replace [begin, end) of the decoded text by `with`.
struct Edit {
  size_t begin = 0;
  size_t end = 0;
  std::string_view with;
};

// Appends the text that `raw` stands for.  What is no proper code stands for itself.
void Decode(Coding coding, std::string_view raw, std::string& text);
// Appends `text` as the format writes it.
void Encode(Coding coding, std::string_view text, std::string& raw);

// Appends `raw` with edits done; answers the size of its decoded text.  `raw` is one segment of a text that may have
// several: its own text begins at `base`.  `edits` are of the whole text, sorted, not overlapping; the segment that an
// edit begins in gets what replaces it.  Codes outside the edits stay as they were written; a code that an edit cuts
// goes with it.
size_t Splice(Coding coding, std::string_view raw, size_t base, const std::vector<Edit>& edits, std::string& out);

// RFC 8259 section 6.
bool IsJsonNumber(std::string_view text);

}  // namespace strongroom::redact
