// Text from a stranger: findings are sorted, apart, inside the text and not inside a character, under any heading; and
// a stream gives the same whichever way it is cut.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "detect/detector.h"
#include "detect/testing/stream.h"

namespace {

using namespace strongroom::detect;  // NOLINT: a program of one file

const Detector& TheDetector() {
  static const Detector detector([] {
    DetectorOptions options;
    options.today = {2026, 11, 1};
    options.min_score = 0.01F;
    return options;
  }());
  return detector;
}

// Whether `at` lies inside a character that is whole.
bool CutsCharacter(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return false;
  size_t lead = at;
  while (lead > 0 && at - lead < 3 && (static_cast<unsigned char>(text[lead]) & 0xC0) == 0x80) --lead;
  const auto byte = static_cast<unsigned char>(text[lead]);
  const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 0;
  if (byte >= 0xF5 || lead + length <= at || lead + length > text.size()) return false;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[lead + i]) & 0xC0) != 0x80) return false;
  }
  // Forms that are too long, surrogates and what lies beyond Unicode are no characters.
  const auto second = static_cast<unsigned char>(text[lead + 1]);
  return !((byte == 0xE0 && second < 0xA0) || (byte == 0xED && second > 0x9F) || (byte == 0xF0 && second < 0x90) ||
           (byte == 0xF4 && second > 0x8F));
}

constexpr BlockLimits kStream{.soft = 64, .hard = 256, .before = 16, .after = 32};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::string_view heading = all.substr(0, all.find('\0'));
  const std::string_view text = all.substr(std::min(all.size(), heading.size() + 1));
  std::vector<Finding> findings;
  TheDetector().Find(text, heading, findings);
  size_t end = 0;
  for (const Finding& finding : findings) {
    if (finding.begin < end || finding.end <= finding.begin || finding.end > text.size()) std::abort();
    if (CutsCharacter(text, finding.begin) || CutsCharacter(text, finding.end)) std::abort();
    if (!(finding.score > 0 && finding.score <= 1) || finding.rule.empty()) std::abort();
    end = finding.end;
  }
  const std::vector<Finding> whole = FindInStream(text, text.size() + 1, TheDetector(), kStream);
  const std::vector<Finding> parts = FindInStream(text, size % 7 + 1, TheDetector(), kStream);
  if (whole.size() != parts.size()) std::abort();
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].begin != parts[i].begin || whole[i].end != parts[i].end) std::abort();
  }
  return 0;
}
