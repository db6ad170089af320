// A Chromium of the system's, without a window, in a profile of its own, driven over a pipe (Chrome DevTools Protocol).
//
// Nothing listens on a port.  What the browser says is a stranger's: a page decides much of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/status.h"

namespace strongroom::survey {

// One thread.
class Browser {
 public:
  // An event: its method, its "params", the session it is from.
  using OnEvent = std::function<void(std::string_view method, const JsonValue& params)>;

  // `program`: empty, the one Debian installs.  kFileUnreadable: there is none, or it does not start.
  static Result<std::unique_ptr<Browser>> Start(const std::string& program, OnEvent on_event);
  // Ends the browser and removes its profile.
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // Sends a command (`params`: JSON of an object) and waits for its answer; events that come meanwhile are told.
  // kRequestTimeout, kServerUnreachable: the browser is gone; kInvalidArgument: it refused.
  Result<JsonDocument> Ask(std::string_view method, std::string_view params, int64_t millis);
  // Tells events for so long, or until `enough` says so.  kServerUnreachable.
  Status Listen(int64_t millis, const std::function<bool()>& enough);
  // All further commands go to this page.
  void set_session(std::string session) { session_ = std::move(session); }

 private:
  explicit Browser(OnEvent on_event) : on_event_(std::move(on_event)) {}
  Status Spawn(const std::string& program);
  // The next message; nothing when time is up.
  Result<std::string> Receive(int64_t until_millis);
  Status Send(std::string_view message);
  void Tell(const JsonValue& message);

  const OnEvent on_event_;
  std::string profile_;
  std::string session_;
  pid_t child_ = -1;
  int to_ = -1;
  int from_ = -1;
  int64_t next_id_ = 1;
  std::string held_;
};

}  // namespace strongroom::survey
