// AgeStream: what stands inside an age file, taken field by field.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/age.h"
#include "crypto/sha256_stream.h"

namespace strongroom {

// One thread.  Holds one buffer and what was last taken.  Every failure is kDataCorrupt, but for those of the source.
class AgeStream {
 public:
  static constexpr size_t kBufferBytes = 64 * 1024;

  static Result<std::unique_ptr<AgeStream>> Open(AgeSource source, const AgeKeys& keys);

  Result<uint8_t> TakeByte();
  Result<uint64_t> TakeVarint();  // LEB128 without overlong forms, as base/encoding.h writes it
  Result<Bytes> Take(size_t size_bytes);
  Result<Bytes> TakePrefixed(size_t least_bytes, size_t most_bytes);
  // Nothing may follow: the file's own end is proved by age.
  Status ExpectEnd();
  // SHA-256 of everything that was taken so far; to be asked for once.
  Digest HashSoFar() { return hash_.Finish(); }

 private:
  explicit AgeStream(std::unique_ptr<AgeReader> plain) : plain_(std::move(plain)) {}
  Status Fill();  // kDataCorrupt at the end
  const std::unique_ptr<AgeReader> plain_;
  Bytes buffer_;
  size_t used_ = 0;
  Sha256Stream hash_;
};

}  // namespace strongroom
