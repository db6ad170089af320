// Office documents, redacted in a sandbox.
#pragma once

#include "redact/document.h"
#include "redact/filters.h"

namespace strongroom {

// Each document in a process of its own (sandbox.h).  Finds and notes arrive with the job's own report and note.
// Numbered labels begin anew with each document; tokens cannot be put in (kInvalidArgument): no vault can be reached
// from there.
redact::RedactDocument ConfinedDocuments(const redact::DocumentOptions& options);

}  // namespace strongroom
