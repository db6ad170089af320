#include "factors/totp.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "crypto/sha1.h"

namespace strongroom {
namespace {

constexpr std::string_view kBase32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kLeastSecretBytes = 14;
constexpr size_t kMostSecretBytes = 64;
constexpr size_t kMostIssuerBytes = 64;
constexpr size_t kMostAccountBytes = 128;
constexpr int64_t kStepsAside = 1;  // RFC 6238, 5.2: one for the way and for clocks that are a little off

// The value of a base32 character, either case; -1 for others.
int Base32Value(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const size_t at = kBase32Alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

Status CheckLabelPart(std::string_view part, std::string_view what, size_t most_bytes) {
  if (part.empty() || part.size() > most_bytes || !IsValidUtf8(part) || part.find(':') != std::string_view::npos) {
    return {Reason::kInvalidArgument,
            std::string(what) + " must have 1 to " + std::to_string(most_bytes) + " bytes of UTF-8 and no colon"};
  }
  return Status::Ok();
}

// Six digits, spaces left out; empty when it is anything else.
std::string DigitsOf(std::string_view code) {
  std::string digits;
  for (const char c : code) {
    if (c == ' ') continue;
    if (c < '0' || c > '9' || digits.size() == kTotpDigits) return {};
    digits.push_back(c);
  }
  return digits.size() == kTotpDigits ? digits : std::string();
}

}  // namespace

namespace internal {

std::string HotpCode(const SecretBytes& secret, uint64_t counter, int digits) {
  Bytes message;
  ByteWriter(message).U64(counter);
  const Sha1Digest digest = HmacSha1(secret, message);
  const size_t offset = digest.back() & 15;
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | digest[offset + i];
  number &= 0x7fffffff;
  std::string code(static_cast<size_t>(digits), '0');
  for (size_t i = code.size(); i-- > 0; number /= 10) code[i] = static_cast<char>('0' + number % 10);
  return code;
}

}  // namespace internal

SecretBytes GenerateTotpSecret(Random& random) { return SecretBytes::Generate(kTotpSecretSizeBytes, random); }

int64_t TotpStepAt(UnixMillis now) { return std::max<int64_t>(now, 0) / kTotpStepMillis; }

std::string TotpCodeAt(const SecretBytes& secret, int64_t step) {
  return internal::HotpCode(secret, static_cast<uint64_t>(step), kTotpDigits);
}

Result<int64_t> VerifyTotp(const SecretBytes& secret, std::string_view code, UnixMillis now, int64_t last_step_used) {
  const std::string digits = DigitsOf(code);
  if (digits.empty() || secret.size() < kLeastSecretBytes) {
    return Status(Reason::kFactorRefused, "the code must be the six digits that your app shows");
  }
  const int64_t middle = TotpStepAt(now);
  // Every step is computed, found or not; the latest that matches counts, so that a code that two steps share is not
  // taken for the used one.
  int64_t found = kNoTotpStep;
  for (int64_t step = std::max<int64_t>(middle - kStepsAside, 0); step <= middle + kStepsAside; ++step) {
    if (EqualInConstantTime(TotpCodeAt(secret, step), digits)) found = step;
  }
  if (found == kNoTotpStep) {
    return Status(Reason::kFactorRefused, "the code is not right: wait for the next one, and check your phone's clock");
  }
  if (found <= last_step_used) {
    return Status(Reason::kFactorRefused, "the code was used already: wait for the next one");
  }
  return found;
}

SecretBytes TotpSecretText(const SecretBytes& secret) {
  const ByteView bytes = ExposeSecret(secret);
  SecretBytes text((bytes.size() * 8 + 4) / 5);
  uint32_t bits = 0;
  int bit_count = 0;
  size_t at = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    for (bit_count += 8; bit_count >= 5; bit_count -= 5) {
      text.MutableData()[at++] = static_cast<uint8_t>(kBase32Alphabet[bits >> (bit_count - 5) & 31]);
    }
    bits &= 31;
  }
  if (bit_count > 0) text.MutableData()[at] = static_cast<uint8_t>(kBase32Alphabet[bits << (5 - bit_count) & 31]);
  return text;
}

Result<SecretBytes> ParseTotpSecretText(std::string_view text) {
  const Status refused(Reason::kInvalidArgument,
                       "the secret must be base32 (A to Z, 2 to 7) of 14 to 64 bytes, without stray bits");
  std::array<uint8_t, kMostSecretBytes> bytes = {};
  size_t size = 0;
  uint32_t bits = 0;
  int bit_count = 0;
  bool valid = true;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    const int value = Base32Value(c);
    valid = valid && value >= 0;
    bits = (bits << 5 | static_cast<uint32_t>(value & 31)) & 0xfff;
    bit_count += 5;
    if (bit_count < 8) continue;
    bit_count -= 8;
    if (size == bytes.size()) return refused;
    bytes[size++] = static_cast<uint8_t>(bits >> bit_count);
  }
  // Fewer than five bits may be left over, and they must be zero: one secret has one text.
  valid = valid && bit_count < 5 && (bits & ((1u << bit_count) - 1)) == 0 && size >= kLeastSecretBytes;
  SecretBytes secret = SecretBytes::CopyOf(View(bytes).substr(0, size));
  WipeMemory(bytes.data(), bytes.size());
  if (!valid) return refused;
  return secret;
}

Result<SecretBytes> TotpUri(std::string_view issuer, std::string_view account, const SecretBytes& secret) {
  RETURN_IF_ERROR(CheckLabelPart(issuer, "the issuer", kMostIssuerBytes));
  RETURN_IF_ERROR(CheckLabelPart(account, "the account", kMostAccountBytes));
  const std::string encoded_issuer = PercentEncode(issuer);
  const SecretBytes text = TotpSecretText(secret);
  Bytes uri = "otpauth://totp/" + encoded_issuer + ":" + PercentEncode(account) + "?secret=";
  uri.reserve(uri.size() + text.size() + encoded_issuer.size() + 64);  // not moved once it holds the secret
  uri.append(ExposeSecret(text)).append("&issuer=").append(encoded_issuer);
  uri.append("&algorithm=SHA1&digits=6&period=30");
  SecretBytes result = SecretBytes::CopyOf(uri);
  WipeString(uri);
  return result;
}

}  // namespace strongroom
