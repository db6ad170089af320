#include "access/staff_secrets.h"

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;

std::string_view NameOf(StaffSecrets::Use use) {
  switch (use) {
    case StaffSecrets::Use::kPassword:
      return "staff password";
    case StaffSecrets::Use::kAnswer:
      return "staff answer";
    case StaffSecrets::Use::kTotp:
      return "staff totp";
  }
  return "none";
}

}  // namespace

StaffSecrets::StaffSecrets(const KeyRing& office, Random& random, SlowWork& work, Argon2Cost cost,
                           std::string_view pepper)
    : pepper_(office.Derive(pepper)), random_(random), work_(work), cost_(cost) {}

Bytes StaffSecrets::AssociatedData(Use use, PrincipalId person) {
  Bytes data;
  ByteWriter writer(data);
  writer.Prefixed(NameOf(use));
  writer.U64(person);
  return data;
}

Result<SecretBytes> StaffSecrets::Hash(const SecretBytes& text, ByteView salt, Argon2Cost cost) {
  ASSIGN_OR_RETURN(const SlowWork::Turn turn, work_.Take());
  return Argon2id(text, salt, cost);
}

Result<Bytes> StaffSecrets::MakeVerifier(Use use, PrincipalId person, const SecretBytes& normalised) {
  const Bytes salt = random_.Take(kArgon2SaltSizeBytes);
  ASSIGN_OR_RETURN(const SecretBytes hash, Hash(normalised, salt, cost_));
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U32(cost_.memory_kib);
  writer.U32(cost_.passes);
  writer.Raw(salt);
  RETURN_IF_ERROR(pepper_.SealAppend(ExposeSecret(hash), AssociatedData(use, person), random_, out));
  return out;
}

Result<bool> StaffSecrets::Verify(Use use, PrincipalId person, ByteView verifier, const SecretBytes& normalised) {
  Argon2Cost cost = cost_;
  Bytes salt(kArgon2SaltSizeBytes, '\0');
  SecretBytes expected;
  if (!verifier.empty()) {
    ByteReader reader(verifier);
    const uint8_t version = reader.U8();
    cost.memory_kib = reader.U32();
    cost.passes = reader.U32();
    salt = Bytes(reader.Raw(kArgon2SaltSizeBytes));
    const ByteView sealed = reader.Rest();
    if (reader.failed() || version != kFormatVersion) {
      return Status(Reason::kDataCorrupt, "a person's stored password or answer is malformed");
    }
    ASSIGN_OR_RETURN(expected, pepper_.OpenSecret(sealed, AssociatedData(use, person)));
  }
  ASSIGN_OR_RETURN(const SecretBytes hash, Hash(normalised, salt, cost));
  return EqualInConstantTime(ExposeSecret(hash), ExposeSecret(expected));
}

Result<Bytes> StaffSecrets::SealTotp(PrincipalId person, const SecretBytes& secret) const {
  return pepper_.Seal(ExposeSecret(secret), AssociatedData(Use::kTotp, person), random_);
}

Result<SecretBytes> StaffSecrets::OpenTotp(PrincipalId person, ByteView sealed) const {
  return pepper_.OpenSecret(sealed, AssociatedData(Use::kTotp, person));
}

}  // namespace strongroom
