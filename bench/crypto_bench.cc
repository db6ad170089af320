// What one cryptographic operation costs.  Sizes are those the vault meets: a record of 64 bytes, a card number.
#include <benchmark/benchmark.h>

#include "crypto/aead.h"
#include "crypto/ff1.h"
#include "crypto/hash.h"
#include "crypto/password_hash.h"
#include "crypto/prp.h"
#include "crypto/random.h"
#include "crypto/shamir.h"
#include "crypto/signer.h"

namespace strongroom {
namespace {

SystemRandom& SharedRandom() {
  static SystemRandom random;
  return random;
}
SecretBytes NewKey() { return SecretBytes::Generate(32, SharedRandom()); }

void BM_Seal(benchmark::State& state) {
  const Aead aead(NewKey());
  const Bytes plaintext(static_cast<size_t>(state.range(0)), 'p'), associated_data(40, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(aead.Seal(plaintext, associated_data, SharedRandom()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Seal)->Arg(64)->Arg(1024)->Arg(256 * 1024);

void BM_Open(benchmark::State& state) {
  const Aead aead(NewKey());
  const Bytes plaintext(static_cast<size_t>(state.range(0)), 'p'), associated_data(40, 'a');
  const Bytes sealed = *aead.Seal(plaintext, associated_data, SharedRandom());
  for (auto _ : state) benchmark::DoNotOptimize(aead.Open(sealed, associated_data));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Open)->Arg(64)->Arg(1024)->Arg(256 * 1024);

void BM_AeadFromKeyAndSeal64(benchmark::State& state) {
  const SecretBytes key = NewKey();
  const Bytes plaintext(64, 'p'), associated_data(40, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(Aead(key).Seal(plaintext, associated_data, SharedRandom()));
}
BENCHMARK(BM_AeadFromKeyAndSeal64);

void BM_Wrap(benchmark::State& state) {
  const KeyWrap wrap(NewKey());
  const SecretBytes key = NewKey();
  for (auto _ : state) benchmark::DoNotOptimize(wrap.Wrap(key, "associated data", SharedRandom()));
}
BENCHMARK(BM_Wrap);

void BM_Unwrap(benchmark::State& state) {
  const KeyWrap wrap(NewKey());
  const Bytes wrapped = *wrap.Wrap(NewKey(), "associated data", SharedRandom());
  for (auto _ : state) benchmark::DoNotOptimize(wrap.Unwrap(wrapped, "associated data"));
}
BENCHMARK(BM_Unwrap);

void BM_Random24(benchmark::State& state) {
  uint8_t nonce[24];
  for (auto _ : state) {
    SharedRandom().Fill(nonce, sizeof(nonce));
    benchmark::DoNotOptimize(nonce);
  }
}
BENCHMARK(BM_Random24);

void BM_SecretBytes32(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(SecretBytes(32));
}
BENCHMARK(BM_SecretBytes32)->ThreadRange(1, 2);

void BM_Sha256(benchmark::State& state) {
  const Bytes bytes(static_cast<size_t>(state.range(0)), 'b');
  for (auto _ : state) benchmark::DoNotOptimize(Sha256(bytes));
}
BENCHMARK(BM_Sha256)->Arg(32)->Arg(100)->Arg(1024);

void BM_Mac(benchmark::State& state) {
  const Mac mac(NewKey());
  const Bytes bytes(static_cast<size_t>(state.range(0)), 'b');
  for (auto _ : state) benchmark::DoNotOptimize(mac.Compute({bytes}));
}
BENCHMARK(BM_Mac)->Arg(32)->Arg(100);

void BM_Hkdf(benchmark::State& state) {
  const SecretBytes key = NewKey();
  for (auto _ : state) benchmark::DoNotOptimize(Hkdf(key, "purpose"));
}
BENCHMARK(BM_Hkdf);

void BM_Ff1(benchmark::State& state) {
  const Ff1 ff1 = std::move(*Ff1::Create(NewKey(), 10));
  Numerals numerals(static_cast<size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(ff1.Encrypt("tweak", numerals));
}
BENCHMARK(BM_Ff1)->Arg(9)->Arg(16)->Arg(30)->Arg(100);

void BM_Ff1Batch100Of16Digits(benchmark::State& state) {
  const Ff1 ff1 = std::move(*Ff1::Create(NewKey(), 10));
  std::vector<Numerals> batch(100, Numerals(16, 7));
  for (auto _ : state) benchmark::DoNotOptimize(ff1.EncryptBatch("tweak", batch));
}
BENCHMARK(BM_Ff1Batch100Of16Digits);

void BM_Prp128(benchmark::State& state) {
  const Prp128 prp(NewKey());
  Block block = {};
  for (auto _ : state) benchmark::DoNotOptimize(block = prp.Permute(block));
}
BENCHMARK(BM_Prp128);

void BM_Prp64(benchmark::State& state) {
  const Prp64 prp(NewKey(), "codes");
  uint64_t value = 0;
  for (auto _ : state) benchmark::DoNotOptimize(value = prp.Permute(value));
}
BENCHMARK(BM_Prp64);

void BM_Sign(benchmark::State& state) {
  const Signer signer = Signer::Generate(SharedRandom());
  const Bytes message(150, 'm');
  for (auto _ : state) benchmark::DoNotOptimize(signer.Sign(message));
}
BENCHMARK(BM_Sign);

void BM_Verify(benchmark::State& state) {
  const Signer signer = Signer::Generate(SharedRandom());
  const Bytes message(150, 'm'), signature = *signer.Sign(message);
  for (auto _ : state) benchmark::DoNotOptimize(VerifySignature(signer.public_key(), message, signature));
}
BENCHMARK(BM_Verify);

void BM_Split3Of5(benchmark::State& state) {
  const SecretBytes secret = NewKey();
  for (auto _ : state) benchmark::DoNotOptimize(SplitSecret(secret, 3, 5, SharedRandom()));
}
BENCHMARK(BM_Split3Of5);

void BM_Argon2id64MiB(benchmark::State& state) {
  const SecretBytes password = SecretBytes::CopyOf("correct horse");
  for (auto _ : state) benchmark::DoNotOptimize(Argon2id(password, Bytes(16, 's'), {}));
}
BENCHMARK(BM_Argon2id64MiB)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strongroom
