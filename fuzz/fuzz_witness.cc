// Requests to a witness, answers of one, and keys, from anywhere.  A signature cannot be guessed: no input may be
// cosigned, and none may pass as a cosignature.  What parses is written as it was read.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/clock.h"
#include "crypto/random.h"
#include "witness/add_checkpoint.h"
#include "witness/witness.h"

using namespace strongroom;

namespace {

// Holds nothing: each witness of the fuzzer begins anew.
class NoFiles : public StateFiles {
 public:
  Result<std::optional<Bytes>> Read(const std::string&) const override { return std::optional<Bytes>(); }
  Status Write(const std::string&, ByteView) override { return Status::Ok(); }
  Status Sync(const std::string&) override { return Status::Ok(); }
  Status Rename(const std::string&, const std::string&) override { return Status::Ok(); }
  Status SyncDirectory() override { return Status::Ok(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SeededRandom random(1);
  static const Signer log_signer = Signer::Generate(random);
  static const VerifierKey log = *VerifierKey::Create("log.example/audit", log_signer.public_key());
  static const Signer signer = Signer::Generate(random);
  static const WitnessKey key = *WitnessKey::Create("witness.example", signer.public_key());
  static NoFiles files;
  static const FakeClock clock;
  static const std::unique_ptr<Witness> witness =
      *Witness::Open(files, *WitnessSigner::Create("witness.example", *Signer::FromSeed(signer.seed())), {log}, clock);
  static const std::string note = *SignCheckpoint({log.name, 7, Digest{}}, log_signer);

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = WitnessKey::Parse(text); parsed.ok() && parsed->Encode() != text) std::abort();
  if (const auto request = ParseAddCheckpoint(text); request.ok() && FormatAddCheckpoint(*request) != text)
    std::abort();
  if (witness->AddCheckpoint(text).status == 200) std::abort();
  if (ReadCosignature(text, note, key).ok()) std::abort();
  if (const auto by = Cosigners(text, {key}); by.ok() && !by->empty()) std::abort();
  if (const auto known = ReadKnownSize(text); known.has_value() && std::to_string(*known) + "\n" != text) std::abort();
  // Signed by the log, any text is cosigned or refused, and never taken for another.
  if (const auto noted = SignNote(text, log.name, log_signer); noted.ok()) {
    const WitnessAnswer answer = witness->AddCheckpoint("old 0\n\n" + *noted);
    if (answer.status == 200 && !ReadCosignature(answer.body, *noted, key).ok()) std::abort();
  }
  return 0;
}
