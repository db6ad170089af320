// Whatever a server answers: the parser answers, keeps within its limits, and says the same of the same bytes in
// pieces.
#include <cstdint>
#include <cstdlib>

#include "client/http_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using strongroom::HttpAnswerParser;
  const strongroom::ByteView text(reinterpret_cast<const char*>(data), size);
  const strongroom::HttpAnswerLimits limits{.max_head_bytes = 512, .max_headers = 8, .max_body_bytes = 256};
  HttpAnswerParser whole(limits);
  const auto at_once = whole.Feed(text);
  HttpAnswerParser pieces(limits);
  bool failed = false;
  bool complete = false;
  for (size_t at = 0; at < size && !failed && !complete; at += 3) {
    const auto progress = pieces.Feed(text.substr(at, 3));
    failed = !progress.ok();
    complete = progress.ok() && *progress == HttpAnswerParser::Progress::kComplete;
  }
  if (at_once.ok() == failed) abort();
  if (!at_once.ok()) return 0;
  if ((*at_once == HttpAnswerParser::Progress::kComplete) != complete) abort();
  if (!whole.End().ok()) return 0;
  if (!pieces.End().ok()) abort();
  const strongroom::WebAnswer one = whole.Take();
  const strongroom::WebAnswer other = pieces.Take();
  if (one.status != other.status || one.body != other.body || one.headers != other.headers) abort();
  if (one.status < 200 || one.status > 599 || one.body.size() > limits.max_body_bytes) abort();
  if (one.headers.size() > limits.max_headers) abort();
  for (const auto& [name, value] : one.headers) {
    if (name.empty() || value.find_first_of("\r\n") != std::string::npos) abort();
  }
  return 0;
}
