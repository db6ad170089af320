// Programs that read PDF, asked by tests what they see.
#pragma once

#include <string>
#include <string_view>

#include "paper/paper.h"

namespace strongroom {

// All that pdftotext, mutool (text; everything unpacked) and qpdf (everything unpacked) say of the file, its bytes, and
// the strings of UTF-16 and hexadecimal in them as plain text.  Fails the test when a program does.
struct Judgement {
  std::string pdftotext;
  std::string mutool;
  std::string unpacked;
};
Judgement Judge(const std::string& directory, std::string_view pdf);
// Whether any of them says `secret`, also with blanks and line ends between its letters, or as codes.
bool Says(const Judgement& judgement, std::string_view secret);
// Without blanks, line ends and zero bytes: letters set one by one come together.
std::string Joined(std::string_view text);

// The page drawn by pdftoppm, in grey.
Result<paper::Picture> Drawn(const std::string& directory, std::string_view pdf, uint32_t page, uint32_t dots_per_inch);
// The words that tesseract reads.
Result<paper::PageText> ReadByTesseract(const std::string& directory, const paper::Picture& picture);

// The share of pixels outside of a page's boxes that changed visibly; 1 when the drawings are of different sizes.
double ChangedOutside(const paper::Picture& before, const paper::Picture& after, const paper::PaperPage& page);

void WriteFile(const std::string& path, std::string_view bytes);
std::string ReadWholeFile(const std::string& path);

}  // namespace strongroom
