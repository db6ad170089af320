// Encodings of bytes as text, and the one binary notation all our formats are written in (docs/formats/README.md).
//
// Decoders are strict: they refuse wrong alphabets, wrong padding and trailing bits, so one value has one spelling.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

std::string HexEncode(ByteView bytes);           // lower case
Result<Bytes> HexDecode(std::string_view text);  // either case
std::string Base64Encode(ByteView bytes);        // RFC 4648 section 4, padded
Result<Bytes> Base64Decode(std::string_view text);
std::string Base64UrlEncode(ByteView bytes);  // RFC 4648 section 5, no padding
Result<Bytes> Base64UrlDecode(std::string_view text);

// RFC 3986 section 2.1; what is not unreserved is encoded.  Decoding answers UTF-8 or kInvalidUtf8.
std::string PercentEncode(std::string_view text);
Result<std::string> PercentDecode(std::string_view text);

// True when `text` is well-formed UTF-8 (no overlong forms, surrogates, or values above U+10FFFF).
bool IsValidUtf8(std::string_view text);

// Appends fields to a byte string: fixed-width big-endian integers, LEB128 varints, length-prefixed byte strings.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}
  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U16(uint16_t value) { Big(value, 2); }
  void U32(uint32_t value) { Big(value, 4); }
  void U64(uint64_t value) { Big(value, 8); }
  void Varint(uint64_t value);
  void Raw(ByteView bytes) { out_.append(bytes); }
  void Prefixed(ByteView bytes) {  // varint length, then the bytes
    Varint(bytes.size());
    Raw(bytes);
  }

 private:
  void Big(uint64_t value, int size_bytes);
  Bytes& out_;
};

// Reads what ByteWriter wrote.  The first short or malformed read sets failed(); every later read answers zero or
// empty, so a parser may read a whole structure and check once.  Views point into the input.
class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}
  uint8_t U8() { return static_cast<uint8_t>(Big(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Big(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Big(4)); }
  uint64_t U64() { return Big(8); }
  uint64_t Varint();  // at most 10 bytes; overlong encodings are refused
  ByteView Raw(size_t size_bytes);
  ByteView Prefixed() { return Raw(Varint()); }
  ByteView Rest() { return Raw(in_.size()); }
  size_t remaining() const { return in_.size(); }
  bool failed() const { return failed_; }
  // Ok when nothing failed and nothing is left over.
  Status Finish(std::string_view what) const;

 private:
  uint64_t Big(size_t size_bytes);
  ByteView in_;
  bool failed_ = false;
};

}  // namespace strongroom
