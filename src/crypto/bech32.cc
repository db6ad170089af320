#include "crypto/bech32.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/wipe.h"

namespace strongroom {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr size_t kChecksumSize = 6;
constexpr int kGroupBits = 5;

// The checksum so far, after one more group of five bits.
uint32_t Step(uint32_t checksum, uint8_t group) {
  constexpr uint32_t kGenerator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const uint32_t top = checksum >> 25;
  checksum = (checksum & 0x1ffffff) << kGroupBits ^ group;
  for (int i = 0; i < kGroupBits; ++i) checksum ^= (top >> i & 1) != 0 ? kGenerator[i] : 0;
  return checksum;
}

uint32_t StartOf(std::string_view prefix) {
  uint32_t checksum = 1;
  for (const char c : prefix) checksum = Step(checksum, static_cast<uint8_t>(c) >> kGroupBits);
  checksum = Step(checksum, 0);
  for (const char c : prefix) checksum = Step(checksum, static_cast<uint8_t>(c) & 0x1f);
  return checksum;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Status Mistyped() { return {Reason::kInvalidArgument, "the key is mistyped or cut short"}; }

}  // namespace

std::string Bech32Encode(std::string_view prefix, ByteView bytes) {
  std::string text(prefix);
  text.reserve(prefix.size() + 1 + (bytes.size() * 8 + 4) / kGroupBits + kChecksumSize);
  text.push_back('1');
  uint32_t checksum = StartOf(prefix);
  const auto put = [&](uint8_t group) {
    checksum = Step(checksum, group);
    text.push_back(kAlphabet[group]);
  };
  uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    for (held += 8; held >= kGroupBits;) put(static_cast<uint8_t>(bits >> (held -= kGroupBits) & 0x1f));
  }
  if (held > 0) put(static_cast<uint8_t>(bits << (kGroupBits - held) & 0x1f));
  for (size_t i = 0; i < kChecksumSize; ++i) checksum = Step(checksum, 0);
  checksum ^= 1;
  for (size_t i = 0; i < kChecksumSize; ++i)
    text.push_back(kAlphabet[checksum >> kGroupBits * (kChecksumSize - 1 - i) & 0x1f]);
  return text;
}

Result<SecretBytes> Bech32Decode(std::string_view prefix, std::string_view text) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (std::any_of(text.begin(), text.end(), is_lower) && std::any_of(text.begin(), text.end(), is_upper))
    return Mistyped();
  if (text.size() < prefix.size() + 1 + kChecksumSize) return Mistyped();
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (Lower(text[i]) != prefix[i]) return Mistyped();
  }
  if (text[prefix.size()] != '1') return Mistyped();
  text.remove_prefix(prefix.size() + 1);
  const size_t groups = text.size() - kChecksumSize;
  SecretBytes bytes(groups * kGroupBits / 8);
  uint32_t checksum = StartOf(prefix);
  uint32_t bits = 0;
  int held = 0;
  size_t written = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t group = kAlphabet.find(Lower(text[i]));
    if (group == std::string_view::npos) return Mistyped();
    checksum = Step(checksum, static_cast<uint8_t>(group));
    if (i >= groups) continue;
    bits = bits << kGroupBits | static_cast<uint32_t>(group);
    held += kGroupBits;
    if (held < 8) continue;
    held -= 8;
    bytes.MutableData()[written++] = static_cast<uint8_t>(bits >> held);
    bits &= (1u << held) - 1;
  }
  // What is left over is padding: fewer than five bits, all zero, so that a key has one spelling.
  if (checksum != 1 || held >= kGroupBits || bits != 0) return Mistyped();
  return bytes;
}

}  // namespace strongroom
