// Looks for redactions that only look like some: text under black boxes, in white, in layers, in what the file was
// before.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "paper/paper.h"

namespace strongroom::pdf {

enum class NaiveKind : uint8_t {
  kUnderBox,         // a filled shape or a thick line was painted over it
  kUnderPicture,     // a picture was
  kUnderNote,        // an annotation covers it: a square, a mark, a redaction that was never applied
  kSameColour,       // it has the colour of its ground
  kInvisible,        // it is not painted at all, and is not the text of a scan
  kOffPage,          // outside of what is shown of the page, or clipped away
  kLayer,            // in a layer that is off
  kPictureUnderBox,  // pixels under a dark box
  kEarlierRevision,  // words of an earlier state of the file that its last one does not show
};
std::string_view NameOf(NaiveKind kind);  // "under a box"

struct NaiveFind {
  NaiveKind kind = NaiveKind::kUnderBox;
  uint32_t page = 1;        // from 1; 0: not known
  paper::Box box;           // in the view of the page; empty when it is on none
  uint32_t characters = 0;  // that lie there; never which
};

struct NaiveReport {
  uint32_t pages = 0;
  uint32_t revisions = 1;
  std::vector<NaiveFind> finds;  // by page
};

// Errors, bounds and the kind of process to call it in are those of RedactPdf().
Result<NaiveReport> CheckPdf(std::string_view bytes, const paper::PaperOptions& options);

}  // namespace strongroom::pdf
