// One connection and the exchange on it: a state machine on one I/O thread (see request_way.cc for its stages).
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "http/exchange.h"
#include "http/head_parser.h"
#include "http/io_loop.h"
#include "http/listener.h"
#include "http/router.h"
#include "http/tls.h"
#include "http/worker_pool.h"

namespace strongroom {

struct SharedCounters {
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> open{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> body_bytes{0};  // held for requests in flight
};

// Per I/O thread, so that the hot path shares no cache line.
struct alignas(64) LoopCounters {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> client_errors{0};
  std::atomic<uint64_t> server_errors{0};
  std::atomic<uint64_t> timeouts{0};
};

// What all connections of a listener share.
struct ListenerCore {
  ListenerConfig config;
  const Router* router = nullptr;
  Authenticator* authenticator = nullptr;
  WorkerPool* workers = nullptr;
  SharedCounters counters;
  std::atomic<bool> stopping{false};
};

class Connection final : public Exchange,
                         public Request,
                         public IoMember,
                         public LoopTask,
                         public WorkItem,
                         public HeadParser::BodySink {
 public:
  // Takes over `fd`; begins when pushed to `loop`, and deletes itself once closed.
  Connection(int fd, const IpAddress& peer, ListenerCore& core, IoLoop& loop, LoopCounters& counters);
  ~Connection() override;

  // On the loop's thread: closes if nothing is in flight; else once it is answered (or at once, by force, if no
  // handler holds it).
  void Drain(bool by_force);
  // On the loop's thread: closes unless a handler holds it (then once it is answered) or, without `and_answers`, its
  // answer is on its way.
  void Cut(bool and_answers);
  bool handler_holds_it() const { return state_ == State::kHandle || state_ == State::kAuthenticate; }

  const Request& request() const override { return *this; }
  bool ContinueOnWorker(Handler next) override;

 private:
  enum class State : uint8_t {
    kNew,           // on its way to its loop
    kHandshake,     // TLS
    kReadHead,      //
    kAuthenticate,  // on a worker
    kReadBody,      //
    kHandle,        // a handler has it
    kWrite,         //
    kLinger,        // answered and shut; reads until the peer has read the answer
    kClosed,        //
  };

  // --- connection.cc: events, bytes, time ---
  void OnEvents(uint32_t events) override;
  void OnSweep(int64_t now_millis) override;
  void RunOnLoop() override;  // it is new, it gave way, a worker authenticated, or a handler answered
  void Begin();
  void OnAnswered() override;
  void Advance();
  bool StepHandshake();
  bool StepReadHead();
  bool StepReadBody();
  bool StepWrite();
  bool StepLinger();
  IoResult ReadSome(char* data, size_t size);
  void ComposeAnswer();
  void FinishExchange();
  void WipeExchange();
  void WipeInput(size_t keep);
  void Close();
  void RefusePlaintext();
  Status GrowBody(size_t wanted);
  Status OnBody(ByteView piece) override;  // a piece of a chunked body
  size_t body_limit() const;
  void SetDeadline(int64_t millis) { deadline_millis_ = loop_.now_millis() + millis; }

  // --- request_way.cc: the stages ---
  void TakeHead(size_t head_size);
  Status ReadHead(size_t head_size);
  Status FindRoute();
  void StartAuthentication();
  void FinishAuthentication(Result<Authenticated> outcome);
  void StartBody();
  void StartHandler();
  void RunOnWorker() override;
  void CallHandler();
  void Refuse(const Status& status);

  ListenerCore& core_;
  IoLoop& loop_;
  LoopCounters& counters_;
  Channel channel_;
  const int fd_;
  const IpAddress peer_;
  State state_ = State::kNew;
  bool peer_gone_ = false;     // nothing can be sent any more
  bool gave_way_ = false;      // in the loop's inbox, to go on once others had their turn
  bool in_handler_ = false;    // loop thread: an inline handler is running
  bool answer_ready_ = false;  // loop thread: it answered meanwhile
  bool close_after_ = false;   // the connection ends with this answer
  bool input_left_ = false;    // the peer may still be sending what we will not read
  bool is_head_request_ = false;
  bool peeked_ = false;  // TLS: the first byte was looked at
  int64_t deadline_millis_ = INT64_MAX;

  // Input: in_[0, in_size_) has arrived; the head is in_[0, head_size_), what follows is body or the next request.
  std::unique_ptr<char[]> in_;
  size_t in_capacity_ = 0;
  size_t in_size_ = 0;
  size_t in_high_ = 0;  // bytes ever used since the last wipe
  size_t scanned_ = 0;  // no end of head before this
  size_t head_size_ = 0;

  ParsedHead head_;
  HeadParser parser_;
  const Route* route_ = nullptr;
  Handler next_;       // what a handler goes on with on a worker
  Bytes body_buffer_;  // size() is capacity in use; body_size_ of it is filled
  size_t body_size_ = 0;
  size_t body_accounted_ = 0;
  Result<Authenticated> authenticated_{Status(Reason::kCredentialMissing)};

  Bytes out_;  // header and small bodies
  size_t out_sent_ = 0;
  size_t body_sent_ = 0;  // of a large answer_.body
  uint64_t linger_bytes_ = 0;
};

// Whether `text` holds a whole header; its size with the empty line, or 0.  `from`: where the last look ended.
size_t FindHeadEnd(ByteView text, size_t from);

}  // namespace strongroom
