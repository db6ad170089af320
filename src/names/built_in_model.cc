// The model file, carried in the binary as it lies in the repository.
#include "names/name_finder.h"

// STRONGROOM_NAMES_MODEL is the file's path, given by the build.
asm(R"(
  .section .rodata
  .global strongroom_names_model_begin
  .global strongroom_names_model_end
  .balign 16
strongroom_names_model_begin:
  .incbin ")" STRONGROOM_NAMES_MODEL R"("
strongroom_names_model_end:
  .byte 0
  .text
)");

extern "C" {
extern const char strongroom_names_model_begin[];
extern const char strongroom_names_model_end[];
}

namespace strongroom::names {

ByteView BuiltInModelFile() {
  return {strongroom_names_model_begin, static_cast<size_t>(strongroom_names_model_end - strongroom_names_model_begin)};
}

}  // namespace strongroom::names
