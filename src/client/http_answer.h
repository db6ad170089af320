// HttpAnswerParser: an HTTP/1.1 answer from the bytes of a connection (RFC 9112), for servers that are strangers.
//
// Total and bounded: whatever the bytes, it answers, and keeps no more than its limits.  What two parsers could read
// differently is refused: bare line feeds, folded headers, a length beside chunks, two lengths, a length of odd digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

using WebHeaders = std::vector<std::pair<std::string, std::string>>;

struct WebAnswer {
  int status = 0;      // 200 to 599
  WebHeaders headers;  // names in lower case, in the order sent
  Bytes body;
  std::string_view Header(std::string_view name) const;  // the first of this name, in lower case; empty when absent
};

struct HttpAnswerLimits {
  size_t max_head_bytes = 16u << 10;  // each head, and all trailers
  size_t max_headers = 100;
  size_t max_body_bytes = 64u << 10;
};

// One thread; one answer.  After a failure it is of no more use.
class HttpAnswerParser {
 public:
  enum class Progress : uint8_t { kMore, kComplete };

  // `has_body`: false after a request HEAD.
  explicit HttpAnswerParser(HttpAnswerLimits limits = {}, bool has_body = true)
      : limits_(limits), has_body_(has_body) {}

  // kServerUnreachable says what is wrong with the answer.  What follows a complete answer is ignored.
  Result<Progress> Feed(ByteView piece);
  // The stream has ended: an answer without a length is complete then, any other is cut.
  Status End();
  // Precondition: complete.
  WebAnswer Take() { return std::move(answer_); }

 private:
  enum class State : uint8_t { kHead, kLength, kUntilEnd, kChunkSize, kChunk, kChunkEnd, kTrailers, kComplete };
  Result<bool> Step();  // false: it needs more
  Result<bool> StepHead();
  Result<bool> StepChunkSize();
  Result<bool> StepTrailer();
  Result<bool> TakeBody(size_t size);
  Status ParseHead(std::string_view head);
  Status ParseHeader(std::string_view line);
  Status ChooseBody();
  // A line without its CRLF, once it is whole.
  Result<bool> TakeLine(size_t limit, std::string_view& line);
  std::string_view Rest() const { return std::string_view(input_).substr(at_); }

  const HttpAnswerLimits limits_;
  const bool has_body_;
  State state_ = State::kHead;
  Bytes input_;
  size_t at_ = 0;        // read so far
  size_t searched_ = 0;  // behind at_: no end of the head before here
  int interim_heads_ = 0;
  uint64_t left_ = 0;  // of the body or chunk
  size_t trailer_bytes_ = 0;
  WebAnswer answer_;
};

}  // namespace strongroom
