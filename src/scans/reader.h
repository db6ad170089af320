// Reads pictures of text with Tesseract 5 (its LSTM models), whichever way the page lies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "paper/page_text.h"
#include "paper/paper.h"

namespace strongroom::scans {

struct ReaderOptions {
  std::string model_dir = "/usr/share/tesseract-ocr/5/tessdata";  // where NAME.traineddata lie
  // Names of models.  Those in Han characters (chi_*, jpn, kor) are asked apart from the others, when a page is not
  // in the others' letters.  Of several that could read a word, the first is believed when they are about as sure: a
  // language with letters of its own belongs before one without.
  std::vector<std::string> languages = {"swe", "eng", "chi_sim"};
};

// Ink that nobody could read.
struct UnreadInk {
  double share = 0;               // of the inked area, 0 to 1
  double page_share = 0;          // of the whole page
  std::vector<paper::Box> boxes;  // in pixels of the picture, from the top
};

// What no word of `page` covers that was read with some confidence: handwriting, stamps, drawings, photographs. Specks,
// ruled lines and solid bars (such as redaction leaves) do not count.  kInternal when memory is short.
Result<UnreadInk> Unread(const paper::Picture& picture, const paper::PageText& page);

// One thread at a time.  Open() reads all models from the disk and everything else it will ever need; after it a reader
// only computes: it opens no file and starts no thread, so that it works in a sandbox that was forked from here.
class PageReader {
 public:
  // kConfigInvalid when a model is not there, with the package that brings it.
  static Result<std::unique_ptr<PageReader>> Open(const ReaderOptions& options);
  ~PageReader();
  PageReader(const PageReader&) = delete;
  PageReader& operator=(const PageReader&) = delete;

  // The words of the picture with their boxes in its pixels, line by line from the upper left of the page as it reads,
  // whether the picture lies upright, on a side or on its head, and up to 7 degrees askew.  A piece's tag says how much
  // its word leans (place.h), its confidence how sure the model was.  What the first look passed over (text in a
  // drawing, between columns, in the other letters) is looked for again and stands at the end.
  // kInvalidArgument for a picture without pixels; kInternal when memory is short.
  Result<paper::PageText> Read(const paper::Picture& picture);
  // The same as a function; this outlives it.
  paper::ReadPicture AsReadPicture();

 private:
  class Engines;
  explicit PageReader(std::unique_ptr<Engines> engines);
  std::unique_ptr<Engines> engines_;
};

}  // namespace strongroom::scans
