#include "desk/drawer.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "confined/program.h"

namespace strongroom::desk {
namespace {

constexpr char kProgram[] = "/usr/bin/pdftoppm";
constexpr uint32_t kLeastDots = 10;
constexpr uint32_t kMostDots = 600;

Status Undrawn() { return Status(Reason::kUnsupportedMediaType, "The page cannot be drawn."); }

// A number of the header, with the one blank after it.
bool TakeNumber(std::string_view& text, uint32_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped == end) return false;
  text.remove_prefix(static_cast<size_t>(stopped - text.data()) + 1);
  return true;
}

// PPM or PGM as pdftoppm writes them (Netpbm, without comments).  The bytes are a stranger's.
Result<paper::Picture> ReadNetpbm(std::string_view bytes, uint64_t most_pixels) {
  paper::Picture picture;
  uint32_t most = 0;
  if (!bytes.starts_with("P6\n") && !bytes.starts_with("P5\n")) return Undrawn();
  picture.channels = bytes[1] == '6' ? 3 : 1;
  bytes.remove_prefix(3);
  if (!TakeNumber(bytes, picture.width) || !TakeNumber(bytes, picture.height) || !TakeNumber(bytes, most))
    return Undrawn();
  const uint64_t pixels = uint64_t{picture.width} * picture.height;
  if (most != 255 || pixels == 0 || pixels > most_pixels || bytes.size() != pixels * picture.channels) return Undrawn();
  picture.samples = bytes;
  return picture;
}

}  // namespace

bool CanDraw() { return access(kProgram, X_OK) == 0; }

Result<paper::Picture> DrawPdfPage(std::string_view pdf, uint32_t page, uint32_t dots_per_inch,
                                   const paper::PaperLimits& limits) {
  if (!CanDraw()) return Status(Reason::kConfigInvalid, std::string(kCannotDraw));
  const std::string dots = std::to_string(std::clamp(dots_per_inch, kLeastDots, kMostDots));
  const std::string number = std::to_string(page);
  const Program program = {kProgram,
                           {"-r", dots, "-f", number, "-l", number, "-cropbox", "-"},
                           {"/usr/share", "/etc/fonts", "/var/cache/fontconfig"}};
  ProgramLimits bounds;
  bounds.answer_bytes = std::min<uint64_t>(bounds.answer_bytes, limits.pixels * 3 + 100);
  ASSIGN_OR_RETURN(const std::string drawn, RunProgram(program, pdf, bounds));
  ASSIGN_OR_RETURN(paper::Picture picture, ReadNetpbm(drawn, limits.pixels));
  picture.dots_per_inch = std::clamp(dots_per_inch, kLeastDots, kMostDots);
  return picture;
}

}  // namespace strongroom::desk
