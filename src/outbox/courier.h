// Courier: carries one message to one place.  The queue (outbox.h) knows when; a courier knows how.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "client/stop_signal.h"
#include "outbox/notice.h"
#include "outbox/templates.h"

namespace strongroom {

struct OutgoingMessage {
  std::string id;  // 32 hexadecimal digits, the same at every try: a receiver drops what it has seen
  std::string kind;
  Severity severity = Severity::kInformational;
  Destination to;
  Language language = Language::kEnglish;
  NoticeParameters parameters;
  NoticeWords words;
  UnixMillis created_at = 0;
  UnixMillis now = 0;
};

struct Delivery {
  enum class Outcome : uint8_t {
    kSent,   // the receiver has taken it
    kLater,  // not now; it may or may not have arrived
    kNever,  // it was understood and refused: trying again changes nothing
  };
  Outcome outcome = Outcome::kLater;
  // Our own words and numbers alone ("smtp 451 at RCPT"): what strangers answer may repeat addresses.
  std::string detail;
  // Nobody there, or nothing there works: whatever else goes there waits as well.
  bool place_down = false;
};

class Courier {
 public:
  virtual ~Courier() = default;
  // Ok when the configuration knows a way there; else kConfigInvalid that says which setting is missing.
  virtual Status Knows(const Destination& to) const = 0;
  // Everybody who is told of what concerns the house.
  virtual std::vector<Destination> HouseDestinations() const = 0;
  virtual Language HouseLanguage() const { return Language::kEnglish; }
  // Waits until it is done, `stop` is set, or the channel's time is up (a minute at most).  Any thread.
  virtual Delivery Deliver(const OutgoingMessage& message, const StopSignal& stop) = 0;
};

}  // namespace strongroom
