// Text of a PDF that stands on no page: properties, bookmarks, notes, form values, attachments, scripts, links.
#pragma once

#include <qpdf/QPDF.hh>
#include <string>
#include <vector>

#include "pdf/pdf_file.h"

namespace strongroom::pdf {

struct LooseText {
  std::string text;     // UTF-8
  std::string heading;  // what it stands under: "Author", a field's name
  std::string part;     // "properties", "bookmarks", "page 3 note"; see redact::Place
};

// All there is, up to a bound; `attachments` gets how many files are embedded.
std::vector<LooseText> LooseTextsOf(QPDF& pdf, Budget& budget, uint32_t& attachments);

}  // namespace strongroom::pdf
