// Notes and form fields become part of the page they stand on (ISO 32000-1 section 12.5): what they look like is
// painted by the page's own content, and everything else about them goes.
#pragma once

#include <map>
#include <qpdf/QPDF.hh>
#include <string>
#include <vector>

#include "paper/paper.h"
#include "pdf/layers.h"
#include "pdf/page_scan.h"
#include "pdf/pdf_file.h"

namespace strongroom::pdf {

struct Flattened {
  std::map<QPDFObjGen, Level> levels;  // the forms that stand for notes and form values
  std::vector<paper::PageBox> marked;  // by annotations that ask for redaction and were never applied
  uint32_t notes = 0;
  uint32_t fields = 0;
};

// Links stay annotations.  What is hidden is not painted.
Flattened FlattenAnnotations(QPDF& pdf, const Layers& layers, Budget& budget);

// Whether somebody signed it.
bool IsSigned(QPDF& pdf);

}  // namespace strongroom::pdf
