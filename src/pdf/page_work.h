// What is known of a page between the looks at it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "paper/paper.h"
#include "pdf/interpreter.h"
#include "pdf/taken_values.h"
#include "redact/filter.h"

namespace strongroom::pdf {

struct OutBox {
  Box box;             // in the view
  std::string label;   // written on it; empty: none
  bool whole = false;  // drawn by a person: whatever it touches goes; else what stands in it
};

struct PageWork {
  paper::PaperPage seen;
  std::vector<OutBox> boxes;            // where something goes
  std::vector<paper::PageText> read;    // words read in pictures, in the view
  std::vector<std::string> unread_why;  // "a picture", "text in a font that names no characters"
  bool pixels = false;                  // whether something was read from pixels
  uint32_t hidden = 0;                  // glyphs that nobody could see
  int unclosed_states = 0;
};

// All that the looks at pages share.
struct Run {
  std::string_view bytes;  // the file as it came
  QPDF& pdf;
  const redact::Job& job;
  const paper::PaperOptions& options;
  Budget& budget;
  StreamTable& streams;
  Interpreter& interpreter;
  TakenValues& values;
  std::vector<paper::PageBox> marked;  // by the options and by annotations that ask for redaction
  std::vector<PageWork> pages;
  uint32_t document_finds = 0;

  void Note(const std::string& note) const {
    if (job.note) job.note(note);
  }
};

}  // namespace strongroom::pdf
