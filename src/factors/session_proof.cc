#include "factors/session_proof.h"

#include <array>
#include <charconv>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kPurpose = "strongroom session proof v1";
constexpr size_t kKeySizeBytes = 32;
constexpr size_t kMillisMostDigits = 15;  // the year 33658; a browser's clock may be wrong, not absurd
constexpr size_t kProofTextLength = 43;   // base64url of 32 bytes

Status Unproved() { return Status(Reason::kSessionUnproved); }

// A length in front of each part, so that no two requests give the same bytes.
std::array<uint8_t, 4> LengthOf(std::string_view part) {
  const auto length = static_cast<uint32_t>(part.size());
  return {static_cast<uint8_t>(length >> 24), static_cast<uint8_t>(length >> 16), static_cast<uint8_t>(length >> 8),
          static_cast<uint8_t>(length)};
}

Digest ProofOf(const Mac& mac, std::string_view method, std::string_view target, std::string_view millis) {
  const auto method_length = LengthOf(method), target_length = LengthOf(target), millis_length = LengthOf(millis);
  return mac.Compute({View(method_length), method, View(target_length), target, View(millis_length), millis});
}

// By a table: a proof's characters are random, so that a processor guesses every branch on them wrongly half of the
// time.
constexpr std::array<int8_t, 256> kBase64UrlValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}();

// Base64UrlDecode without an allocation: a proof is checked for every request.  The text is the caller's own, so its
// time tells nobody anything.
bool DecodeProof(std::string_view text, std::array<uint8_t, 32>& proof) {
  if (text.size() != kProofTextLength) return false;
  uint32_t bits = 0;
  int bit_count = 0;
  size_t at = 0;
  for (const char c : text) {
    const int value = kBase64UrlValues[static_cast<uint8_t>(c)];
    if (value < 0) return false;
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xffff;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    proof[at++] = static_cast<uint8_t>(bits >> bit_count);
  }
  return (bits & ((1u << bit_count) - 1)) == 0;
}

// The digits alone, without a leading zero: one time has one text.
bool ParseMillis(std::string_view text, UnixMillis& millis) {
  if (text.empty() || text.size() > kMillisMostDigits || text[0] < '1' || text[0] > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<SessionProofKey::Agreement> SessionProofKey::Agree(ByteView client_public, std::string_view session_id,
                                                          Random& random) {
  return AgreeWith(EcdhP256::Generate(random), client_public, session_id);
}

Result<SessionProofKey::Agreement> SessionProofKey::AgreeWith(const EcdhP256& pair, ByteView client_public,
                                                              std::string_view session_id) {
  Result<SecretBytes> shared = pair.Agree(client_public);
  if (!shared.ok()) {
    if (shared.reason() != Reason::kInvalidArgument) return shared.status();
    return Status(Reason::kFactorInvalid, "the browser's session key is not an uncompressed point of P-256");
  }
  const Digest salt = Sha256(session_id);
  Agreement agreement;
  agreement.server_public = Bytes(View(pair.public_point()));
  agreement.key = HkdfWithSalt(ExposeSecret(*shared), View(salt), kPurpose, kKeySizeBytes);
  return agreement;
}

SessionProofKey::SessionProofKey(const SecretBytes& key)
    : mac_(key.size() == kKeySizeBytes ? Mac(key) : Mac(SecretBytes(kKeySizeBytes))),
      usable_(key.size() == kKeySizeBytes) {}

Status SessionProofKey::VerifyProof(std::string_view method, std::string_view target, std::string_view header,
                                    UnixMillis now, int64_t max_skew_millis) const {
  const size_t dot = header.find('.');
  if (!usable_ || dot == std::string_view::npos) return Unproved();
  const std::string_view millis_text = header.substr(0, dot);
  UnixMillis millis = 0;
  std::array<uint8_t, 32> proof = {};
  if (!ParseMillis(millis_text, millis) || !DecodeProof(header.substr(dot + 1), proof)) return Unproved();
  if (millis < now - max_skew_millis || millis > now + max_skew_millis) {
    return {Reason::kSessionUnproved, "the proof's time is too far from the server's: check this machine's clock"};
  }
  const Digest expected = ProofOf(mac_, method, target, millis_text);
  return EqualInConstantTime(View(expected), View(proof)) ? Status::Ok() : Unproved();
}

std::string SessionProofKey::MakeProof(std::string_view method, std::string_view target, UnixMillis now) const {
  const std::string millis = std::to_string(now);
  return millis + "." + Base64UrlEncode(View(ProofOf(mac_, method, target, millis)));
}

}  // namespace strongroom
