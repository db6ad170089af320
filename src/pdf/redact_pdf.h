// PDF: what is personal in it is found, and taken out for good.
#pragma once

#include <string_view>

#include "base/status.h"
#include "paper/paper.h"
#include "redact/filter.h"

namespace strongroom::pdf {

// Goes through all of a PDF: the text of its pages however it is painted, pictures (with `options.read`), notes, form
// values, and what stands outside of pages.  With `job.replacer` the result's bytes are a new file of one revision in
// which what was found, what the boxes cover and what nobody could see is not there any more: codes of glyphs and their
// widths, pixels, paths, properties, scripts, attachments (docs/redaction-pdf.md lists all places).  Without it nothing
// is written.
//
// The new file is opened again and searched for every value that was taken out, and refused (kInternal) if one is left.
// kUnsupportedMediaType: no PDF, needs a password, broken, or a page holds what cannot be read and keep_unread is off.
// kBodyTooLarge: beyond options.limits.
//
// A stranger's file: call it in a child process that can do nothing else (confined/sandbox.h); it opens no file, starts
// no thread, and leaves drawing to options.render.  One thread.
Result<paper::PaperResult> RedactPdf(std::string_view bytes, const redact::Job& job,
                                     const paper::PaperOptions& options);

}  // namespace strongroom::pdf
