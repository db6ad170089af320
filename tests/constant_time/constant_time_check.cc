// Constant time, checked by memcheck: secrets are marked as undefined memory, and valgrind reports every branch and
// every address that depends on undefined memory (the method of A. Langley's ctgrind, 2010).
//
// Claimed, as far as no branch and no address depends on the secret:
//   EqualInConstantTime            on the bytes of both arguments
//   Mac::Compute, Mac::Verify      on key, message and tag; that a tag was wrong does show
//   Hkdf                           on the key
//   SplitSecret, CombineShares     on the secret and the shares' bytes; that shares do not fit does show
//   KeyWrap::Wrap and Unwrap       on both keys, the check of the commitment included
//   Aead::Seal, Aead::Open         on key and plaintext, with OpenSSL's code for the processor valgrind shows it
//   (AES-NI) Ff1                            on key and numerals for halves below 2^32 or above 2^63; that a numeral is
//   outside the
//                                  radix does show
//   Prp128, Prp64                  on key and block
// Not claimed: EncodeShare and DecodeShare (what a person reads off a screen), Argon2id (reads memory at addresses that
// depend on the password after the first half pass, by design), Ed25519 (OpenSSL's own claim), division instructions
// (their latency varies on some processors; FF1 divides), the 128-bit division of FF1.
//
// Usage: constant_time_check claims | leaky-control, under valgrind --error-exitcode=99.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "crypto/aead.h"
#include "crypto/ff1.h"
#include "crypto/hash.h"
#include "crypto/prp.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "crypto/shamir.h"

namespace strongroom {
namespace {

// VALGRIND_MAKE_MEM_* answer a number that is of no use here.
void Poison(const void* data, size_t size_bytes) { static_cast<void>(VALGRIND_MAKE_MEM_UNDEFINED(data, size_bytes)); }
void Declassify(const void* data, size_t size_bytes) { static_cast<void>(VALGRIND_MAKE_MEM_DEFINED(data, size_bytes)); }

void Poison(ByteView bytes) { Poison(bytes.data(), bytes.size()); }
void Poison(const SecretBytes& secret) { Poison(ExposeSecret(secret)); }
void Declassify(ByteView bytes) { Declassify(bytes.data(), bytes.size()); }

int failures = 0;

// The verdict of an operation is public: it is declassified before it is looked at.
void Expect(bool verdict, const char* what) {
  Declassify(&verdict, sizeof(verdict));
  if (!verdict) {
    std::printf("failed: %s\n", what);
    ++failures;
  }
}

SecretBytes PoisonedKey(Random& random, size_t size_bytes = 32) {
  SecretBytes key = SecretBytes::Generate(size_bytes, random);
  Poison(key);
  return key;
}

void CheckEquality(Random& random) {
  const Bytes a = random.Take(32);
  Bytes b = a, c = a;
  c[31] = static_cast<char>(c[31] ^ 1);
  Poison(a);
  Poison(b);
  Poison(c);
  Expect(EqualInConstantTime(a, b), "equal");
  Expect(!EqualInConstantTime(a, c), "different");
}

void CheckMac(Random& random) {
  const SecretBytes key = PoisonedKey(random);
  const Bytes message = random.Take(100);
  Poison(message);
  const Mac mac(key);
  Digest tag = mac.Compute({message});
  Expect(mac.Verify({message}, View(tag)), "a right tag");
  tag[0] ^= 1;
  Expect(!mac.Verify({message}, View(tag)), "a wrong tag");
  Expect(Hkdf(key, "purpose").size() == 32, "hkdf");
}

void CheckShamir(Random& random) {
  const SecretBytes secret = PoisonedKey(random);
  Result<std::vector<SecretShare>> shares = SplitSecret(secret, 3, 5, random);
  Expect(shares.ok(), "split");
  for (const SecretShare& share : *shares) Poison(share.data);
  Expect(CombineShares(*shares).ok(), "combine");
  (*shares)[1].data.MutableData()[0] ^= 1;
  Expect(!CombineShares(*shares).ok(), "combine a wrong share");
}

void CheckAead(Random& random) {
  const SecretBytes key = PoisonedKey(random);
  const Bytes plaintext = random.Take(64);
  Poison(plaintext);
  const Aead aead(key);
  Result<Bytes> sealed = aead.Seal(plaintext, "associated data", random);
  Expect(sealed.ok(), "seal");
  Declassify(*sealed);  // what is stored is public
  Expect(aead.Open(*sealed, "associated data").ok(), "open");

  const KeyWrap wrap(key);
  const SecretBytes inner = PoisonedKey(random);
  Result<Bytes> wrapped = wrap.Wrap(inner, "associated data", random);
  Expect(wrapped.ok(), "wrap");
  Declassify(*wrapped);
  Expect(wrap.Unwrap(*wrapped, "associated data").ok(), "unwrap");
  (*wrapped)[0] = static_cast<char>((*wrapped)[0] ^ 1);
  Expect(!wrap.Unwrap(*wrapped, "associated data").ok(), "unwrap with a wrong commitment");
}

void CheckFf1(Random& random, uint32_t radix, size_t length) {
  const Result<Ff1> ff1 = Ff1::Create(PoisonedKey(random), radix);
  Expect(ff1.ok(), "create FF1");
  Numerals numerals;
  for (size_t i = 0; i < length; ++i) numerals.push_back(static_cast<uint8_t>(random.Below(radix)));
  Poison(numerals.data(), numerals.size());
  Expect(ff1->Encrypt("tweak", numerals).ok(), "FF1 encrypt");
  Poison(numerals.data(), numerals.size());
  Expect(ff1->Decrypt("tweak", numerals).ok(), "FF1 decrypt");
}

void CheckPrp(Random& random) {
  const SecretBytes key = PoisonedKey(random);
  Block block = {};
  Poison(block.data(), block.size());
  block = Prp128(key).Permute(block);
  block = Prp128(key).Invert(block);
  Declassify(block.data(), block.size());
  Expect(block == Block{}, "Prp128");
}

// What memcheck must report: a comparison that stops at the first difference.
bool LeakyEqual(ByteView a, ByteView b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

void RunLeakyControl(Random& random) {
  const Bytes a = random.Take(32), b = random.Take(32);
  Poison(a);
  Expect(!LeakyEqual(a, b), "leaky");
}

int Run(std::string_view mode) {
  // Deterministic, so that a report can be reproduced.
  SeededRandom random(1);
  if (RUNNING_ON_VALGRIND == 0) std::puts("not under valgrind: only correctness is checked");
  if (mode == "leaky-control") {
    RunLeakyControl(random);
    return 0;
  }
  CheckEquality(random);
  CheckMac(random);
  CheckShamir(random);
  CheckAead(random);
  CheckFf1(random, 10, 16);
  CheckFf1(random, 256, 8);
  CheckFf1(random, 36, 40);
  CheckPrp(random);
  std::printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace strongroom

int main(int argc, char** argv) {
  const std::string_view mode = argc == 2 ? argv[1] : "";
  if (mode != "claims" && mode != "leaky-control") {
    std::puts("usage: constant_time_check claims | leaky-control");
    return 2;
  }
  return strongroom::Run(mode);
}
