// Office documents: DOCX, XLSX, PPTX and their kin, ODT, ODS, ODP.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "redact/filter.h"

namespace strongroom::redact {

struct DocumentOptions {
  // Pictures and embedded objects, which cannot be searched, stay as they are instead of being emptied.
  bool keep_unknown = false;
};

// The document with what was found taken out: from text (across runs), tables, headers, notes, comments, changes that
// are tracked and text that was deleted, fields, links, alternative texts, shared strings and cells, custom XML,
// properties.  Names of authors go whatever they are; thumbnails go; pictures and embedded objects are emptied and a
// note says so; embedded documents are gone through.  The archive is written anew, with one fixed time.
//
// The result is opened and searched again, and refused (kInternal) if anything is found.
//
// Strangers' documents: call it where a parser that is taken over can do no harm (a process without files and network).
// One thread.  kUnsupportedMediaType as zip_archive.h and xml_part.h say.
Result<std::string> RedactOfficeDocument(std::string_view bytes, const Job& job, const DocumentOptions& options);

}  // namespace strongroom::redact
