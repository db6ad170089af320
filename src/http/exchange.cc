#include "http/exchange.h"

#include <strings.h>

#include <algorithm>
#include <array>

#include "http/problem.h"

namespace strongroom {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view RequestHead::Header(std::string_view name) const {
  for (const NameValue& header : headers_) {
    if (SameName(header.name, name)) return header.value;
  }
  return {};
}

std::string_view RequestHead::Param(std::string_view name) const {
  for (const NameValue& param : params_) {
    if (param.name == name) return param.value;
  }
  return {};
}

std::optional<std::string_view> RequestHead::Query(std::string_view name) const {
  for (const NameValue& parameter : query_) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

Status RequestHead::RefuseUnknownQuery(std::initializer_list<std::string_view> known) const {
  for (const NameValue& parameter : query_) {
    if (std::find(known.begin(), known.end(), parameter.name) != known.end()) continue;
    std::string names;
    for (std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    return Status(Reason::kInvalidArgument,
                  names.empty() ? "This call takes no query parameters."
                                : "The query has a parameter this call does not know; it takes: " + names + ".");
  }
  return Status::Ok();
}

std::string RequestHead::RequestIdText() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(16, '0');
  for (int i = 0; i < 16; ++i) text[i] = kHex[(request_id_ >> (60 - 4 * i)) & 15];
  return text;
}

void Exchange::Respond(Response response) {
  // A second answer is a fault in the handler; the first has won.
  if ((turn_->fetch_or(1) & 1) != 0) return;
  answer_ = std::move(response);
  OnAnswered();
}

// Nothing of ours throws, but a handler stands on libraries that do; one bad request must not end the server.
void Exchange::Guard(const Handler& handler) {
  const std::shared_ptr<std::atomic<uint64_t>> turn = turn_;
  const uint64_t held = turn->load();
  try {
    handler(*this);
  } catch (...) {
    // Once it has answered, this may be the next exchange, or no connection at all.
    uint64_t still = held;
    if (!turn->compare_exchange_strong(still, held | 1)) return;
    answer_ = ProblemResponse(Status(Reason::kInternal, "a handler threw"), request().RequestIdText());
    OnAnswered();
  }
}

void Exchange::Respond(const Status& status) { Respond(ProblemResponse(status, request().RequestIdText())); }

TestRequest::TestRequest(std::string method, std::string path, Bytes body) {
  method_ = Keep(std::move(method));
  path_ = Keep(std::move(path));
  target_ = path_;
  body_ = Keep(std::move(body));
  address_ = IpAddress::Loopback();
  static std::atomic<uint64_t> next_id{1};
  request_id_ = next_id++;
}

std::string_view TestRequest::Keep(std::string text) {
  return *kept_.emplace_back(std::make_unique<std::string>(std::move(text)));
}

TestRequest& TestRequest::Set(std::string name, std::string value) {
  headers_.push_back({Keep(std::move(name)), Keep(std::move(value))});
  return *this;
}

TestRequest& TestRequest::SetQuery(std::string name, std::string value) {
  query_.push_back({Keep(std::move(name)), Keep(std::move(value))});
  return *this;
}

TestRequest& TestRequest::SetTarget(std::string target) {
  target_ = Keep(std::move(target));
  return *this;
}

TestRequest& TestRequest::Show(const std::array<uint8_t, 32>& certificate) {
  client_certificate_ = certificate;
  return *this;
}

TestRequest& TestRequest::From(const IpAddress& address) {
  address_ = address;
  return *this;
}

void TestExchange::OnAnswered() {
  // Told under the lock: whoever waits may destroy this object as soon as it is free.
  std::lock_guard lock(mutex_);
  done_ = true;
  answered_now_.notify_all();
}

bool TestExchange::ContinueOnWorker(Handler next) {
  std::lock_guard lock(mutex_);
  workers_.emplace_back([this, next = std::move(next)] { next(*this); });
  return true;
}

TestExchange::~TestExchange() {
  std::unique_lock lock(mutex_);
  std::vector<std::thread> workers = std::move(workers_);
  lock.unlock();
  for (std::thread& worker : workers) worker.join();
}

const Response& TestExchange::Wait() {
  std::unique_lock lock(mutex_);
  answered_now_.wait(lock, [this] { return done_; });
  return answer_;
}

}  // namespace strongroom
