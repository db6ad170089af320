// PlainBytes: personal data while it is open.  Overwritten when dropped, moved but never copied by accident.
#pragma once

#include <utility>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace strongroom {

class PlainBytes {
 public:
  PlainBytes() = default;
  explicit PlainBytes(Bytes bytes) : bytes_(std::move(bytes)) { /* a short string was copied, not moved: */
    WipeString(bytes);
  }
  PlainBytes(PlainBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { WipeString(other.bytes_); }
  PlainBytes& operator=(PlainBytes&& other) noexcept {
    if (this != &other) {
      WipeString(bytes_);
      bytes_ = std::move(other.bytes_);
      WipeString(other.bytes_);
    }
    return *this;
  }
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;
  ~PlainBytes() { WipeString(bytes_); }

  ByteView view() const { return bytes_; }
  Bytes& mutable_bytes() { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
};

}  // namespace strongroom
