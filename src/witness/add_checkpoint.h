// The request of https://c2sp.org/tlog-witness (POST /add-checkpoint) and what comes back, as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "witness/cosignature.h"

namespace strongroom {

constexpr size_t kMaxConsistencyHashes = 63;
constexpr size_t kMaxAddCheckpointBytes = 64u << 10;
constexpr char kSizeMediaType[] = "text/x.tlog.size";

struct AddCheckpointRequest {
  uint64_t old_size = 0;
  std::vector<Digest> proof;
  std::string note;  // not looked at yet
};

std::string FormatAddCheckpoint(const AddCheckpointRequest& request);
// Strict: one request has one spelling.  kMalformedRequest.
Result<AddCheckpointRequest> ParseAddCheckpoint(std::string_view body);

// For who asked: the line by this witness in an answer of 200 to this note, once it has been verified.  Lines by others
// are left out.  kLogInvalid.
struct ReceivedCosignature {
  std::string line;  // newline included
  int64_t seconds = 0;
};
Result<ReceivedCosignature> ReadCosignature(std::string_view answer, std::string_view note, const WitnessKey& key);

// The size in an answer of 409.
std::optional<uint64_t> ReadKnownSize(std::string_view answer);

}  // namespace strongroom
