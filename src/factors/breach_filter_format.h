// What reader and writer of the breach filter share: sizes, the cut hash, the body's digest, bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/sha1.h"

namespace strongroom::breach {

constexpr std::string_view kMagic = "srbreach";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 112;
constexpr size_t kSignedHeaderBytes = 80;
constexpr unsigned kLeastValueBits = 8, kMostValueBits = 60;
constexpr unsigned kMostBlockBits = 22;
constexpr size_t kDigestPieceBytes = 1 << 20;

// The first `value_bits` bits.
inline uint64_t ValueOf(const Sha1Digest& hash, unsigned value_bits) {
  uint64_t first = 0;
  for (size_t i = 0; i < 8; ++i) first = first << 8 | hash[i];
  return first >> (64 - value_bits);
}

inline Digest NextBodyDigest(const Digest& before, ByteView piece) { return Sha256({View(before), piece}); }

class BitWriter {
 public:
  explicit BitWriter(Bytes& out) : out_(out) {}
  void Rice(uint64_t distance, unsigned rice_bits) {
    for (uint64_t ones = distance >> rice_bits; ones > 0; --ones) Bit(1);
    Bit(0);
    for (unsigned i = rice_bits; i-- > 0;) Bit(static_cast<unsigned>(distance >> i & 1));
  }
  // Fills the last byte.
  void Finish() {
    while (used_ != 0) Bit(0);
  }

 private:
  void Bit(unsigned bit) {
    pending_ = pending_ << 1 | bit;
    if (++used_ < 8) return;
    out_.push_back(static_cast<char>(pending_));
    pending_ = used_ = 0;
  }
  Bytes& out_;
  unsigned pending_ = 0;
  unsigned used_ = 0;
};

// Past the end it reads zeros and says so.
class BitReader {
 public:
  explicit BitReader(ByteView in) : in_(in) {}

  uint64_t Rice(unsigned rice_bits) {
    uint64_t ones = 0;
    // Whole runs of ones at a time.
    for (;;) {
      if (available_ == 0) Fill();
      const auto run = static_cast<unsigned>(std::countl_one(window_));
      const unsigned take = run < available_ ? run : available_;
      Drop(take);
      ones += take;
      if (failed_ || available_ > 0) break;
    }
    Drop(1);  // the zero
    return ones << rice_bits | Take(rice_bits);
  }
  bool failed() const { return failed_; }
  // Whether nothing but filling is left.
  bool AtEnd() const { return in_.empty() && available_ < 8 && window_ == 0; }

 private:
  uint64_t Take(unsigned count) {
    uint64_t value = 0;
    while (count > 0) {
      if (available_ == 0) Fill();
      const unsigned take = std::min({count, available_, 32u});  // shifts by 64 are undefined
      value = value << take | window_ >> 32 >> (32 - take);
      Drop(take);
      count -= take;
    }
    return value;
  }
  void Fill() {
    if (in_.empty()) {
      failed_ = true;
      window_ = 0;
      available_ = 64;
      return;
    }
    window_ = 0;
    for (available_ = 0; available_ < 64 && !in_.empty(); available_ += 8, in_.remove_prefix(1)) {
      window_ |= uint64_t{static_cast<uint8_t>(in_[0])} << (56 - available_);
    }
  }
  void Drop(unsigned count) {
    if (count == 0) return;
    window_ = count < 64 ? window_ << count : 0;
    available_ -= count;
  }

  ByteView in_;
  uint64_t window_ = 0;  // the next bits, from the top
  unsigned available_ = 0;
  bool failed_ = false;
};

}  // namespace strongroom::breach
