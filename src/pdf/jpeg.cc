#include "pdf/jpeg.h"

#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it
#include <cstdlib>
#include <memory>

#include <jpeglib.h>

namespace strongroom::pdf {
namespace {

constexpr int kMostScans = 200;  // of a progressive picture: more are a bomb

// All that the library touches, so that its way out of an error leaves no object of ours behind.
struct Work {
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf failed = {};
  jpeg_decompress_struct in = {};
  jpeg_compress_struct out = {};
  uint64_t most_pixels = 0;
  unsigned char* written = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's type
};

void Fail(j_common_ptr library) { std::longjmp(static_cast<Work*>(library->client_data)->failed, 1); }
// What a library has to say about a stranger's picture is of no use, and may quote it.
void SayNothing(j_common_ptr) {}
void SayNothingOf(j_common_ptr, int) {}
void CountScans(j_common_ptr library) {
  if (static_cast<Work*>(library->client_data)->in.input_scan_number > kMostScans) Fail(library);
}

// No object with a destructor lives in here: longjmp() would pass it over.
bool Transcode(Work& work, std::string_view bytes) {
  if (setjmp(work.failed) != 0) return false;  // NOLINT(cert-err52-cpp): how this library reports errors
  jpeg_create_decompress(&work.in);
  jpeg_create_compress(&work.out);
  jpeg_mem_src(&work.in, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (jpeg_read_header(&work.in, TRUE) != JPEG_HEADER_OK) return false;
  if (uint64_t{work.in.image_width} * work.in.image_height > work.most_pixels) return false;
  work.progress.progress_monitor = CountScans;
  work.in.progress = &work.progress;
  jvirt_barray_ptr* const coefficients = jpeg_read_coefficients(&work.in);
  if (coefficients == nullptr) return false;
  jpeg_copy_critical_parameters(&work.in, &work.out);
  work.out.optimize_coding = TRUE;
  if (work.in.progressive_mode) jpeg_simple_progression(&work.out);
  // What tells a reader which colours the components are stays as it was.
  work.out.write_JFIF_header = work.in.saw_JFIF_marker;
  work.out.write_Adobe_marker = work.in.saw_Adobe_marker;
  jpeg_mem_dest(&work.out, &work.written, &work.size);
  jpeg_write_coefficients(&work.out, coefficients);
  jpeg_finish_compress(&work.out);
  return true;
}

}  // namespace

std::optional<std::string> JpegAnew(std::string_view bytes, const paper::PaperLimits& limits) {
  Work work;
  work.most_pixels = limits.pixels;
  work.in.err = work.out.err = jpeg_std_error(&work.errors);
  work.errors.error_exit = Fail;
  work.errors.output_message = SayNothing;
  work.errors.emit_message = SayNothingOf;
  work.in.client_data = work.out.client_data = &work;
  std::optional<std::string> anew;
  if (Transcode(work, bytes)) {
    // The library made it with malloc(); of a picture that was not finished it alone knows where the buffer is.
    const std::unique_ptr<unsigned char, void (*)(void*)> written(work.written, &std::free);
    anew.emplace(reinterpret_cast<const char*>(written.get()), work.size);
  }
  jpeg_destroy_decompress(&work.in);
  jpeg_destroy_compress(&work.out);
  return anew;
}

}  // namespace strongroom::pdf
