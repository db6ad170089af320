#include "http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/wipe.h"
#include "http/problem.h"

namespace strongroom {
namespace {

constexpr size_t kFirstInputBytes = 8u << 10;
constexpr size_t kKeptBodyBytes = 64u << 10;    // larger buffers go back to the heap
constexpr size_t kCopiedBodyBytes = 16u << 10;  // smaller answers travel with their header in one send()
constexpr int kExchangesInARow = 16;            // of one connection's pipelined requests; then the others
constexpr uint64_t kLingerBytes = 1u << 20;
constexpr int64_t kLingerMillis = 2'000;

struct DefaultHeader {
  std::string_view name;
  std::string_view line;
};

// On every answer.  The API's answers are data: nothing may keep, sniff, frame or embed them.
constexpr std::array<DefaultHeader, 6> kDefaults = {{
    {"Cache-Control", "Cache-Control: no-store\r\n"},
    {"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    {"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    {"X-Frame-Options", "X-Frame-Options: DENY\r\n"},
    {"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    {"Cross-Origin-Resource-Policy", "Cross-Origin-Resource-Policy: same-origin\r\n"},
}};
constexpr std::string_view kHsts = "Strict-Transport-Security: max-age=31536000\r\n";

const std::string& AllDefaults() {
  static const std::string all = [] {
    std::string text;
    for (const DefaultHeader& header : kDefaults) text += header.line;
    return text;
  }();
  return all;
}

// A header value must not end its line: whatever a handler put into one.
void AppendHeaderText(Bytes& out, std::string_view text) {
  for (char c : text) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

void AppendDecimal(Bytes& out, uint64_t value) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void AppendStatusLine(Bytes& out, int status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  AppendDecimal(out, status);
  out.push_back(' ');
  out.append(ReasonPhrase(status));
  out.append("\r\n");
}

void AppendRateLimit(Bytes& out, const RateLimit& rate) {
  out.append("RateLimit-Limit: ");
  AppendDecimal(out, rate.limit);
  out.append("\r\nRateLimit-Remaining: ");
  AppendDecimal(out, rate.remaining);
  out.append("\r\nRateLimit-Reset: ");
  AppendDecimal(out, rate.reset_seconds);
  out.append("\r\n");
}

void AppendHex16(Bytes& out, uint64_t value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  char text[16];
  for (int i = 0; i < 16; ++i) text[i] = kHex[(value >> (60 - 4 * i)) & 15];
  out.append(text, sizeof text);
}

}  // namespace

size_t FindHeadEnd(ByteView text, size_t from) {
  while (true) {
    const void* found = memchr(text.data() + from, '\n', text.size() - from);
    if (found == nullptr) return 0;
    const size_t at = static_cast<const char*>(found) - text.data();
    // The empty line; a bare line feed counts as well, so that the parser gets to refuse it without a time-out.
    if (at + 1 < text.size() && text[at + 1] == '\n') return at + 2;
    if (at + 2 < text.size() && text[at + 1] == '\r' && text[at + 2] == '\n') return at + 3;
    from = at + 1;
    if (from >= text.size()) return 0;
  }
}

Connection::Connection(int fd, const IpAddress& peer, ListenerCore& core, IoLoop& loop, LoopCounters& counters)
    : core_(core), loop_(loop), counters_(counters), fd_(fd), peer_(peer) {}

Connection::~Connection() {
  WipeExchange();
  WipeInput(0);
  close(fd_);
  core_.counters.open.fetch_sub(1);
}

void Connection::Begin() {
  const int one = 1;
  // Only latency suffers if this fails.
  static_cast<void>(setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
  in_capacity_ = kFirstInputBytes;
  in_ = std::make_unique<char[]>(in_capacity_);
  headers_.reserve(24);
  loop_.Join(this);
  Status status;
  if (core_.config.tls) {
    state_ = State::kHandshake;
    SetDeadline(core_.config.handshake_millis);
    status = channel_.OpenTls(fd_, *core_.config.tls);
  } else {
    state_ = State::kReadHead;
    SetDeadline(core_.config.header_millis);
    channel_.OpenPlain(fd_);
  }
  if (status.ok()) status = loop_.Watch(fd_, this);
  if (!status.ok()) return Close();
  channel_.set_drained(true);  // Watch() reports what is already there
  // Accepted before the server began to stop: a request that has arrived is still answered.
  if (!core_.stopping.load()) return;
  if (core_.config.tls) return Close();
  Drain(false);
}

void Connection::OnEvents(uint32_t events) {
  if (state_ == State::kClosed) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) channel_.set_drained(false);
  // Told whatever else has arrived before it; it may come before the request has reached its handler.
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) caller_left_.store(true, std::memory_order_relaxed);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    peer_gone_ = true;
    if (!handler_holds_it()) return Close();
  }
  Advance();
}

void Connection::Advance() {
  if (gave_way_) return;  // whatever happened meanwhile is looked at when its turn comes
  int exchanges = 0;
  while (true) {
    bool moved = false;
    switch (state_) {
      case State::kHandshake:
        moved = StepHandshake();
        break;
      case State::kReadHead:
        moved = StepReadHead();
        break;
      case State::kReadBody:
        moved = StepReadBody();
        break;
      case State::kWrite:
        moved = StepWrite();
        // Requests answered inline never leave this loop as long as more of them have arrived.
        if (moved && state_ == State::kReadHead && in_size_ > 0 && ++exchanges == kExchangesInARow) {
          gave_way_ = true;
          return loop_.Push(this);
        }
        break;
      case State::kLinger:
        moved = StepLinger();
        break;
      case State::kNew:
      case State::kAuthenticate:
      case State::kHandle:
      case State::kClosed:
        return;
    }
    if (!moved) return;
  }
}

IoResult Connection::ReadSome(char* data, size_t size) {
  if (channel_.drained() && !channel_.HasPending()) return {IoOutcome::kWait};
  return channel_.Read(data, size);
}

bool Connection::StepHandshake() {
  if (!peeked_) {
    char first = 0;
    const ssize_t got = recv(fd_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) return false;
    peeked_ = true;
    // Every TLS connection begins with a handshake record, type 22 (RFC 8446 section 5.1).
    if (got == 1 && first != 22) {
      RefusePlaintext();
      return true;
    }
  }
  const IoResult result = channel_.Handshake();
  if (result.outcome == IoOutcome::kWait) return false;
  if (result.outcome != IoOutcome::kDone) {
    Close();
    return false;
  }
  client_certificate_ = channel_.ClientCertificate();
  state_ = State::kReadHead;
  SetDeadline(core_.config.header_millis);
  return true;
}

void Connection::RefusePlaintext() {
  request_id_ = loop_.NextRequestId();
  const Response problem =
      ProblemResponse(Status(Reason::kPlaintextRefused, "This port speaks TLS only. Use https://."), RequestIdText());
  Bytes text =
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\nContent-Length: ";
  AppendDecimal(text, problem.body.size());
  text += "\r\n\r\n" + problem.body;
  // One try: a new socket's buffer takes it, or the peer is not reading.
  if (channel_.RawWrite(text.data(), text.size()).size == text.size()) {
    static_cast<void>(shutdown(fd_, SHUT_WR));
  }
  counters_.client_errors.fetch_add(1, std::memory_order_relaxed);
  state_ = State::kLinger;
  linger_bytes_ = 0;
  SetDeadline(kLingerMillis);
}

bool Connection::StepReadHead() {
  while (true) {
    if (const size_t head =
            in_size_ > scanned_ ? FindHeadEnd({in_.get(), in_size_}, scanned_ > 3 ? scanned_ - 3 : 0) : 0;
        head > 0 && head <= core_.config.max_header_bytes) {
      TakeHead(head);
      return true;
    }
    scanned_ = in_size_;
    if (in_size_ >= core_.config.max_header_bytes) {
      request_id_ = loop_.NextRequestId();
      input_left_ = true;
      Refuse(Status(Reason::kHeaderTooLarge,
                    "The header is longer than " + std::to_string(core_.config.max_header_bytes) + " bytes."));
      return true;
    }
    if (in_size_ == in_capacity_) {
      auto larger = std::make_unique<char[]>(in_capacity_ * 2);
      std::memcpy(larger.get(), in_.get(), in_size_);
      WipeRange(in_.get(), in_capacity_);
      in_ = std::move(larger);
      in_capacity_ *= 2;
    }
    const bool is_first = in_size_ == 0;
    const IoResult result = ReadSome(in_.get() + in_size_, in_capacity_ - in_size_);
    if (result.outcome == IoOutcome::kWait) return false;
    if (result.outcome != IoOutcome::kDone) {
      Close();
      return false;
    }
    if (is_first) SetDeadline(core_.config.header_millis);
    in_size_ += result.size;
    in_high_ = std::max(in_high_, in_size_);
  }
}

size_t Connection::body_limit() const {
  return route_->options.max_body_bytes > 0 ? route_->options.max_body_bytes : core_.config.max_body_bytes;
}

// Doubles, so that a claimed Content-Length costs nothing until its bytes come; old memory is wiped.
Status Connection::GrowBody(size_t wanted) {
  if (wanted > body_limit()) {
    return Status(Reason::kBodyTooLarge,
                  "The body is longer than the " + std::to_string(body_limit()) + " bytes this call takes.");
  }
  if (wanted > body_accounted_) {
    const size_t more = wanted - body_accounted_;
    body_accounted_ = wanted;
    if (core_.counters.body_bytes.fetch_add(more) + more > core_.config.max_body_bytes_total) {
      return Status(Reason::kOverloaded, "The server holds as many unfinished requests as it may. Try again shortly.");
    }
  }
  if (wanted <= body_buffer_.size()) return Status::Ok();
  if (wanted > body_buffer_.capacity()) {
    Bytes larger;
    larger.reserve(std::max(wanted, 2 * body_buffer_.capacity()));
    larger.append(body_buffer_, 0, body_size_);
    WipeText(body_buffer_);
    body_buffer_.swap(larger);
  }
  body_buffer_.resize(wanted);
  return Status::Ok();
}

Status Connection::OnBody(ByteView piece) {
  RETURN_IF_ERROR(GrowBody(body_size_ + piece.size()));
  std::memcpy(body_buffer_.data() + body_size_, piece.data(), piece.size());
  body_size_ += piece.size();
  return Status::Ok();
}

bool Connection::StepReadBody() {
  const auto close_on = [&](const IoResult& result) {
    if (result.outcome == IoOutcome::kWait) return true;
    if (result.outcome == IoOutcome::kDone) return false;
    Close();
    return true;
  };
  const auto refuse = [&](const Status& status) {
    Refuse(status);
    return true;
  };
  // What arrived behind the head is body first; in_[head_size_, in_size_) is kept for what is not yet used.
  const auto use_up = [&](size_t used) {
    std::memmove(in_.get() + head_size_, in_.get() + head_size_ + used, in_size_ - head_size_ - used);
    in_size_ -= used;
  };
  if (head_.chunked) {
    while (true) {
      auto chunks = parser_.ParseChunks({in_.get() + head_size_, in_size_ - head_size_}, *this);
      if (!chunks.ok()) return refuse(chunks.status());
      use_up(chunks->consumed);
      if (chunks->done) break;
      // The head must not move now, so the room behind it is what there is for chunk headers and trailers.
      if (in_size_ == in_capacity_) return refuse(Status(Reason::kMalformedRequest, "A chunk's header is too long."));
      const IoResult result = ReadSome(in_.get() + in_size_, in_capacity_ - in_size_);
      if (close_on(result)) return false;
      in_size_ += result.size;
      in_high_ = std::max(in_high_, in_size_);
    }
    body_ = {body_buffer_.data(), body_size_};
  } else {
    const size_t length = head_.content_length;
    if (body_size_ == 0 && in_size_ - head_size_ >= length) {
      body_ = {in_.get() + head_size_, length};  // all here: no copy
      head_size_ += length;                      // what follows is the next request
    } else {
      if (in_size_ > head_size_) {
        const size_t part = std::min(in_size_ - head_size_, length - body_size_);
        if (const Status status = OnBody({in_.get() + head_size_, part}); !status.ok()) return refuse(status);
        use_up(part);
      }
      while (body_size_ < length) {
        const size_t room = std::min(length, std::max<size_t>(2 * body_size_, 64u << 10));
        if (const Status status = GrowBody(room); !status.ok()) return refuse(status);
        const IoResult result = ReadSome(body_buffer_.data() + body_size_, room - body_size_);
        if (close_on(result)) return false;
        body_size_ += result.size;
      }
      body_ = {body_buffer_.data(), length};
    }
  }
  input_left_ = false;
  StartHandler();
  return true;
}

void Connection::OnAnswered() {
  if (loop_.IsCurrent() && in_handler_) {
    answer_ready_ = true;
  } else {
    loop_.Push(this);
  }
}

void Connection::RunOnLoop() {
  if (std::exchange(gave_way_, false)) {
    if (state_ == State::kClosed) return loop_.Defer([this] { delete this; });
  } else if (state_ == State::kNew) {
    Begin();
  } else if (state_ == State::kAuthenticate) {
    FinishAuthentication(std::exchange(authenticated_, Status(Reason::kCredentialMissing)));
  } else if (state_ == State::kHandle) {
    ComposeAnswer();
  }
  Advance();
}

// Stage 8.
void Connection::ComposeAnswer() {
  if (core_.stopping.load(std::memory_order_relaxed)) close_after_ = true;
  const Response& answer = answer_;
  WipeText(out_);
  if (out_.capacity() < 1024) out_.reserve(1024);
  AppendStatusLine(out_, answer.status);
  out_.append("Date: ").append(loop_.date()).append("\r\nX-Request-Id: ");
  AppendHex16(out_, request_id_);
  out_.append("\r\n");
  const bool may_have_body = answer.status >= 200 && answer.status != 204 && answer.status != 304;
  if (may_have_body) {
    if (!answer.content_type.empty()) out_.append("Content-Type: ").append(answer.content_type).append("\r\n");
    out_.append("Content-Length: ");
    AppendDecimal(out_, answer.body.size());
    out_.append("\r\n");
  }
  if (close_after_) out_.append("Connection: close\r\n");
  if (answer.headers.empty()) {
    out_.append(AllDefaults());
  } else {
    for (const DefaultHeader& header : kDefaults) {
      const bool replaced = std::any_of(answer.headers.begin(), answer.headers.end(), [&](const auto& own) {
        return own.first.size() == header.name.size() && strcasecmp(own.first.c_str(), header.name.data()) == 0;
      });
      if (!replaced) out_.append(header.line);
    }
    for (const auto& [name, value] : answer.headers) {
      AppendHeaderText(out_, name);
      out_.append(": ");
      AppendHeaderText(out_, value);
      out_.append("\r\n");
    }
  }
  if (who_.rate.limit > 0) AppendRateLimit(out_, who_.rate);
  if (tls_) out_.append(kHsts);
  out_.append("\r\n");
  body_sent_ = 0;
  if (!may_have_body || is_head_request_) {
    WipeText(answer_.body);
  } else if (answer.body.size() <= kCopiedBodyBytes) {
    out_.append(answer.body);
    WipeText(answer_.body);
  }
  counters_.requests.fetch_add(1, std::memory_order_relaxed);
  if (answer.status >= 500) {
    counters_.server_errors.fetch_add(1, std::memory_order_relaxed);
  } else if (answer.status >= 400) {
    counters_.client_errors.fetch_add(1, std::memory_order_relaxed);
  }
  out_sent_ = 0;
  state_ = State::kWrite;
  SetDeadline(core_.config.write_millis);
}

bool Connection::StepWrite() {
  while (!peer_gone_) {
    const bool in_header = out_sent_ < out_.size();
    const ByteView rest = in_header ? ByteView(out_).substr(out_sent_) : ByteView(answer_.body).substr(body_sent_);
    if (rest.empty()) break;
    const IoResult result = channel_.Write(rest.data(), rest.size());
    if (result.outcome == IoOutcome::kWait) return false;
    if (result.outcome != IoOutcome::kDone) {
      peer_gone_ = true;
      break;
    }
    (in_header ? out_sent_ : body_sent_) += result.size;
  }
  if (peer_gone_) {
    Close();
    return false;
  }
  FinishExchange();
  return state_ != State::kClosed;
}

// Answered and sent: forget everything about it, then go on with what has already arrived.
void Connection::FinishExchange() {
  const bool close_now = close_after_;
  const bool linger = input_left_;
  if (close_now) {
    WipeExchange();
    WipeInput(0);
    channel_.SendCloseNotify();
    if (!linger) return Close();
    // Closing with unread input would reset the connection and could destroy the answer on its way
    // (RFC 9112 section 9.6).
    static_cast<void>(shutdown(fd_, SHUT_WR));
    state_ = State::kLinger;
    linger_bytes_ = 0;
    SetDeadline(kLingerMillis);
    return;
  }
  const size_t left = in_size_ - head_size_;
  if (left > 0) std::memmove(in_.get(), in_.get() + head_size_, left);
  WipeInput(left);
  WipeExchange();
  state_ = State::kReadHead;
  SetDeadline(left > 0 ? core_.config.header_millis : core_.config.idle_millis);
}

void Connection::WipeInput(size_t keep) {
  WipeRange(in_.get() + keep, in_high_ - keep);
  in_size_ = in_high_ = keep;
}

void Connection::WipeExchange() {
  headers_.clear();
  params_.clear();
  query_.clear();
  WipeText(decoded_);
  method_ = path_ = target_ = {};
  body_ = {};
  if (body_buffer_.capacity() > 64) {
    WipeText(body_buffer_);
    if (body_buffer_.capacity() > kKeptBodyBytes) Bytes().swap(body_buffer_);
  }
  body_size_ = 0;
  if (body_accounted_ > 0) core_.counters.body_bytes.fetch_sub(body_accounted_);
  body_accounted_ = 0;
  WipeRange(out_.data(), out_.size());
  out_.clear();
  WipeText(answer_.body);
  answer_ = Response{};
  who_ = {};
  route_ = nullptr;
  head_size_ = scanned_ = 0;
  is_head_request_ = close_after_ = input_left_ = false;
}

bool Connection::StepLinger() {
  char discarded[4096];
  while (linger_bytes_ < kLingerBytes) {
    if (channel_.drained()) return false;
    const IoResult result = channel_.RawRead(discarded, sizeof discarded);
    if (result.outcome == IoOutcome::kWait) return false;
    if (result.outcome != IoOutcome::kDone) break;
    linger_bytes_ += result.size;
  }
  Close();
  return false;
}

void Connection::OnSweep(int64_t now_millis) {
  if (now_millis <= deadline_millis_) return;
  // Progress buys time: one second for each min_bytes_per_second moved.
  const size_t moved = state_ == State::kReadBody ? body_size_ : state_ == State::kWrite ? out_sent_ + body_sent_ : 0;
  const auto bought = static_cast<int64_t>(moved * 1000 / std::max<size_t>(core_.config.min_bytes_per_second, 1));
  if (now_millis <= deadline_millis_ + bought) return;
  if (state_ != State::kLinger && !(state_ == State::kReadHead && in_size_ == 0)) {
    counters_.timeouts.fetch_add(1, std::memory_order_relaxed);
  }
  const bool in_head = state_ == State::kReadHead && in_size_ > 0;
  if (in_head || state_ == State::kReadBody) {
    if (in_head) request_id_ = loop_.NextRequestId();
    input_left_ = true;
    Refuse(Status(Reason::kRequestTimeout,
                  in_head ? "The header did not arrive in time." : "The body did not arrive in time."));
    return Advance();
  }
  Close();
}

void Connection::Drain(bool by_force) {
  if (state_ == State::kClosed) return;
  close_after_ = true;
  // A request may have arrived that no event has told of yet.
  channel_.set_drained(false);
  Advance();
  const bool idle = state_ == State::kReadHead && in_size_ == 0;
  if (idle || (by_force && !handler_holds_it())) Close();
}

void Connection::Cut(bool and_answers) {
  // Still shaking hands: there is no request yet that could hold anything, and whoever asks next may go on.
  if (state_ == State::kHandshake) return;
  close_after_ = true;
  const bool has_answer = state_ == State::kNew || state_ == State::kWrite || state_ == State::kLinger;
  if (!handler_holds_it() && (and_answers || !has_answer)) Close();
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  loop_.Leave(this);
  if (!gave_way_) loop_.Defer([this] { delete this; });  // else once it is out of the inbox
}

}  // namespace strongroom
