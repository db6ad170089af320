// Pictures inside of content streams (ISO 32000-1 section 8.9.7).
#pragma once

#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>

#include "pdf/content_reader.h"

namespace strongroom::pdf {

// The picture as a stream like any other, its abbreviations spelt out; null when it makes no sense.  `resources` name
// its colour space.
QPDFObjectHandle InlineImageAsStream(QPDF& pdf, const Operation& operation, QPDFObjectHandle resources);

// The same the other way round, of samples that are not compressed, or of a JPEG: "BI ... ID ... EI".
std::string InlineImageOf(QPDFObjectHandle image, std::string_view bytes, bool jpeg = false);

}  // namespace strongroom::pdf
