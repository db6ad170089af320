// What the house keeps of an erasure, to sign a certificate of it (docs/formats/erasure-certificate.md).
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "vault/house.h"

namespace strongroom {

struct KeptErasure {
  CustomerId customer = 0;
  UnixMillis written_at = 0;
  std::string facts;              // FormatErasureFacts
  std::optional<uint64_t> index;  // of the entry in the compartment's log, once that was found
};

// From when on nobody opens what was wrapped before `destroyed_at`: every epoch there was then is destroyed.  0:
// nothing rotates the keys of itself.
Result<UnixMillis> BeyondRecallAt(const Room& room, UnixMillis destroyed_at, int rotate_days, int keep_days);

Status PutErasure(const SealedStore& sealed, SealedBatch& batch, const KeptErasure& kept);
Result<std::optional<KeptErasure>> FindErasure(const SealedStore& sealed, CustomerId customer);  // kDataCorrupt
// The certificate, signed now.  Looks for the entry, when its place is not known yet, and then fills it in.
Result<std::string> SignErasure(const Room& room, KeptErasure& kept);
// Deletes what was written before this time; answers how many.
Result<size_t> SweepErasures(Room& room, UnixMillis written_before);

}  // namespace strongroom
