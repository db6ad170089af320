// What a worker that opens paper answers may be a stranger's: messages of any kind and bytes end in an answer or a
// Status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "desk/paper_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::desk;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto ask = UnpackAsk(bytes);
  if (ask.ok() && UnpackAsk(PackAsk(*ask)).ok() == false) std::abort();
  (void)UnpackPicture(bytes);
  (void)UnpackDraw(bytes);
  (void)PaperFormatOf(bytes);
  AnswerReader reader([](uint32_t, uint32_t) {});
  // Each message: a kind, a length, so many bytes.
  for (size_t at = 0; at + 2 <= size;) {
    const size_t length = data[at + 1];
    if (!reader.Take(static_cast<char>(data[at]), bytes.substr(at + 2, length)).ok()) return 0;
    at += 2 + length;
  }
  const auto answer = reader.Finish();
  if (!answer.ok()) return 0;
  for (const auto& page : answer->result.pages) {
    for (const auto& found : page.found) {
      if (static_cast<size_t>(found.kind) >= strongroom::detect::kKindCount || !(found.score >= 0)) std::abort();
    }
  }
  return 0;
}
