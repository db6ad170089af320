// A reader of CBOR (RFC 8949), the subset that authenticators speak: CTAP2 canonical form.
//
// Integers and lengths in their shortest form, lengths always stated, no tags, no floating point, nesting up to 4, at
// most 16 members in a map, no key twice.  The order of keys is not demanded: some software authenticators write
// another, and no meaning hangs on it once a key cannot come twice.  Nothing is allocated; views point into the input;
// the first failure stays, and everything read after it is zero or empty.  One thread.
//
//     CborReader cbor(bytes);
//     for (CborMap map(cbor); map.Next();) {
//       if (map.IsText("fmt")) format = cbor.Text(); else cbor.Skip();
//     }
//     RETURN_IF_ERROR(cbor.Finish("the attestation object"));
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

class CborReader {
 public:
  explicit CborReader(ByteView in) : in_(in) {}

  int64_t Int();  // either sign
  ByteView ByteString();
  std::string_view Text();  // UTF-8
  uint64_t Map();           // how many members follow; CborMap reads them
  uint64_t Array();         // how many items follow; each is then read or skipped
  void Skip();              // whatever comes, nested to 4
  bool NextIsText() const;  // without reading
  bool NextIsMap() const;

  bool failed() const { return failed_; }
  size_t position() const { return at_; }
  size_t remaining() const { return in_.size() - at_; }
  ByteView Since(size_t position) const { return in_.substr(position, at_ - position); }
  // kMalformedRequest when reading failed, or when something follows.
  Status Finish(std::string_view what) const;

 private:
  friend class CborMap;
  enum class Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
  struct Head {
    Major major = Major::kSimple;
    uint64_t value = 0;
  };
  Head ReadHead();
  uint64_t ReadHead(Major wanted);
  ByteView Take(uint64_t size_bytes);
  void SkipNested(int depth);
  void Fail() { failed_ = true; }

  ByteView in_;
  size_t at_ = 0;
  bool failed_ = false;
};

// One map being read.  After Next() answered true, the member's value is read from the reader, or skipped; reading
// neither or more is a failure.
class CborMap {
 public:
  explicit CborMap(CborReader& reader) : reader_(reader), size_(reader.Map()) {}
  // False at the end, and when reading failed.
  bool Next();
  bool IsText(std::string_view key) const { return key_is_text_ && text_key_ == key; }
  bool IsInt(int64_t key) const { return !key_is_text_ && int_key_ == key; }
  uint64_t size() const { return size_; }

  static constexpr size_t kMostMembers = 16;

 private:
  bool SeenBefore(ByteView raw_key) const;

  CborReader& reader_;
  uint64_t size_ = 0;
  size_t read_ = 0;
  std::array<ByteView, kMostMembers> keys_;
  bool key_is_text_ = false;
  std::string_view text_key_;
  int64_t int_key_ = 0;
  size_t value_at_ = 0;
};

}  // namespace strongroom
