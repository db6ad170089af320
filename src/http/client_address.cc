#include "http/client_address.h"

#include <algorithm>
#include <optional>

namespace strongroom {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711": proxies write all of these.
std::optional<IpAddress> ParseHop(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return std::nullopt;
    return IpAddress::Parse(text.substr(1, close - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return IpAddress::Parse(text);
}

}  // namespace

IpAddress ClientAddress(const IpAddress& peer, std::string_view forwarded_for, const std::vector<IpNetwork>& trusted) {
  const auto is_trusted = [&](const IpAddress& address) {
    return std::any_of(trusted.begin(), trusted.end(), [&](const IpNetwork& net) { return net.Contains(address); });
  };
  IpAddress believed = peer;
  while (!forwarded_for.empty() && is_trusted(believed)) {
    const size_t comma = forwarded_for.rfind(',');
    const bool is_last = comma == std::string_view::npos;
    const std::optional<IpAddress> hop = ParseHop(is_last ? forwarded_for : forwarded_for.substr(comma + 1));
    if (!hop) break;
    believed = *hop;
    forwarded_for = is_last ? std::string_view() : forwarded_for.substr(0, comma);
  }
  return believed;
}

}  // namespace strongroom
