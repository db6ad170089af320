// The hole of theft_control_unsealed: the product's Aead and KeyWrap with the encryption left out.  Defining every
// symbol of crypto/aead.cc here keeps that object out of the link.  Keys and associated data are still checked, so that
// the rest of the server works as it does; only what is written down is plain.
#include "crypto/aead.h"

namespace strongroom {
namespace {

Status DoesNotOpen() { return {Reason::kDataCorrupt, "a text of the unsealed control does not open"}; }

ByteView TagOf(const Digest& digest) { return View(digest).substr(0, Aead::kTagSizeBytes); }

}  // namespace

Aead::Aead(const SecretBytes& key) : key_(key.Clone()) {}

Result<Bytes> Aead::Seal(ByteView plaintext, ByteView associated_data, Random& random) const {
  Bytes sealed;
  RETURN_IF_ERROR(SealAppend(plaintext, associated_data, random, sealed));
  return sealed;
}

Status Aead::SealAppend(ByteView plaintext, ByteView associated_data, Random& random, Bytes& out) const {
  const Bytes nonce = random.Take(kNonceSizeBytes);
  const Digest digest = Mac(key_).Compute({nonce, associated_data, plaintext});
  out.append(nonce).append(plaintext).append(TagOf(digest));
  return Status::Ok();
}

Result<Bytes> Aead::Open(ByteView sealed, ByteView associated_data) const {
  if (sealed.size() < kOverheadBytes) return DoesNotOpen();
  Bytes plaintext(sealed.size() - kOverheadBytes, '\0');
  RETURN_IF_ERROR(OpenInto(sealed, associated_data, reinterpret_cast<uint8_t*>(plaintext.data())));
  return plaintext;
}

Result<SecretBytes> Aead::OpenSecret(ByteView sealed, ByteView associated_data) const {
  if (sealed.size() < kOverheadBytes) return DoesNotOpen();
  SecretBytes plaintext(sealed.size() - kOverheadBytes);
  RETURN_IF_ERROR(OpenInto(sealed, associated_data, plaintext.MutableData()));
  return plaintext;
}

Status Aead::OpenInto(ByteView sealed, ByteView associated_data, uint8_t* out) const {
  const ByteView nonce = sealed.substr(0, kNonceSizeBytes);
  const ByteView plaintext = sealed.substr(kNonceSizeBytes, sealed.size() - kOverheadBytes);
  const Digest digest = Mac(key_).Compute({nonce, associated_data, plaintext});
  if (TagOf(digest) != sealed.substr(sealed.size() - kTagSizeBytes)) return DoesNotOpen();
  plaintext.copy(reinterpret_cast<char*>(out), plaintext.size());
  return Status::Ok();
}

KeyWrap::KeyWrap(const SecretBytes& wrapping_key)
    : aead_(wrapping_key), commitment_(Hkdf(wrapping_key, "strongroom key commitment v1")) {}

Result<Bytes> KeyWrap::Wrap(const SecretBytes& key, ByteView associated_data, Random& random) const {
  ASSIGN_OR_RETURN(const Bytes sealed, aead_.Seal(ExposeSecret(key), associated_data, random));
  return Bytes(kOverheadBytes - Aead::kOverheadBytes, '\0') + sealed;
}

Result<SecretBytes> KeyWrap::Unwrap(ByteView wrapped, ByteView associated_data) const {
  if (wrapped.size() < kOverheadBytes) return DoesNotOpen();
  return aead_.OpenSecret(wrapped.substr(kOverheadBytes - Aead::kOverheadBytes), associated_data);
}

}  // namespace strongroom
