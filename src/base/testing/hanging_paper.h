// A file at which the worker of tests (desk/testing/worker_main.cc) works for ever: stands for one that takes minutes.
#pragma once

#include <string>
#include <string_view>

#include "base/testing/small_pdf.h"

namespace strongroom {

inline constexpr std::string_view kHangs = "this page takes for ever";

// The worker tells its own process id as the page it has done, and then nothing more.
inline std::string HangingPdf() { return SmallPdf({std::string(kHangs)}); }

}  // namespace strongroom
