// Bytes: owned and borrowed octet strings.  They are std::string underneath, because every library at our edges
// (RocksDB, OpenSSL through data(), libpq) takes them without a copy; text that people read is std::string as well.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace strongroom {

using Bytes = std::string;
using ByteView = std::string_view;

inline const uint8_t* AsU8(ByteView bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }
// Digests, blocks and ids as bytes.  The view lives as long as the array.
template <size_t kSize>
ByteView View(const std::array<uint8_t, kSize>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), kSize};
}

inline uint8_t* AsU8(Bytes& bytes) { return reinterpret_cast<uint8_t*>(bytes.data()); }

}  // namespace strongroom
