#include "outbox/syslog.h"

#include <algorithm>
#include <utility>

#include "client/datagram.h"
#include "client/tls_socket.h"
#include "client/url.h"

namespace strongroom {
namespace {

constexpr int kFacility = 10;  // security and authorisation
constexpr std::string_view kBom = "\xef\xbb\xbf";
constexpr size_t kMaxDatagramBytes = 2048;  // what every receiver should take (RFC 5426 section 3.2)
constexpr size_t kMaxNameBytes = 32;
constexpr int64_t kCloseMillis = 2'000;

// RFC 5424 section 6.3.3: '"', '\' and ']' are escaped; control characters have no business in one line.
void AppendParameter(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name.substr(0, kMaxNameBytes)).append("=\"");
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') out.push_back('\\');
    out.push_back(static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  out.append("\"");
}

// Printable ASCII without spaces, or "-" for what is not known.
std::string HeaderField(std::string_view text, size_t max) {
  const bool good = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return good ? std::string(text.substr(0, max)) : "-";
}

void CutTo(std::string& text, size_t size) {
  if (text.size() <= size) return;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
}

Delivery Outcome(const Status& status) {
  if (status.ok()) return {Delivery::Outcome::kSent, "", false};
  return {Delivery::Outcome::kLater, "syslog: " + status.message(), true};
}

// `counted`: messages with their lengths in front.
Status SendOverStream(const SyslogSettings& settings, const std::string& counted, const StopSignal& stop) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<TlsSocket> socket,
      TlsSocket::Connect(settings.host, settings.port, settings.transport == SyslogTransport::kTls,
                         {settings.ca_file, {}}, {.io_millis = 10'000, .total_millis = 30'000, .stop = &stop}));
  RETURN_IF_ERROR(socket->WriteAll(counted));
  socket->FinishWriting();
  return socket->AwaitClose(kCloseMillis);
}

}  // namespace

Result<SyslogSettings> ParseSyslogAddress(std::string_view address) {
  constexpr std::pair<std::string_view, SyslogTransport> kSchemes[] = {
      {"udp://", SyslogTransport::kUdp}, {"tcp://", SyslogTransport::kTcp}, {"tls://", SyslogTransport::kTls}};
  SyslogSettings settings;
  for (const auto& [scheme, transport] : kSchemes) {
    if (!address.starts_with(scheme)) continue;
    settings.transport = transport;
    address.remove_prefix(scheme.size());
    const size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) break;
    std::string_view host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    settings.host = host;
    settings.port = address.substr(colon + 1);
    if (IsHostText(settings.host) && IsPortText(settings.port)) return settings;
  }
  return Status(Reason::kConfigInvalid, "a syslog server is udp://host:514, tcp://host:514 or tls://host:6514");
}

std::string SyslogLine(const SyslogSettings& settings, Severity severity, UnixMillis time, std::string_view kind,
                       const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view text) {
  std::string line = "<" + std::to_string(kFacility * 8 + static_cast<int>(severity)) + ">1 ";
  line += FormatTime(time) + " " + HeaderField(settings.this_host, 255) + " strongroom - ";
  line += HeaderField(kind, kMaxNameBytes) + " [strongroom@32473";
  for (const auto& [name, value] : parameters) AppendParameter(line, HeaderField(name, kMaxNameBytes), value);
  line += "] " + std::string(kBom) + std::string(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::string SyslogMessage(const SyslogSettings& settings, const OutgoingMessage& message) {
  std::vector<std::pair<std::string, std::string>> parameters = {{"id", message.id}};
  for (const auto& [name, value] : message.parameters) parameters.emplace_back(name, value);
  return SyslogLine(settings, message.severity, message.created_at, message.kind, parameters, message.words.text);
}

Delivery SendSyslogLines(const SyslogSettings& settings, const std::vector<std::string>& lines,
                         const StopSignal& stop) {
  std::string all;
  for (const std::string& line : lines) all += std::to_string(line.size()) + " " + line;
  return Outcome(SendOverStream(settings, all, stop));
}

Delivery SendSyslog(const SyslogSettings& settings, const OutgoingMessage& message, const StopSignal& stop) {
  std::string text = SyslogMessage(settings, message);
  if (settings.transport != SyslogTransport::kUdp) return SendSyslogLines(settings, {text}, stop);
  CutTo(text, kMaxDatagramBytes);
  return Outcome(SendDatagram(settings.host, settings.port, text));
}

}  // namespace strongroom
