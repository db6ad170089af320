#include "crypto/aead.h"

#include <string.h>

#include "crypto/internal/aes.h"
#include "crypto/internal/verdict.h"

namespace strongroom {
namespace {

constexpr size_t kBlock = 16;
constexpr size_t kCommitmentSizeBytes = 32;
// Files are sealed in chunks of 256 KiB; nothing larger than this has business in one piece.
constexpr size_t kLongestTextBytes = size_t{1} << 30;

Status DoesNotOpen() { return {Reason::kDataCorrupt, "a sealed text does not open with this key and associated data"}; }

// Steps 1 and 2 of the specification: the CMAC subkey K1 (SP 800-38B, 6.1), without a branch on key material.
SecretBytes SubkeyMask(const SecretBytes& key) {
  SecretBytes mask(kBlock);
  const internal::AesBlocks aes(ExposeSecret(key));
  uint8_t* k1 = mask.MutableData();
  if (!aes.ok() || !aes.Apply(k1, k1, 1)) return {};
  const uint8_t carry = static_cast<uint8_t>(k1[0] >> 7);
  for (size_t i = 0; i + 1 < kBlock; ++i) k1[i] = static_cast<uint8_t>(k1[i] << 1 | k1[i + 1] >> 7);
  k1[15] = static_cast<uint8_t>(k1[15] << 1 ^ (0x87 & -carry));
  return mask;
}

// Steps 3 to 5: the AES-256-GCM key of the message that carries this nonce; wiped when it goes out of scope.
class MessageKey {
 public:
  MessageKey(const SecretBytes& key, const SecretBytes& subkey_mask, ByteView nonce) {
    if (key.size() != Aead::kKeySizeBytes || subkey_mask.size() != kBlock) return;
    for (uint8_t counter = 1; counter <= 2; ++counter) {
      uint8_t* m = bytes_ + (counter - 1) * kBlock;
      m[0] = 0;
      m[1] = counter;
      m[2] = 'X';
      m[3] = 0;
      memcpy(m + 4, nonce.data(), 12);
      for (size_t i = 0; i < kBlock; ++i) m[i] ^= AsU8(ExposeSecret(subkey_mask))[i];
    }
    const internal::AesBlocks aes(ExposeSecret(key));
    ok_ = aes.ok() && aes.Apply(bytes_, bytes_, 2);
  }
  MessageKey(const MessageKey&) = delete;
  MessageKey& operator=(const MessageKey&) = delete;
  ~MessageKey() { WipeMemory(bytes_, sizeof(bytes_)); }

  bool ok() const { return ok_; }
  ByteView view() const { return {reinterpret_cast<const char*>(bytes_), sizeof(bytes_)}; }

 private:
  uint8_t bytes_[Aead::kKeySizeBytes] = {};
  bool ok_ = false;
};

}  // namespace

Aead::Aead(const SecretBytes& key) {
  if (key.size() != kKeySizeBytes) return;  // key_ stays empty and every operation refuses
  key_ = key.Clone();
  subkey_mask_ = SubkeyMask(key_);
}

Result<Bytes> Aead::Seal(ByteView plaintext, ByteView associated_data, Random& random) const {
  Bytes sealed;
  RETURN_IF_ERROR(SealAppend(plaintext, associated_data, random, sealed));
  return sealed;
}

Status Aead::SealAppend(ByteView plaintext, ByteView associated_data, Random& random, Bytes& out) const {
  if (plaintext.size() > kLongestTextBytes || associated_data.size() > kLongestTextBytes) {
    return {Reason::kInternal, "a text to seal is longer than 1 GiB: seal it in chunks"};
  }
  uint8_t nonce_bytes[kNonceSizeBytes];
  random.Fill(nonce_bytes, sizeof(nonce_bytes));
  const ByteView nonce(reinterpret_cast<const char*>(nonce_bytes), sizeof(nonce_bytes));

  const size_t start = out.size();
  out.reserve(start + kOverheadBytes + plaintext.size());
  out.append(nonce);
  out.resize(start + kOverheadBytes + plaintext.size());
  const MessageKey message_key(key_, subkey_mask_, nonce);
  if (!message_key.ok() || !internal::GcmSeal(message_key.view(), nonce.substr(12), plaintext, associated_data,
                                              AsU8(out) + start + kNonceSizeBytes)) {
    out.resize(start);
    return {Reason::kInternal, "sealing failed"};
  }
  return Status::Ok();
}

Result<Bytes> Aead::Open(ByteView sealed, ByteView associated_data) const {
  if (sealed.size() < kOverheadBytes) return DoesNotOpen();
  Bytes plaintext(sealed.size() - kOverheadBytes, '\0');
  RETURN_IF_ERROR(OpenInto(sealed, associated_data, AsU8(plaintext)));
  return plaintext;
}

Result<SecretBytes> Aead::OpenSecret(ByteView sealed, ByteView associated_data) const {
  if (sealed.size() < kOverheadBytes) return DoesNotOpen();
  SecretBytes plaintext(sealed.size() - kOverheadBytes);
  RETURN_IF_ERROR(OpenInto(sealed, associated_data, plaintext.MutableData()));
  return plaintext;
}

Status Aead::OpenInto(ByteView sealed, ByteView associated_data, uint8_t* out) const {
  if (sealed.size() > kLongestTextBytes + kOverheadBytes || associated_data.size() > kLongestTextBytes) {
    return DoesNotOpen();
  }
  const ByteView nonce = sealed.substr(0, kNonceSizeBytes);
  const MessageKey message_key(key_, subkey_mask_, nonce);
  if (!message_key.ok()) return {Reason::kInternal, "opening failed"};
  if (!internal::GcmOpen(message_key.view(), nonce.substr(12), sealed.substr(kNonceSizeBytes), associated_data, out)) {
    return DoesNotOpen();
  }
  return Status::Ok();
}

KeyWrap::KeyWrap(const SecretBytes& wrapping_key)
    : aead_(wrapping_key), commitment_(Hkdf(wrapping_key, "strongroom key commitment v1")) {}

// nonce || associated_data || key parses one way only: the nonce has a fixed size, and the length of the wrapped text,
// which the reader has, gives that of the key.
Result<Bytes> KeyWrap::Wrap(const SecretBytes& key, ByteView associated_data, Random& random) const {
  ASSIGN_OR_RETURN(const Bytes sealed, aead_.Seal(ExposeSecret(key), associated_data, random));
  const ByteView nonce = ByteView(sealed).substr(0, Aead::kNonceSizeBytes);
  const Digest commitment = commitment_.Compute({nonce, associated_data, ExposeSecret(key)});
  Bytes wrapped;
  wrapped.reserve(kCommitmentSizeBytes + sealed.size());
  wrapped.append(View(commitment)).append(sealed);
  return wrapped;
}

Result<SecretBytes> KeyWrap::Unwrap(ByteView wrapped, ByteView associated_data) const {
  if (wrapped.size() < kOverheadBytes) return DoesNotOpen();
  const ByteView sealed = wrapped.substr(kCommitmentSizeBytes);
  ASSIGN_OR_RETURN(SecretBytes key, aead_.OpenSecret(sealed, associated_data));
  const ByteView nonce = sealed.substr(0, Aead::kNonceSizeBytes);
  const bool fits =
      commitment_.Verify({nonce, associated_data, ExposeSecret(key)}, wrapped.substr(0, kCommitmentSizeBytes));
  if (!internal::PublicVerdict(fits)) {
    return DoesNotOpen();
  }
  return key;
}

}  // namespace strongroom
