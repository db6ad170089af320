// A backup set as docs/formats/backup-set.md has it: what stands before, between and after the rows.
//
// A set holds rows as the stores have them, sealed, and nothing that opens them.  This layer reads and writes sets; it
// has no key of the house in its hands but the one that its own index files are under (row_index.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"

namespace strongroom {

// All rooms' data stores, or all rooms' key stores: never rows of both in one set.
enum class SetKind : uint8_t { kData = 1, kKeys = 2 };

std::string_view NameOf(SetKind kind);  // "data", "keys"
std::optional<SetKind> SetKindFromName(std::string_view name);

struct SetHeader {
  SetKind kind = SetKind::kData;
  std::string vault;               // the origin of the office's log
  Bytes id;                        // 16 random bytes
  Bytes parent;                    // id of the set that this one goes on from; empty: a full set
  UnixMillis made_at = 0;          // when it was begun: every snapshot is of then or later
  std::vector<std::string> rooms;  // in the order of the sections

  static constexpr size_t kIdBytes = 16;
  static constexpr size_t kMostBytes = 256 * 1024;
  static constexpr size_t kMostRooms = 4096;
  bool full() const { return parent.empty(); }
  // kDataCorrupt.
  static Result<SetHeader> Parse(ByteView encoded);
  Bytes Encode() const;
  bool operator==(const SetHeader&) const = default;
};

// A row on its way into or out of a set.
struct SetRow {
  std::string room;
  Bytes key;
  std::optional<Bytes> value;  // no value: the row is gone since the parent
};

// What the end of a room's section says.
struct RoomTotals {
  std::string room;
  uint64_t rows = 0;        // in this set with their value
  uint64_t gone = 0;        // in this set without one
  uint64_t rows_whole = 0;  // in the store when its snapshot was taken: whatever set goes before, this is the result
  Digest hash_whole{};      // SHA-256 of those rows, each prefixed(key) || prefixed(value), keys ascending
  bool operator==(const RoomTotals&) const = default;
};

namespace set_format {

constexpr std::string_view kMagic = "strongroom backup set\n";
constexpr uint8_t kVersion = 1;
// What a part begins with.
constexpr uint8_t kRoom = 'r';     // prefixed(name)
constexpr uint8_t kRow = 'p';      // prefixed(key) || prefixed(value)
constexpr uint8_t kGone = 'd';     // prefixed(key)
constexpr uint8_t kRoomEnd = 'e';  // rows varint || gone varint || rows whole varint || hash 32
constexpr uint8_t kSetEnd =
    'z';  // rows and gone of all rooms varint || SHA-256 of all bytes before this part's hash, 32
// The store's own limits.
constexpr size_t kMostKeyBytes = 256;
constexpr size_t kMostValueBytes = 1024 * 1024;

}  // namespace set_format
}  // namespace strongroom
