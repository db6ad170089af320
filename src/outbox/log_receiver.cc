#include "outbox/log_receiver.h"

#include <utility>

#include "outbox/web_delivery.h"

namespace strongroom {
namespace {

class WebhookReceiver : public LogReceiver {
 public:
  explicit WebhookReceiver(WebhookSettings settings) : settings_(std::move(settings)) {}

  Delivery Take(const LogBatch& batch, const StopSignal& stop) override {
    WebRequest request;
    request.wants_body = false;
    request.method = "POST";
    request.url = settings_.url;
    for (const LogLine& line : batch.lines) request.body.append(line.json).append("\n");
    const std::string timestamp = std::to_string(batch.now / 1000);
    request.headers = {{"Content-Type", "application/x-ndjson"},
                       {"Strongroom-Batch-Id", batch.id},
                       {"Strongroom-Timestamp", timestamp},
                       {"Strongroom-Signature", WebhookSignature(settings_.secret, timestamp, request.body)}};
    return DeliveryOf("webhook", WebClient(WebClientFor(settings_.ca_file, stop)).Send(request));
  }

 private:
  const WebhookSettings settings_;
};

std::string_view KindOf(LogLine::Type type) {
  switch (type) {
    case LogLine::Type::kBegin:
      return "log-begin";
    case LogLine::Type::kEntry:
      return "log-entry";
    case LogLine::Type::kCheckpoint:
      return "log-checkpoint";
  }
  return "log-entry";
}

class SyslogReceiver : public LogReceiver {
 public:
  explicit SyslogReceiver(SyslogSettings settings) : settings_(std::move(settings)) {}

  Delivery Take(const LogBatch& batch, const StopSignal& stop) override {
    std::vector<std::string> lines;
    lines.reserve(batch.lines.size());
    for (const LogLine& line : batch.lines) {
      std::vector<std::pair<std::string, std::string>> parameters = {{"log", batch.log},
                                                                     {"index", std::to_string(line.index)}};
      if (!line.leaf.empty()) parameters.emplace_back("leaf", line.leaf);
      lines.push_back(
          SyslogLine(settings_, Severity::kInformational, line.time, KindOf(line.type), parameters, line.json));
    }
    return SendSyslogLines(settings_, lines, stop);
  }

 private:
  const SyslogSettings settings_;
};

}  // namespace

std::unique_ptr<LogReceiver> MakeWebhookReceiver(WebhookSettings settings) {
  return std::make_unique<WebhookReceiver>(std::move(settings));
}

std::unique_ptr<LogReceiver> MakeSyslogReceiver(SyslogSettings settings) {
  return std::make_unique<SyslogReceiver>(std::move(settings));
}

}  // namespace strongroom
