// The first look at a page: what is found on it, what stands hidden, what cannot be read.
#pragma once

#include <qpdf/QPDFObjectHandle.hh>

#include "pdf/page_work.h"

namespace strongroom::pdf {

// Fills run.pages[number], notes in the streams' edits what goes, and in run.values what was found.  Fails when the
// reader or the replacer (a vault that gives tokens) does.
Status SearchPage(Run& run, QPDFObjectHandle page, uint32_t number);

// Reports a find that stands on no page, or on one.
void ReportFind(const Run& run, const detect::Finding& finding, const std::string& part);

}  // namespace strongroom::pdf
