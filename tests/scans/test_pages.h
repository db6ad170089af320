// Pages whose every word is known, as paper would have them: invented people's letters and forms in English, Swedish
// and Chinese, drawn by a browser and a PDF renderer, then worn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "scans/pix.h"

namespace strongroom::scans {

struct TestPage {
  std::string language;              // "en", "sv", "zh"
  std::string model;                 // of the outside reader
  std::string text;                  // as it stands on the page, a line a line
  std::vector<std::string> secrets;  // stretches of it
  std::string html;
};

// Two of each language: a form and a letter.
std::vector<TestPage> TestPages();

// Draws them with the given programs' help (chromium, pdftoppm), black on white: one picture a page, in grey.
Result<std::vector<PixPtr>> DrawPages(const std::vector<TestPage>& pages, int dots_per_inch);

// What happens to paper.
enum class Wear : uint8_t { kNone, kAskew, kNoisy, kFaint, kUneven, kJpeg, kOnItsSide, kUpsideDown };
const char* NameOf(Wear wear);
// A copy of the page, worn; `seed` chooses the angle and the specks.  Null when memory is short.
PixPtr Worn(Pix* page, Wear wear, uint32_t seed);

// The file: PNG, or JPEG for what was worn as one.
std::string FileOf(Pix* page, Wear wear);

// Words of the page that an outside reader (the program tesseract) finds in a picture.
struct Readable {
  size_t secret_letters = 0;  // of those in secrets
  size_t other_words = 0;
};
struct Judged {
  Readable all;    // that there are
  Readable found;  // that can be read
};
// `file` is a picture.  The reader is asked twice, for a page and for scattered text; what either reads counts.
Result<Judged> JudgePicture(const TestPage& page, const std::string& file);
// The same for texts that somebody read from it.
Judged JudgeTexts(const TestPage& page, const std::vector<std::string>& texts);

}  // namespace strongroom::scans
