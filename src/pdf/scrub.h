// Everything outside of what pages paint: of each kind of object only what is needed to show the pages stays.
#pragma once

#include <functional>
#include <map>
#include <qpdf/QPDF.hh>
#include <string>
#include <vector>

#include "pdf/geometry.h"
#include "pdf/pdf_file.h"
#include "pdf/stream_table.h"

namespace strongroom::pdf {

struct ScrubJob {
  // The same text without what is personal in it; unchanged when nothing is.
  std::function<Result<std::string>(const std::string& text)> clean;
  // By page, from 0: where something was taken out.  A link there goes.
  const std::vector<std::vector<Box>>* boxes = nullptr;
  const StreamTable* streams = nullptr;  // what was painted
  paper::PaperLimits limits = {};
};

// Properties, XMP, destinations' names, scripts, actions, attachments, forms, layers, threads, page labels, private
// data, thumbnails, alternative texts and everything that no page paints go.  Bookmarks, links and the structure of
// tagged files stay without what `clean` takes out.  What nothing refers to any more is not written.
Status ScrubDocument(QPDF& pdf, const ScrubJob& job, Budget& budget);

}  // namespace strongroom::pdf
