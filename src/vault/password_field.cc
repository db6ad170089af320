#include "vault/password_field.h"

#include "base/encoding.h"
#include "crypto/password_hash.h"
#include "vault/normalise.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kPepperAad = "password field";
}  // namespace

PasswordField::PasswordField(const KeyRing& office, Random& random)
    : pepper_(office.Derive("strongroom pepper v1")), random_(random) {}

Result<std::string> PasswordField::Seal(std::string_view password) const {
  const Argon2Cost cost;
  const Bytes salt = random_.Take(kArgon2SaltSizeBytes);
  ASSIGN_OR_RETURN(const SecretBytes hash, Argon2id(SecretBytes::CopyOf(password), salt, cost));
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U32(cost.memory_kib);
  writer.U32(cost.passes);
  writer.Raw(salt);
  RETURN_IF_ERROR(pepper_.SealAppend(ExposeSecret(hash), kPepperAad, random_, out));
  return out;
}

Result<bool> PasswordField::Verify(std::string_view stored, std::string_view password) const {
  Argon2Cost cost;
  Bytes salt(kArgon2SaltSizeBytes, '\0');
  Bytes expected;
  if (!stored.empty()) {
    ByteReader reader(stored);
    const uint8_t version = reader.U8();
    cost.memory_kib = reader.U32();
    cost.passes = reader.U32();
    salt = Bytes(reader.Raw(kArgon2SaltSizeBytes));
    const ByteView sealed = reader.Rest();
    if (reader.failed() || version != kFormatVersion)
      return Status(Reason::kDataCorrupt, "a stored password is malformed");
    ASSIGN_OR_RETURN(expected, pepper_.Open(sealed, kPepperAad));
  }
  ASSIGN_OR_RETURN(const SecretBytes hash, Argon2id(SecretBytes::CopyOf(password), salt, cost));
  const bool equal = EqualInConstantTime(ExposeSecret(hash), expected);
  WipeString(expected);
  return equal;
}

}  // namespace strongroom
