#include "access/session_record.h"

#include <algorithm>

#include "access/api_key_record.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 2;
constexpr uint8_t kBeforeDevices = 1;
constexpr size_t kProofKeySizeBytes = 32;
constexpr std::string_view kIdPrefix = "s_";
constexpr size_t kIdDigits = 16;

}  // namespace

Bytes SessionRecord::Encode() const {
  Bytes out;
  out.reserve(192);  // so that no copy of the key stays behind in an outgrown buffer
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U64(id);
  writer.U64(person);
  writer.Raw(View(mac));
  writer.U64(static_cast<uint64_t>(created_at));
  writer.U64(static_cast<uint64_t>(factor_at));
  writer.U64(static_cast<uint64_t>(password_at));
  writer.U8(static_cast<uint8_t>(factor));
  writer.U64(credentials);
  writer.Raw(View(address.bytes));
  writer.Prefixed(device);
  writer.Raw(ExposeSecret(proof_key));
  writer.U64(device_id);
  writer.U8(bound_passkey ? 1 : 0);
  return out;
}

Result<SessionRecord> SessionRecord::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.U8();
  if (version != kFormatVersion && version != kBeforeDevices)
    return Status(Reason::kDataCorrupt, "a session is of an unknown format");
  SessionRecord record;
  record.id = reader.U64();
  record.person = reader.U64();
  const ByteView mac = reader.Raw(record.mac.size());
  std::copy(mac.begin(), mac.end(), record.mac.begin());
  record.created_at = static_cast<UnixMillis>(reader.U64());
  record.factor_at = static_cast<UnixMillis>(reader.U64());
  record.password_at = static_cast<UnixMillis>(reader.U64());
  const uint8_t factor = reader.U8();
  record.factor = static_cast<FactorKind>(factor);
  record.credentials = reader.U64();
  const ByteView address = reader.Raw(record.address.bytes.size());
  std::copy(address.begin(), address.end(), record.address.bytes.begin());
  record.device = std::string(reader.Prefixed());
  record.proof_key = SecretBytes::CopyOf(reader.Raw(kProofKeySizeBytes));
  uint8_t bound = 0;
  if (version != kBeforeDevices) {
    record.device_id = reader.U64();
    bound = reader.U8();
  }
  record.bound_passkey = bound == 1;
  RETURN_IF_ERROR(reader.Finish("a session"));
  if (bound > 1 || record.id == 0 || record.person == 0 || factor > static_cast<uint8_t>(FactorKind::kRecovery)) {
    return Status(Reason::kDataCorrupt, "a session holds an impossible value");
  }
  return record;
}

uint64_t CredentialsMark(const StaffMember& person) {
  Bytes all;
  ByteWriter writer(all);
  writer.Prefixed(person.password);
  writer.Prefixed(person.totp_secret);
  writer.Prefixed(person.phone_confirmed ? person.phone : "");
  writer.Prefixed(person.answer);
  // Counters of passkeys change with every use; what they are does not.
  for (const Passkey& passkey : person.passkeys) {
    writer.Prefixed(passkey.credential_id);
    writer.Prefixed(passkey.public_key);
  }
  const Digest digest = Sha256(all);
  uint64_t mark = 0;
  for (size_t i = 0; i < sizeof(mark); ++i) mark = mark << 8 | digest[i];
  return mark;
}

std::string FormatSessionId(uint64_t id) { return std::string(kIdPrefix) + FormatPrincipalId(id); }

Result<uint64_t> ParseSessionId(std::string_view text) {
  const Status refused(Reason::kInvalidArgument, "a session's id is s_ and 16 hexadecimal digits");
  if (text.size() != kIdPrefix.size() + kIdDigits || !text.starts_with(kIdPrefix)) return refused;
  const Result<Bytes> bytes = HexDecode(text.substr(kIdPrefix.size()));
  if (!bytes.ok()) return refused;
  const uint64_t id = ByteReader(*bytes).U64();
  if (FormatSessionId(id) != text) return refused;  // one spelling: lower case
  return id;
}

}  // namespace strongroom
