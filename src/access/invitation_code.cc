#include "access/invitation_code.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"

namespace strongroom {
namespace {

constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kSecretCharacters = 26;
constexpr size_t kCheckCharacters = 4;
constexpr size_t kCharacters = kSecretCharacters + kCheckCharacters;
constexpr size_t kGroup = 5;
constexpr size_t kLength = kCharacters + kCharacters / kGroup - 1;
constexpr std::string_view kCheckPurpose = "strongroom invitation check v1";
constexpr std::string_view kMacPurpose = "strongroom invitation v1";

// -1: no character of a code.
int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') c = '0';
  if (c == 'i' || c == 'l') c = '1';
  const char* const found = c == '\0' ? nullptr : std::strchr(kAlphabet, c);
  return found == nullptr ? -1 : static_cast<int>(found - kAlphabet);
}

using Values = std::array<char, kCharacters>;  // each below 32

std::array<char, kCheckCharacters> CheckOf(const Values& values) {
  const Digest digest = Sha256({kCheckPurpose, ByteView(values.data(), kSecretCharacters)});
  std::array<char, kCheckCharacters> check{};
  for (size_t i = 0; i < kCheckCharacters; ++i) check[i] = static_cast<char>(digest[i] & 31);
  return check;
}

SecretBytes Spell(const Values& values) {
  SecretBytes text(kLength);
  uint8_t* out = text.MutableData();
  for (size_t i = 0; i < kCharacters; ++i) {
    if (i > 0 && i % kGroup == 0) *out++ = '-';
    *out++ = static_cast<uint8_t>(kAlphabet[static_cast<size_t>(values[i])]);
  }
  return text;
}

}  // namespace

SecretBytes DrawInvitationCode(Random& random) {
  Values values{};
  random.Fill(values.data(), kSecretCharacters);
  for (size_t i = 0; i < kSecretCharacters; ++i) values[i] = static_cast<char>(values[i] & 31);
  const auto check = CheckOf(values);
  std::memcpy(values.data() + kSecretCharacters, check.data(), check.size());
  SecretBytes text = Spell(values);
  WipeMemory(values.data(), values.size());
  return text;
}

std::optional<SecretBytes> CanonicalInvitationCode(std::string_view typed) {
  Values values{};
  size_t count = 0;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    const int value = ValueOf(c);
    if (value < 0 || count == kCharacters) return std::nullopt;
    values[count++] = static_cast<char>(value);
  }
  const auto check = CheckOf(values);
  if (count != kCharacters || !std::equal(check.begin(), check.end(), values.begin() + kSecretCharacters)) {
    return std::nullopt;
  }
  SecretBytes text = Spell(values);
  WipeMemory(values.data(), values.size());
  return text;
}

Digest InvitationMac(const KeyRing& office, const SecretBytes& canonical) {
  return Mac(office.Derive(kMacPurpose)).Compute({ExposeSecret(canonical)});
}

}  // namespace strongroom
