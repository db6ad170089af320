// LogReceiver: a place that takes every entry of the logs, batch by batch (docs/formats/log-export.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/stop_signal.h"
#include "outbox/courier.h"
#include "outbox/syslog.h"
#include "outbox/webhook.h"

namespace strongroom {

struct LogLine {
  enum class Type : uint8_t { kBegin, kEntry, kCheckpoint };
  Type type = Type::kEntry;
  UnixMillis time = 0;  // of the entry; of the others: when the line was made
  uint64_t index = 0;   // of the entry; of the others: how many entries come before
  std::string leaf;     // of an entry, in base64
  Bytes json;           // one object, without a newline
};

struct LogBatch {
  std::string log;  // as its checkpoints name it
  std::string id;   // log, first index and number of entries: the same when the same is sent again
  UnixMillis now = 0;
  std::vector<LogLine> lines;
};

class LogReceiver {
 public:
  virtual ~LogReceiver() = default;
  // kSent: the whole batch was taken.  Anything else: it is not known how much of it was; the same comes again.
  virtual Delivery Take(const LogBatch& batch, const StopSignal& stop) = 0;
};

// JSON lines, signed as webhooks are.
std::unique_ptr<LogReceiver> MakeWebhookReceiver(WebhookSettings settings);
// A message a line, over one connection a batch.  TCP or TLS.
std::unique_ptr<LogReceiver> MakeSyslogReceiver(SyslogSettings settings);

}  // namespace strongroom
