#include <openssl/evp.h>

#include <climits>

#include "crypto/internal/aes.h"
#include "crypto/internal/die.h"
#include "crypto/secret.h"

namespace strongroom::internal {
namespace {

constexpr size_t kKeySizes = 3;                // 16, 24, 32 bytes
constexpr size_t kLongestGcmNonceBytes = 128;  // OpenSSL keeps no more
constexpr size_t kUsualGcmNonceBytes = 12;     // what a new context takes

size_t KeySizeIndex(size_t size_bytes) {
  return size_bytes == 32 ? 2 : size_bytes == 24 ? 1 : size_bytes == 16 ? 0 : kKeySizes;
}

// Fetched once: a fetch per call takes longer than the encryption.  Never freed; the process needs them to the end.
EVP_CIPHER* Fetch(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  Require(cipher != nullptr, "OpenSSL has no AES");
  return cipher;
}

const EVP_CIPHER* Ecb(size_t key_size_index) {
  static const EVP_CIPHER* const ciphers[kKeySizes] = {Fetch("AES-128-ECB"), Fetch("AES-192-ECB"),
                                                       Fetch("AES-256-ECB")};
  return ciphers[key_size_index];
}

const EVP_CIPHER* Gcm(size_t key_size_index) {
  static const EVP_CIPHER* const ciphers[kKeySizes] = {Fetch("AES-128-GCM"), Fetch("AES-192-GCM"),
                                                       Fetch("AES-256-GCM")};
  return ciphers[key_size_index];
}

// A context bound to its cipher for good; only keys and nonces change.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { Drop(); }

  // Overwrites the key schedule; the next use sets the context up again.
  void Drop() {
    EVP_CIPHER_CTX_free(context_);
    context_ = nullptr;
  }

  EVP_CIPHER_CTX* BoundTo(const EVP_CIPHER* cipher, bool encrypt) {
    if (context_ == nullptr) {
      context_ = EVP_CIPHER_CTX_new();
      nonce_size_bytes_ = kUsualGcmNonceBytes;
      // Padding matters only where blocks are decrypted: the last is held back until it is known whether it pads.  Not
      // told to contexts that do without it, because OpenSSL would tell them again with each key.
      const bool holds_back = !encrypt && EVP_CIPHER_get_mode(cipher) == EVP_CIPH_ECB_MODE;
      Require(context_ != nullptr &&
                  EVP_CipherInit_ex2(context_, cipher, nullptr, nullptr, encrypt ? 1 : 0, nullptr) == 1 &&
                  (!holds_back || EVP_CIPHER_CTX_set_padding(context_, 0) == 1),
              "OpenSSL cannot set up AES");
    }
    return context_;
  }

  // Of a bound GCM context.  Kept here, because asking OpenSSL for the length it has costs as much as a block.
  bool SetNonceSize(size_t size_bytes) {
    if (nonce_size_bytes_ == size_bytes) return true;
    nonce_size_bytes_ = 0;  // unknown, should the next line fail
    if (EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(size_bytes), nullptr) != 1)
      return false;
    nonce_size_bytes_ = size_bytes;
    return true;
  }

 private:
  EVP_CIPHER_CTX* context_ = nullptr;
  size_t nonce_size_bytes_ = 0;
};

// By key size and direction.
struct ThreadContexts {
  Context ecb[kKeySizes][2];
  Context gcm[kKeySizes][2];
};

ThreadContexts& Contexts() {
  thread_local ThreadContexts contexts;
  return contexts;
}

bool FitsInt(ByteView bytes) { return bytes.size() <= INT_MAX - kGcmTagSizeBytes; }

// Keys the thread's context for this pair of sizes; null when a size is not acceptable or OpenSSL refuses.
EVP_CIPHER_CTX* KeyedGcm(ByteView key, ByteView nonce, bool encrypt) {
  const size_t index = KeySizeIndex(key.size());
  if (index == kKeySizes || nonce.empty() || nonce.size() > kLongestGcmNonceBytes) return nullptr;
  Context& own = Contexts().gcm[index][encrypt ? 1 : 0];
  EVP_CIPHER_CTX* context = own.BoundTo(Gcm(index), encrypt);
  if (!own.SetNonceSize(nonce.size())) return nullptr;
  return EVP_CipherInit_ex2(context, nullptr, AsU8(key), AsU8(nonce), -1, nullptr) == 1 ? context : nullptr;
}

// One EVP_CipherUpdate; `out` null feeds associated data.
bool Update(EVP_CIPHER_CTX* context, uint8_t* out, ByteView in) {
  int written = 0;
  if (in.empty()) return true;
  return EVP_CipherUpdate(context, out, &written, AsU8(in), static_cast<int>(in.size())) == 1 &&
         written == static_cast<int>(in.size());
}

}  // namespace

AesBlocks::AesBlocks(ByteView key, Direction direction) {
  const size_t index = KeySizeIndex(key.size());
  if (index == kKeySizes) return;
  const bool encrypt = direction == Direction::kEncrypt;
  EVP_CIPHER_CTX* context = Contexts().ecb[index][encrypt ? 1 : 0].BoundTo(Ecb(index), encrypt);
  if (EVP_CipherInit_ex2(context, nullptr, AsU8(key), nullptr, -1, nullptr) == 1) context_ = context;
}

bool AesBlocks::Apply(const uint8_t* in, uint8_t* out, size_t count) const {
  const int size_bytes = static_cast<int>(count * 16);
  int written = 0;
  return context_ != nullptr && count <= INT_MAX / 16 &&
         EVP_CipherUpdate(static_cast<EVP_CIPHER_CTX*>(context_), out, &written, in, size_bytes) == 1 &&
         written == size_bytes;
}

bool GcmSeal(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data, uint8_t* out) {
  if (!FitsInt(plaintext) || !FitsInt(associated_data)) return false;
  EVP_CIPHER_CTX* context = KeyedGcm(key, nonce, true);
  int rest = 0;
  return context != nullptr && Update(context, nullptr, associated_data) && Update(context, out, plaintext) &&
         EVP_CipherFinal_ex(context, out + plaintext.size(), &rest) == 1 && rest == 0 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagSizeBytes, out + plaintext.size()) == 1;
}

bool GcmOpen(ByteView key, ByteView nonce, ByteView sealed, ByteView associated_data, uint8_t* out) {
  if (sealed.size() < kGcmTagSizeBytes || !FitsInt(sealed) || !FitsInt(associated_data)) return false;
  const ByteView ciphertext = sealed.substr(0, sealed.size() - kGcmTagSizeBytes);
  uint8_t tag[kGcmTagSizeBytes];
  sealed.copy(reinterpret_cast<char*>(tag), kGcmTagSizeBytes, ciphertext.size());
  EVP_CIPHER_CTX* context = KeyedGcm(key, nonce, false);
  uint8_t none[16];
  int rest = 0;
  // Final compares the tag, in constant time; until it has, `out` holds unauthenticated plaintext.
  const bool opened = context != nullptr && Update(context, nullptr, associated_data) &&
                      Update(context, out, ciphertext) &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagSizeBytes, tag) == 1 &&
                      EVP_CipherFinal_ex(context, none, &rest) == 1 && rest == 0;
  if (!opened) WipeMemory(out, ciphertext.size());
  return opened;
}

static void DropThreadContexts() {
  ThreadContexts& contexts = Contexts();
  for (auto* by_size : {contexts.ecb, contexts.gcm}) {
    for (size_t index = 0; index < kKeySizes; ++index) {
      by_size[index][0].Drop();
      by_size[index][1].Drop();
    }
  }
}

}  // namespace strongroom::internal

namespace strongroom {

void ForgetThreadKeys() { internal::DropThreadContexts(); }

}  // namespace strongroom
