#include "client/http_answer.h"

#include <algorithm>
#include <charconv>

namespace strongroom {
namespace {

constexpr size_t kMaxChunkLineBytes = 256;
constexpr int kMaxInterimHeads = 8;  // 100 Continue, 103 Early Hints
constexpr std::string_view kHeadEnd = "\r\n\r\n";

Status Odd(const std::string& what) {
  return Status(Reason::kServerUnreachable, "The answer is no HTTP: " + what + ".");
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower;
}

// RFC 9110 section 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool IsFieldText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool ParseNumber(std::string_view text, int base, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view WebAnswer::Header(std::string_view name) const {
  for (const auto& [own, value] : headers) {
    if (own == name) return value;
  }
  return {};
}

Result<HttpAnswerParser::Progress> HttpAnswerParser::Feed(ByteView piece) {
  if (state_ == State::kComplete) return Progress::kComplete;
  input_.append(piece);
  while (state_ != State::kComplete) {
    ASSIGN_OR_RETURN(const bool moved, Step());
    if (!moved) break;
  }
  input_.erase(0, at_);
  searched_ -= std::min(searched_, at_);
  at_ = 0;
  return state_ == State::kComplete ? Progress::kComplete : Progress::kMore;
}

Status HttpAnswerParser::End() {
  if (state_ == State::kUntilEnd) state_ = State::kComplete;
  if (state_ == State::kComplete) return Status::Ok();
  return Status(Reason::kServerUnreachable, "The server closed the connection before its answer ended.");
}

Result<bool> HttpAnswerParser::Step() {
  switch (state_) {
    case State::kHead:
      return StepHead();
    case State::kChunkSize:
      return StepChunkSize();
    case State::kTrailers:
      return StepTrailer();
    case State::kUntilEnd:
      return TakeBody(Rest().size());
    case State::kLength:
    case State::kChunk: {
      ASSIGN_OR_RETURN(const bool moved, TakeBody(static_cast<size_t>(std::min<uint64_t>(left_, Rest().size()))));
      if (left_ == 0) state_ = state_ == State::kChunk ? State::kChunkEnd : State::kComplete;
      return moved || left_ == 0;
    }
    case State::kChunkEnd: {
      if (Rest().size() < 2) return false;
      if (!Rest().starts_with("\r\n")) return Odd("a chunk is longer than it says");
      at_ += 2;
      state_ = State::kChunkSize;
      return true;
    }
    case State::kComplete:
      return false;
  }
  return false;
}

Result<bool> HttpAnswerParser::TakeBody(size_t size) {
  if (answer_.body.size() + size > limits_.max_body_bytes) {
    return Status(Reason::kServerUnreachable,
                  "The answer is longer than the " + std::to_string(limits_.max_body_bytes) + " bytes it may have.");
  }
  answer_.body.append(Rest().substr(0, size));
  at_ += size;
  left_ -= std::min<uint64_t>(left_, size);
  return size > 0;
}

Result<bool> HttpAnswerParser::StepHead() {
  const size_t end = input_.find(kHeadEnd, std::max(at_, searched_));
  if (end == Bytes::npos) {
    // Three bytes of the end may be there already: how the bytes were cut must not decide.
    if (Rest().size() >= limits_.max_head_bytes + kHeadEnd.size()) return Odd("its head is too long");
    searched_ = input_.size() < kHeadEnd.size() ? 0 : input_.size() - (kHeadEnd.size() - 1);
    return false;
  }
  if (end - at_ > limits_.max_head_bytes) return Odd("its head is too long");
  answer_ = {};
  RETURN_IF_ERROR(ParseHead(std::string_view(input_).substr(at_, end + 2 - at_)));
  at_ = end + kHeadEnd.size();
  searched_ = at_;
  if (answer_.status >= 200) {
    RETURN_IF_ERROR(ChooseBody());
    return true;
  }
  if (answer_.status == 101 || ++interim_heads_ > kMaxInterimHeads) return Odd("its status was not asked for");
  return true;
}

// `head` ends with the CRLF of its last line.
Status HttpAnswerParser::ParseHead(std::string_view head) {
  uint64_t status = 0;
  const bool good_line = (head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 ")) && head.size() >= 14 &&
                         ParseNumber(head.substr(9, 3), 10, status) && (head[12] == ' ' || head[12] == '\r') &&
                         status >= 100 && status <= 599;
  if (!good_line) return Odd("it does not begin with a status line");
  answer_.status = static_cast<int>(status);
  size_t end = head.find("\r\n");
  if (!IsFieldText(head.substr(0, end))) return Odd("it does not begin with a status line");
  for (head.remove_prefix(end + 2); !head.empty(); head.remove_prefix(end + 2)) {
    end = head.find("\r\n");
    RETURN_IF_ERROR(ParseHeader(head.substr(0, end)));
  }
  return Status::Ok();
}

Status HttpAnswerParser::ParseHeader(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return Odd("a header line has no name");
  if (!IsFieldText(line)) return Odd("a header line has control characters in it");
  if (answer_.headers.size() >= limits_.max_headers) return Odd("it has too many headers");
  answer_.headers.emplace_back(Lower(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  return Status::Ok();
}

// RFC 9112 section 6.3.
Status HttpAnswerParser::ChooseBody() {
  std::string_view length;
  std::string_view coding;
  for (const auto& [name, value] : answer_.headers) {
    if (name != "content-length" && name != "transfer-encoding") continue;
    std::string_view& seen = name == "content-length" ? length : coding;
    if (!seen.empty() || value.empty()) return Odd("it says its length twice, or not at all");
    seen = value;
  }
  if (!length.empty() && !coding.empty()) return Odd("it says its length in two ways");
  const bool no_body = !has_body_ || answer_.status == 204 || answer_.status == 304;
  if (!coding.empty() && Lower(coding) != "chunked") return Odd("it has a transfer coding that was not asked for");
  if (!length.empty() && !ParseNumber(length, 10, left_)) return Odd("its length is no number");
  if (no_body || (!length.empty() && left_ == 0)) {
    left_ = 0;
    state_ = State::kComplete;
  } else if (!coding.empty()) {
    state_ = State::kChunkSize;
  } else {
    state_ = length.empty() ? State::kUntilEnd : State::kLength;
  }
  return Status::Ok();
}

Result<bool> HttpAnswerParser::TakeLine(size_t limit, std::string_view& line) {
  const size_t end = Rest().substr(0, limit + 2).find("\r\n");
  if (end == std::string_view::npos) {
    if (Rest().size() > limit + 2) return Odd("a line is too long");
    return false;
  }
  line = Rest().substr(0, end);
  at_ += end + 2;
  return true;
}

Result<bool> HttpAnswerParser::StepChunkSize() {
  std::string_view line;
  ASSIGN_OR_RETURN(const bool whole, TakeLine(kMaxChunkLineBytes, line));
  if (!whole) return false;
  const std::string_view digits = Trim(line.substr(0, std::min(line.find(';'), line.size())));
  if (!IsFieldText(line) || digits.size() > 16 || !ParseNumber(digits, 16, left_)) return Odd("a chunk has no size");
  state_ = left_ == 0 ? State::kTrailers : State::kChunk;
  return true;
}

// Trailers are read past: nothing of ours is told in them.
Result<bool> HttpAnswerParser::StepTrailer() {
  std::string_view line;
  ASSIGN_OR_RETURN(const bool whole, TakeLine(limits_.max_head_bytes, line));
  if (!whole) return false;
  trailer_bytes_ += line.size() + 2;
  if (trailer_bytes_ > limits_.max_head_bytes) return Odd("its trailers are too long");
  if (line.empty()) state_ = State::kComplete;
  return true;
}

}  // namespace strongroom
