// What is asked of a worker that opens paper, and what it answers.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "paper/paper.h"
#include "redact/filter.h"
#include "redact/replacement.h"

namespace strongroom::desk {

enum class Task : uint8_t {
  kLook,     // say what is on the pages
  kTakeOut,  // and answer the file without it
  kDraw,     // answer one page as a picture
  kCheck,    // say what only looks taken out (PDF)
  kSplit,    // answer the pages of a scan as files of their own
  kJoin,     // answer what was made of such files as one
};

struct PaperAsk {
  Task task = Task::kLook;
  redact::Format format = redact::Format::kPdf;  // or kScan
  redact::Selection selection = {};
  redact::Mode mode = redact::Mode::kBlock;  // not kToken
  std::string stand_in_key;                  // for kStandIn and kNumberedLabel; at least 16 bytes
  UnixMillis now = 0;                        // decides centuries of two-digit years
  std::vector<paper::PageBox> boxes;
  std::vector<paper::PageBox> lifted;
  bool search = true;
  bool keep_unread = false;
  bool read_pictures = true;
  uint32_t readers = 1;                // processes that read a PDF's pictures at once
  std::vector<std::string> languages;  // of the models that read pictures; empty: those of PageReader
  std::vector<uint64_t> parts;         // kJoin: how long each file is, of which the bytes consist
  uint32_t draw_page = 1;
  uint32_t dots_per_inch = 100;
  paper::PaperLimits limits = {};
};

// A find that only looked taken out: the words still stand under what covers them.
struct NaiveFind {
  uint32_t page = 0;  // 0: on no page
  std::string_view what;
  uint32_t characters = 0;  // that can still be read
  std::vector<paper::Box> boxes;
};

struct PaperAnswer {
  paper::PaperResult result;
  std::vector<redact::Found> finds;  // as the filters report them, for what is on no page
  std::vector<NaiveFind> naive;
  std::vector<std::string> notes;
  paper::Picture picture;       // of kDraw
  std::vector<uint64_t> parts;  // of kSplit: how long each file is, of which the result's bytes consist
  // What the views above point into.
  std::shared_ptr<std::set<std::string, std::less<>>> names = std::make_shared<std::set<std::string, std::less<>>>();
  std::vector<std::shared_ptr<std::set<std::string, std::less<>>>> kept;  // the same of answers that are in this one
};

// Whether a name of a model is one: letters, digits and '_' alone, so that it is no path.
bool IsLanguageName(std::string_view name);
// What the bytes are, by their beginning: kPdf, kScan (PNG, JPEG, TIFF); nothing else is paper.
std::optional<redact::Format> PaperFormatOf(std::string_view bytes);

}  // namespace strongroom::desk
