// Paper: what is asked for and what is answered when pages are gone through, whatever they are stored in.
//
// A run looks (the job has no replacer) or takes out.  Both answer the pages with what was found on them, so that a
// person can look first, add boxes or lift some, and run again with both lists.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "detect/finding.h"
#include "paper/page_text.h"
#include "redact/filter.h"

namespace strongroom::paper {

struct PageBox {
  uint32_t page = 1;  // from 1
  Box box;
};

// Reads a picture of text: words with their boxes in pixels of that picture, the right way up whichever way it lay.
// Empty: pictures are not read, and what stands in them is unknown.
using ReadPicture = std::function<Result<PageText>(const Picture& picture)>;

// Begins to read a picture elsewhere, that ReadPicture will be asked for, the very same, in a while; does not wait for
// it. What was not begun, for whatever reason, is read when it is asked for.  Empty: nothing is begun.
using BeginToRead = std::function<void(const Picture& picture)>;

// Draws a page of a PDF as a person sees it, in a process of its own.  Empty: nothing is drawn, and what only a drawing
// could tell (text in fonts that name no characters) is reported as unread.
using RenderPage = std::function<Result<Picture>(std::string_view pdf, uint32_t page, uint32_t dots_per_inch)>;

struct PaperLimits {
  uint32_t pages = 5000;
  uint64_t pixels = uint64_t{1} << 28;          // of one picture
  uint64_t bytes = uint64_t{512} << 20;         // of the file
  uint64_t inflated_bytes = uint64_t{4} << 30;  // of all streams together: a bomb ends here
};

struct PaperOptions {
  std::vector<PageBox> boxes;   // taken out whatever stands there
  std::vector<PageBox> lifted;  // a find all of whose boxes lie in these stays
  bool search = true;           // false: `boxes` alone
  // A page that holds what could not be read (handwriting, a picture of a kind that is not understood) is passed as it
  // is, with a note, instead of being refused.
  bool keep_unread = false;
  ReadPicture read = {};
  BeginToRead begin_to_read = {};
  uint32_t pages_ahead = 0;  // of a PDF, whose pictures are begun to be read before their turn
  RenderPage render = {};
  PaperLimits limits = {};
  std::function<void(uint32_t page, uint32_t pages)> progress = {};  // after each page
};

// Something found or marked.  Never holds what stood there.
struct FoundBox {
  detect::Kind kind = detect::Kind::kPerson;
  std::string_view subtype;
  std::string_view rule;  // "manual" for a box that a person drew
  float score = 0;
  std::vector<Box> boxes;  // more than one when it goes over a line's end
  bool lifted = false;
  // Where on the page it was hidden: "text", "picture", "note", "form value"; "document" when it is on no page.
  std::string_view place = "text";
};

struct PaperPage {
  double width = 0;  // in the unit of the boxes
  double height = 0;
  std::vector<FoundBox> found;
  uint32_t words = 0;       // that were read
  double unread_share = 0;  // of the inked area that no word was read in: 1 for a page of handwriting
  std::vector<Box> unread;  // where that is
};

struct PaperResult {
  std::string bytes;  // the file without what was taken out; empty when the run only looked
  std::vector<PaperPage> pages;
  uint32_t document_finds = 0;   // outside of pages: properties, bookmarks, attachments
  bool signatures_void = false;  // it was signed, and no longer is
};

}  // namespace strongroom::paper
