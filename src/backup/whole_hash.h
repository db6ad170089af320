// What the end of a room's section says of all its rows.
#pragma once

#include "base/encoding.h"
#include "crypto/sha256_stream.h"

namespace strongroom {

// prefixed(key) || prefixed(value)
inline void AddToWhole(Sha256Stream& hash, ByteView key, ByteView value) {
  Bytes lengths;
  ByteWriter writer(lengths);
  writer.Prefixed(key);
  writer.Varint(value.size());
  hash.Add(lengths);
  hash.Add(value);
}

}  // namespace strongroom
