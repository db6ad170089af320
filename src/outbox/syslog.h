// Syslog: RFC 5424 messages over UDP (RFC 5426), TCP (RFC 6587, counted octets) or TLS (RFC 5425).
//
// Syslog has no acknowledgement.  Over TCP and TLS "sent" means that the server closed the connection after the whole
// message in an orderly way, or kept quiet for two seconds; over UDP, that this machine took the datagram.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/stop_signal.h"
#include "outbox/courier.h"

namespace strongroom {

enum class SyslogTransport : uint8_t { kUdp, kTcp, kTls };

struct SyslogSettings {
  SyslogTransport transport = SyslogTransport::kUdp;
  std::string host;
  std::string port;
  std::string ca_file;
  std::string this_host = "-";  // what the messages call this machine
};

// "udp://host:514", "tcp://…", "tls://host:6514"; kConfigInvalid.
Result<SyslogSettings> ParseSyslogAddress(std::string_view address);

std::string SyslogMessage(const SyslogSettings& settings, const OutgoingMessage& message);

// What stands in a message beside its text.  `parameters` are names of at most 32 printable characters and values.
std::string SyslogLine(const SyslogSettings& settings, Severity severity, UnixMillis time, std::string_view kind,
                       const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view text);
// Several lines over one connection, in order: all are taken, or it is not known how many.  Not over UDP.
Delivery SendSyslogLines(const SyslogSettings& settings, const std::vector<std::string>& lines, const StopSignal& stop);

// Any thread.
Delivery SendSyslog(const SyslogSettings& settings, const OutgoingMessage& message, const StopSignal& stop);

}  // namespace strongroom
