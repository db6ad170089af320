// IpAddress and IpNetwork.  Text is read and written by the C library (inet_pton, inet_ntop: POSIX.1-2017), which
// refuses leading zeros, zones and short forms such as "10.1"; what it does not promise is checked here.
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "policy/principal.h"

namespace strongroom {
namespace {

constexpr size_t kLongestAddressText = INET6_ADDRSTRLEN - 1;
constexpr uint8_t kV4Prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kV4PrefixBits = 96;

// A decimal number 0..limit without sign, spaces or leading zeros.
std::optional<int> ParsePrefixLength(std::string_view text, int limit) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (value > limit) return std::nullopt;
  return value;
}

// The bits of byte `index` that a prefix of `prefix_bits` covers.
uint8_t MaskOfByte(int prefix_bits, int index) {
  const int covered = std::clamp(prefix_bits - index * 8, 0, 8);
  return static_cast<uint8_t>(0xff00u >> covered);
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  // inet_pton reads up to a NUL, so one inside the text would hide what follows it.
  if (text.empty() || text.size() > kLongestAddressText || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  char terminated[INET6_ADDRSTRLEN] = {};
  std::memcpy(terminated, text.data(), text.size());
  IpAddress address;
  if (text.find(':') == std::string_view::npos) {
    std::copy(std::begin(kV4Prefix), std::end(kV4Prefix), address.bytes.begin());
    if (inet_pton(AF_INET, terminated, address.bytes.data() + sizeof(kV4Prefix)) != 1) return std::nullopt;
  } else {
    if (inet_pton(AF_INET6, terminated, address.bytes.data()) != 1) return std::nullopt;
  }
  return address;
}

IpAddress IpAddress::Loopback() {
  IpAddress address;
  std::copy(std::begin(kV4Prefix), std::end(kV4Prefix), address.bytes.begin());
  address.bytes[12] = 127;
  address.bytes[15] = 1;
  return address;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  const char* written = IsV4() ? inet_ntop(AF_INET, bytes.data() + sizeof(kV4Prefix), text, sizeof(text))
                               : inet_ntop(AF_INET6, bytes.data(), text, sizeof(text));
  return written == nullptr ? std::string() : std::string(written);
}

bool IpAddress::IsV4() const { return std::memcmp(bytes.data(), kV4Prefix, sizeof(kV4Prefix)) == 0; }

bool IpAddress::IsLoopback() const {
  if (IsV4()) return bytes[12] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t byte) { return byte == 0; });
}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<IpAddress> base = IpAddress::Parse(address_text);
  if (!base) return std::nullopt;
  int prefix_bits = 128;
  if (slash != std::string_view::npos) {
    const bool dotted = address_text.find(':') == std::string_view::npos;
    const std::optional<int> length = ParsePrefixLength(text.substr(slash + 1), dotted ? 32 : 128);
    if (!length) return std::nullopt;
    prefix_bits = dotted ? kV4PrefixBits + *length : *length;
  }
  for (int i = 0; i < 16; ++i) {
    if ((base->bytes[i] & ~MaskOfByte(prefix_bits, i)) != 0) return std::nullopt;
  }
  return IpNetwork{*base, static_cast<uint8_t>(prefix_bits)};
}

IpNetwork IpNetwork::Around(const IpAddress& address) {
  IpNetwork network{address, static_cast<uint8_t>(address.IsV4() ? 96 + 24 : 48)};
  std::fill(network.base.bytes.begin() + network.prefix_bits / 8, network.base.bytes.end(), uint8_t{0});
  return network;
}

bool IpNetwork::Contains(const IpAddress& address) const {
  if (prefix_bits > 128) return false;  // no network has this; a wrong number must not read past the address
  if (prefix_bits < kV4PrefixBits && address.IsV4()) return false;
  const size_t whole_bytes = prefix_bits / 8;
  if (std::memcmp(base.bytes.data(), address.bytes.data(), whole_bytes) != 0) return false;
  if (prefix_bits % 8 == 0) return true;
  return ((base.bytes[whole_bytes] ^ address.bytes[whole_bytes]) &
          MaskOfByte(prefix_bits, static_cast<int>(whole_bytes))) == 0;
}

std::string IpNetwork::ToString() const {
  const bool dotted = base.IsV4() && prefix_bits >= kV4PrefixBits;
  if (dotted) return base.ToString() + "/" + std::to_string(prefix_bits - kV4PrefixBits);
  return base.ToString() + "/" + std::to_string(prefix_bits);
}

}  // namespace strongroom
