// What is kept of checkpoints that left the machine: one document of the office (docs/formats/witness.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

// Of one log.
struct LeftCheckpoint {
  std::string note;  // the newest that enough witnesses cosigned, with their lines; empty: none yet
  UnixMillis witnessed_at = 0;
  uint64_t told_size = 0;       // of the checkpoint that went into the outbox last
  UnixMillis told_at = 0;       // 0: none yet
  UnixMillis delivered_at = 0;  // when a receiver last took one; 0: none yet

  // When a checkpoint was last known to be elsewhere; 0: never.
  UnixMillis LeftAt() const { return witnessed_at > delivered_at ? witnessed_at : delivered_at; }
  bool operator==(const LeftCheckpoint&) const = default;
};

using WitnessRecord = std::map<std::string, LeftCheckpoint>;  // by the log's name

Bytes EncodeWitnessRecord(const WitnessRecord& record);
Result<WitnessRecord> DecodeWitnessRecord(ByteView bytes);  // kDataCorrupt; strict

}  // namespace strongroom
