// The way of a request.  Each stage may refuse; what comes later is then not even looked at.
//
//   1  limits        connections, header bytes, time            acceptor, Connection::StepReadHead
//   2  TLS           or loopback and asked for                  Connection::StepHandshake
//   3  parse header  RFC 9112, nothing ambiguous                ReadHead
//   4  route         404, 405                                   FindRoute
//   5  authenticate  401, 403: before any of the body is read   StartAuthentication
//   6  read body     its limit, 100-continue                    StartBody, Connection::StepReadBody
//   7  handler       inline or on a worker                      StartHandler
//   8  answer        headers, sending, wiping                   Connection::ComposeAnswer, FinishExchange
//
// What a caller may do is not decided here: services authorise and record (vault/gate.h).

#include <utility>

#include "http/client_address.h"
#include "http/connection.h"
#include "http/problem.h"

namespace strongroom {

// Stages 3 to 6; called with a whole header in the buffer.
void Connection::TakeHead(size_t head_size) {
  Status status = ReadHead(head_size);
  if (status.ok()) status = FindRoute();
  if (!status.ok()) return Refuse(status);
  StartAuthentication();
}

Status Connection::ReadHead(size_t head_size) {
  head_size_ = head_size;
  head_.headers.swap(headers_);  // the vector travels, so that its memory is reused
  head_.headers.clear();
  head_.chunked = head_.keep_alive = head_.expect_continue = false;
  head_.content_length = 0;
  const Status status = parser_.ParseHead({in_.get(), head_size}, head_);
  headers_.swap(head_.headers);
  request_id_ = loop_.NextRequestId();
  input_left_ = true;  // until we know better
  tls_ = channel_.tls();
  address_ = peer_;
  RETURN_IF_ERROR(status);

  input_left_ = head_.chunked || head_.content_length > 0;
  close_after_ = !head_.keep_alive || core_.stopping.load(std::memory_order_relaxed);
  if (!core_.config.trusted_proxies.empty()) {
    address_ = ClientAddress(peer_, Header("X-Forwarded-For"), core_.config.trusted_proxies);
  }
  const std::string_view encoding = input_left_ ? Header("Content-Encoding") : std::string_view();
  if (!encoding.empty() && encoding != "identity") {
    return Status(Reason::kUnsupportedMediaType, "Send the body without Content-Encoding.");
  }
  return Status::Ok();
}

Status Connection::FindRoute() {
  method_ = head_.method;
  is_head_request_ = method_ == "HEAD";
  const size_t question = head_.target.find('?');
  path_ = head_.target.substr(0, question);
  target_ = head_.target;
  query_.clear();
  if (question != std::string_view::npos || path_.find('%') != std::string_view::npos) {
    Router::Reserve(*this, head_.target.size());
    if (question != std::string_view::npos) {
      RETURN_IF_ERROR(Router::ParseQuery(head_.target.substr(question + 1), *this));
    }
  }
  ASSIGN_OR_RETURN(const RouteMatch match, core_.router->Match(*this));
  route_ = match.route;
  if (route_ != nullptr) {
    if (head_.content_length > body_limit()) {
      return Status(Reason::kBodyTooLarge,
                    "The body is longer than the " + std::to_string(body_limit()) + " bytes this call takes.");
    }
    return Status::Ok();
  }
  if (match.allow.empty()) return Status(Reason::kRouteNotFound, "There is nothing at this address.");
  answer_.headers.emplace_back("Allow", match.allow);
  return Status(Reason::kMethodNotAllowed, "This address takes: " + std::string(match.allow) + ".");
}

void Connection::StartAuthentication() {
  who_ = {};
  if (route_->options.is_public) return FinishAuthentication(Authenticated{});
  if (auto outcome = core_.authenticator->AuthenticateQuickly(*this)) return FinishAuthentication(std::move(*outcome));
  state_ = State::kAuthenticate;
  deadline_millis_ = INT64_MAX;
  if (!core_.workers->Post(this)) {
    Refuse(Status(Reason::kOverloaded, "More requests are waiting than the server queues. Try again shortly."));
  }
}

void Connection::FinishAuthentication(Result<Authenticated> outcome) {
  if (!outcome.ok()) return Refuse(outcome.status());
  who_ = std::move(*outcome);
  // The listener knows these two better than any authenticator.
  who_.caller.address = address_;
  who_.caller.request_id = request_id_;
  StartBody();
}

void Connection::StartBody() {
  body_ = {};
  body_size_ = 0;
  if (!input_left_) return StartHandler();
  state_ = State::kReadBody;
  SetDeadline(core_.config.body_millis);
  if (head_.expect_continue && in_size_ == head_size_) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // A socket that cannot take 25 bytes now has an unread answer of ours in it: no honest client does that.
    if (channel_.Write(kContinue.data(), kContinue.size()).size != kContinue.size()) peer_gone_ = true;
  }
}

void Connection::StartHandler() {
  state_ = State::kHandle;
  deadline_millis_ = INT64_MAX;
  turn_->store((turn_->load() | 1) + 1);  // the next even number
  if (route_->options.lane == Lane::kWorker) {
    if (!core_.workers->Post(this)) {
      Refuse(Status(Reason::kOverloaded, "More requests are waiting than the server queues. Try again shortly."));
    }
    return;
  }
  in_handler_ = true;
  answer_ready_ = false;
  CallHandler();
  in_handler_ = false;
  if (answer_ready_) ComposeAnswer();
}

void Connection::CallHandler() {
  const Handler next = std::exchange(next_, nullptr);
  Guard(next ? next : route_->handler);
}

bool Connection::ContinueOnWorker(Handler next) {
  next_ = std::move(next);
  turn_->fetch_add(2);  // a new holder: what the old one throws is no longer answered
  if (core_.workers->Post(this)) return true;
  turn_->fetch_sub(2);
  next_ = nullptr;
  return false;
}

void Connection::RunOnWorker() {
  if (state_ == State::kHandle) return CallHandler();
  try {
    authenticated_ = core_.authenticator->Authenticate(*this);
  } catch (...) {
    authenticated_ = Status(Reason::kInternal, "the authenticator threw");
  }
  loop_.Push(this);
}

void Connection::Refuse(const Status& status) {
  // An unread body cannot be told from the next request: the connection ends with this answer.
  if (input_left_) close_after_ = true;
  Response problem = ProblemResponse(status, RequestIdText());
  problem.headers.insert(problem.headers.end(), answer_.headers.begin(), answer_.headers.end());
  answer_ = std::move(problem);
  ComposeAnswer();
}

}  // namespace strongroom
