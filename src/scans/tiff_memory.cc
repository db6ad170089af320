#include "scans/tiff_memory.h"

#include <algorithm>

namespace strongroom::scans {
namespace {

constexpr tmsize_t kMostMemoryAtOnce = tmsize_t{1} << 30;

tmsize_t ReadMemory(thandle_t handle, void* out, tmsize_t wanted) {
  auto& memory = *static_cast<TiffMemory*>(handle);
  const std::string_view all = memory.write != nullptr ? std::string_view(*memory.write) : memory.read;
  if (wanted <= 0 || memory.at >= all.size()) return 0;
  const size_t size = std::min(static_cast<size_t>(wanted), all.size() - static_cast<size_t>(memory.at));
  all.copy(static_cast<char*>(out), size, static_cast<size_t>(memory.at));
  memory.at += size;
  return static_cast<tmsize_t>(size);
}
tmsize_t WriteMemory(thandle_t handle, void* bytes, tmsize_t size) {
  auto& memory = *static_cast<TiffMemory*>(handle);
  if (memory.write == nullptr || size <= 0) return 0;
  const auto end = static_cast<size_t>(memory.at) + static_cast<size_t>(size);
  if (memory.write->size() < end) memory.write->resize(end, '\0');
  memory.write->replace(static_cast<size_t>(memory.at), static_cast<size_t>(size), static_cast<const char*>(bytes),
                        static_cast<size_t>(size));
  memory.at = end;
  return size;
}
toff_t SeekMemory(thandle_t handle, toff_t offset, int whence) {
  auto& memory = *static_cast<TiffMemory*>(handle);
  if (whence == SEEK_CUR) offset += memory.at;
  if (whence == SEEK_END) offset += memory.size();
  memory.at = offset;
  return offset;
}
int CloseMemory(thandle_t /*handle*/) { return 0; }
toff_t SizeOfMemory(thandle_t handle) { return static_cast<TiffMemory*>(handle)->size(); }

}  // namespace

TiffPtr OpenTiffMemory(TiffMemory& memory, const char* mode) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  TIFFOpenOptions* const options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMostMemoryAtOnce);
  TiffPtr tiff(TIFFClientOpenExt("scan", mode, &memory, ReadMemory, WriteMemory, SeekMemory, CloseMemory, SizeOfMemory,
                                 nullptr, nullptr, options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

}  // namespace strongroom::scans
