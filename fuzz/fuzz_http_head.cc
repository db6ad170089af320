// Whatever the bytes: the head parser answers, its views lie in the input, and chunks deliver no more than was sent.
#include <cstdint>
#include <cstdlib>

#include "http/connection.h"
#include "http/head_parser.h"

namespace {

class Counter : public strongroom::HeadParser::BodySink {
 public:
  strongroom::Status OnBody(strongroom::ByteView piece) override {
    size += piece.size();
    return strongroom::Status::Ok();
  }
  size_t size = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const strongroom::ByteView text(reinterpret_cast<const char*>(data), size);
  const size_t end = strongroom::FindHeadEnd(text, 0);
  if (end == 0) return 0;
  if (end > size) abort();
  strongroom::HeadParser parser;
  strongroom::ParsedHead head;
  if (!parser.ParseHead(text.substr(0, end), head).ok()) return 0;
  const auto inside = [&](std::string_view view) {
    if (!view.empty() && (view.data() < text.data() || view.data() + view.size() > text.data() + end)) abort();
  };
  inside(head.method);
  inside(head.target);
  if (!head.target.starts_with('/')) abort();
  for (const strongroom::NameValue& header : head.headers) {
    inside(header.name);
    inside(header.value);
  }
  if (head.chunked && head.content_length > 0) abort();
  if (!head.chunked) return 0;
  Counter counter;
  const auto chunks = parser.ParseChunks(text.substr(end), counter);
  if (chunks.ok() && (chunks->consumed > size - end || counter.size > chunks->consumed)) abort();
  return 0;
}
