#include "crypto/hash.h"

#include <openssl/evp.h>
#include <string.h>

#include <algorithm>

#include "crypto/internal/die.h"

namespace strongroom {
namespace {

constexpr size_t kBlockSizeBytes = 64;
constexpr size_t kDigestSizeBytes = 32;

const EVP_MD* FetchedSha256() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  internal::Require(sha256 != nullptr, "OpenSSL has no SHA-256");
  return sha256;
}

// A hash in progress on the thread's own context, so that nothing is allocated per call.  One at a time per thread.
class Sha256Run {
 public:
  Sha256Run() : context_(ThreadContext()) {
    internal::Require(EVP_DigestInit_ex2(context_, FetchedSha256(), nullptr) == 1, "SHA-256 cannot start");
  }
  explicit Sha256Run(const EVP_MD_CTX* begun) : context_(ThreadContext()) {
    internal::Require(EVP_MD_CTX_copy_ex(context_, begun) == 1, "SHA-256 cannot be resumed");
  }
  void Add(ByteView part) {
    if (part.empty()) return;
    internal::Require(EVP_DigestUpdate(context_, part.data(), part.size()) == 1, "SHA-256 failed");
  }
  void Add(std::initializer_list<ByteView> parts) {
    for (const ByteView part : parts) Add(part);
  }
  Digest Finish() {
    Digest digest;
    unsigned int size_bytes = 0;
    internal::Require(EVP_DigestFinal_ex(context_, digest.data(), &size_bytes) == 1 && size_bytes == digest.size(),
                      "SHA-256 cannot finish");
    return digest;
  }

 private:
  static EVP_MD_CTX* ThreadContext() {
    struct Holder {
      EVP_MD_CTX* context = EVP_MD_CTX_new();
      ~Holder() { EVP_MD_CTX_free(context); }
    };
    thread_local Holder holder;
    internal::Require(holder.context != nullptr, "no memory for SHA-256");
    return holder.context;
  }

  EVP_MD_CTX* context_;
};

// The key of RFC 2104, zero-padded to a block and XORed with `pad`; wiped when it goes out of scope.
class PaddedKey {
 public:
  explicit PaddedKey(ByteView key) {
    if (key.size() > kBlockSizeBytes) {
      Digest digest = Sha256(key);
      memcpy(bytes_, digest.data(), digest.size());
      WipeMemory(digest.data(), digest.size());
    } else if (!key.empty()) {
      memcpy(bytes_, key.data(), key.size());
    }
  }
  PaddedKey(const PaddedKey&) = delete;
  PaddedKey& operator=(const PaddedKey&) = delete;
  ~PaddedKey() { WipeMemory(bytes_, sizeof(bytes_)); }

  // Each call XORs on top of the last.
  ByteView XorWith(uint8_t pad) {
    for (uint8_t& byte : bytes_) byte ^= pad;
    return {reinterpret_cast<const char*>(bytes_), sizeof(bytes_)};
  }

 private:
  uint8_t bytes_[kBlockSizeBytes] = {};
};

constexpr uint8_t kInnerPad = 0x36;
constexpr uint8_t kInnerToOuterPad = 0x36 ^ 0x5c;

// HMAC with a key used once: cheaper than building a Mac.
Digest HmacOnce(ByteView key, std::initializer_list<ByteView> parts) {
  PaddedKey padded(key);
  Sha256Run inner;
  inner.Add(padded.XorWith(kInnerPad));
  inner.Add(parts);
  const Digest inner_digest = inner.Finish();
  Sha256Run outer;
  outer.Add(padded.XorWith(kInnerToOuterPad));
  outer.Add(View(inner_digest));
  return outer.Finish();
}

// RFC 5869, 2.3.
SecretBytes HkdfExpand(Digest& pseudorandom_key, ByteView info, size_t size_bytes) {
  SecretBytes out(size_bytes);
  Digest block = {};
  ByteView previous;
  uint8_t counter = 1;
  for (size_t done = 0; done < size_bytes; done += kDigestSizeBytes, ++counter) {
    const char counter_byte = static_cast<char>(counter);
    block = HmacOnce(View(pseudorandom_key), {previous, info, ByteView(&counter_byte, 1)});
    previous = View(block);
    memcpy(out.MutableData() + done, block.data(), std::min(kDigestSizeBytes, size_bytes - done));
  }
  WipeMemory(block.data(), block.size());
  WipeMemory(pseudorandom_key.data(), pseudorandom_key.size());
  return out;
}

constexpr size_t kLongestHkdfBytes = 255 * kDigestSizeBytes;

}  // namespace

Digest Sha256(std::initializer_list<ByteView> parts) {
  Sha256Run run;
  run.Add(parts);
  return run.Finish();
}

void Mac::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Mac::Mac(const SecretBytes& key) : inner_(EVP_MD_CTX_new()), outer_(EVP_MD_CTX_new()) {
  internal::Require(!key.empty(), "a MAC was given an empty key");
  internal::Require(inner_ != nullptr && outer_ != nullptr, "no memory for a MAC");
  PaddedKey padded(ExposeSecret(key));
  const auto begin = [&](EVP_MD_CTX* context, uint8_t pad) {
    internal::Require(EVP_DigestInit_ex2(context, FetchedSha256(), nullptr) == 1 &&
                          EVP_DigestUpdate(context, padded.XorWith(pad).data(), kBlockSizeBytes) == 1,
                      "a MAC cannot be set up");
  };
  begin(inner_.get(), kInnerPad);
  begin(outer_.get(), kInnerToOuterPad);
}

Mac::Mac(Mac&&) noexcept = default;
Mac& Mac::operator=(Mac&&) noexcept = default;
Mac::~Mac() = default;

Digest Mac::Compute(std::initializer_list<ByteView> parts) const {
  internal::Require(inner_ != nullptr, "a moved-from MAC was used");
  Sha256Run inner(inner_.get());
  inner.Add(parts);
  const Digest inner_digest = inner.Finish();
  Sha256Run outer(outer_.get());
  outer.Add(View(inner_digest));
  return outer.Finish();
}

bool Mac::Verify(std::initializer_list<ByteView> parts, ByteView expected) const {
  const Digest digest = Compute(parts);
  return EqualInConstantTime(View(digest), expected);
}

SecretBytes Hkdf(const SecretBytes& key, ByteView purpose, size_t size_bytes) {
  if (size_bytes > kLongestHkdfBytes) return {};
  // An empty salt stands for a block of zeros (RFC 5869, 2.2), so the extracting HMAC has a fixed key.
  static const Mac& extract = *new Mac(SecretBytes(kDigestSizeBytes));
  Digest pseudorandom_key = extract.Compute({ExposeSecret(key)});
  return HkdfExpand(pseudorandom_key, purpose, size_bytes);
}

SecretBytes HkdfWithSalt(ByteView input_key, ByteView salt, ByteView info, size_t size_bytes) {
  if (size_bytes > kLongestHkdfBytes) return {};
  Digest pseudorandom_key = HmacOnce(salt, {input_key});
  return HkdfExpand(pseudorandom_key, info, size_bytes);
}

}  // namespace strongroom
