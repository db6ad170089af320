#include "access/key_text.h"

#include <cstring>

#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr std::string_view kPrefix = "srk_";
constexpr size_t kSecretLength = 52;   // 260 bits: the last four are zero
constexpr size_t kChecksumLength = 6;  // 30 bits
constexpr size_t kChecksumAt = kPrefix.size() + kSecretLength + 1;
constexpr std::string_view kChecksumPurpose = "strongroom api key checksum v1";

// Crockford's base32 in lower case (https://www.crockford.com/base32.html): no i, l, o or u.  His rule that i and l
// are read as 1 is not followed: keys are copied by machines, and one key shall have one spelling.
constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 32; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}();

void EncodeChecksum(ByteView secret, uint8_t* out) {
  const Digest digest = Sha256({kChecksumPurpose, secret});
  const uint32_t bits = static_cast<uint32_t>(digest[0]) << 24 | static_cast<uint32_t>(digest[1]) << 16 |
                        static_cast<uint32_t>(digest[2]) << 8 | digest[3];
  for (size_t i = 0; i < kChecksumLength; ++i) out[i] = static_cast<uint8_t>(kAlphabet[bits >> (27 - 5 * i) & 31]);
}

}  // namespace

bool ApiKeySecret::ParseText(std::string_view text) {
  WipeMemory(bytes_.data(), bytes_.size());
  if (text.size() != kApiKeyTextLength || text.substr(0, kPrefix.size()) != kPrefix || text[kChecksumAt - 1] != '_') {
    return false;
  }
  uint32_t bits = 0;
  int bit_count = 0;
  size_t filled = 0;
  bool well_formed = true;
  for (char c : text.substr(kPrefix.size(), kSecretLength)) {
    const int value = kValues[static_cast<uint8_t>(c)];
    well_formed = well_formed && value >= 0;
    bits = bits << 5 | static_cast<uint32_t>(value & 31);
    bit_count += 5;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes_[filled++] = static_cast<uint8_t>(bits >> bit_count);
      bits &= (1u << bit_count) - 1;
    }
  }
  uint8_t checksum[kChecksumLength];
  EncodeChecksum(Expose(), checksum);
  well_formed = well_formed && bits == 0 &&
                EqualInConstantTime({reinterpret_cast<const char*>(checksum), kChecksumLength},
                                    text.substr(kChecksumAt, kChecksumLength));
  if (!well_formed) WipeMemory(bytes_.data(), bytes_.size());
  return well_formed;
}

SecretBytes ApiKeySecret::ToText() const {
  SecretBytes text(kApiKeyTextLength);
  uint8_t* out = text.MutableData();
  std::memcpy(out, kPrefix.data(), kPrefix.size());
  out += kPrefix.size();
  uint32_t bits = 0;
  int bit_count = 0;
  for (uint8_t byte : bytes_) {
    bits = bits << 8 | byte;
    bit_count += 8;
    while (bit_count >= 5) {
      bit_count -= 5;
      *out++ = static_cast<uint8_t>(kAlphabet[bits >> bit_count & 31]);
    }
    bits &= (1u << bit_count) - 1;
  }
  *out++ = static_cast<uint8_t>(kAlphabet[bits << (5 - bit_count) & 31]);
  *out++ = '_';
  EncodeChecksum(Expose(), out);
  return text;
}

}  // namespace strongroom
