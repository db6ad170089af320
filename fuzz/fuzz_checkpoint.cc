// Verifier keys, signed notes and checkpoints from anywhere.  A signature cannot be guessed, so no input may open as a
// checkpoint of this key; signed by us, any clean text either opens to itself or is refused.
#include <cstdint>
#include <cstdlib>

#include "audit/checkpoint.h"
#include "crypto/random.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SeededRandom random(1);
  static const Signer signer = Signer::Generate(random);
  static const VerifierKey key = *VerifierKey::Create("log.example/audit", signer.public_key());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = VerifierKey::Parse(text); parsed.ok() && parsed->Encode() != text) std::abort();
  if (OpenCheckpoint(text, key).ok()) std::abort();
  if (VerifyTlogProof(text, "entry", key).ok()) std::abort();
  const auto note = SignNote(text, key.name, signer);
  if (!note.ok()) return 0;
  const auto opened = OpenNote(*note, key);
  if (note->size() <= kNoteLimitBytes && (!opened.ok() || *opened != text)) std::abort();
  if (const auto checkpoint = OpenCheckpoint(*note, key); checkpoint.ok() && FormatCheckpoint(*checkpoint) != text) {
    std::abort();
  }
  return 0;
}
