// The first look at a page: what is found on it, what stands hidden, what cannot be read.
#pragma once

#include <qpdf/QPDFObjectHandle.hh>

#include "pdf/page_work.h"

namespace strongroom::pdf {

// Fills run.pages, notes in the streams' edits what goes, and in run.values what was found, page by page.  Fails when
// the reader or the replacer (a vault that gives tokens) does.  Pictures of the next `pages_ahead` pages are begun to
// be read meanwhile; what comes of it is the same.
Status SearchPages(Run& run, const std::vector<QPDFObjectHandle>& pages);

// Reports a find that stands on no page, or on one.
void ReportFind(const Run& run, const detect::Finding& finding, const std::string& part);

}  // namespace strongroom::pdf
