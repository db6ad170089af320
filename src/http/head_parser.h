// The HTTP/1.1 grammar (RFC 9112), by Boost.Beast's parser: the only file that includes it is head_parser.cc.
//
// Beyond Beast's checks, refused here: folded header lines, a transfer coding other than "chunked", a missing or
// repeated Host, repeats of headers that decide something, more than 100 headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "http/exchange.h"

namespace strongroom {

struct ParsedHead {
  std::string_view method;
  std::string_view target;  // "/path?query"; an absolute form is reduced to it
  std::vector<NameValue> headers;
  bool http11 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expect_continue = false;
  uint64_t content_length = 0;
  std::string_view forwarded_for;
};

class HeadParser {
 public:
  HeadParser() = default;
  ~HeadParser() { Reset(); }
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;

  // `text` is a whole header, its empty line included; views of `head` point into it.  kMalformedRequest.
  Status ParseHead(ByteView text, ParsedHead& head);

  // After a chunked head: decodes what is complete in `text`, hands each piece of the body to `sink` (which may
  // refuse), and says how much of `text` is used up and whether the body is complete.
  struct Chunks {
    size_t consumed = 0;
    bool done = false;
  };
  class BodySink {
   public:
    virtual ~BodySink() = default;
    virtual Status OnBody(ByteView piece) = 0;
  };
  Result<Chunks> ParseChunks(ByteView text, BodySink& sink);

  void Reset();

 private:
  class Beast;
  static constexpr size_t kStorageBytes = 256;
  Beast* beast_ = nullptr;  // lives in storage_
  alignas(std::max_align_t) unsigned char storage_[kStorageBytes];
};

}  // namespace strongroom
