#include "backup/age_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace strongroom {
namespace {
Status Cut() { return {Reason::kDataCorrupt, "the file ends in the middle of what it should hold"}; }
}  // namespace

Result<std::unique_ptr<AgeStream>> AgeStream::Open(AgeSource source, const AgeKeys& keys) {
  ASSIGN_OR_RETURN(std::unique_ptr<AgeReader> plain, AgeReader::Open(std::move(source), keys));
  return std::unique_ptr<AgeStream>(new AgeStream(std::move(plain)));
}

Status AgeStream::Fill() {
  buffer_.resize(kBufferBytes);
  used_ = 0;
  Result<size_t> got = plain_->Read(buffer_.data(), buffer_.size());
  buffer_.resize(got.ok() ? *got : 0);
  RETURN_IF_ERROR(got.status());
  return buffer_.empty() ? Cut() : Status::Ok();
}

Result<uint8_t> AgeStream::TakeByte() {
  if (used_ == buffer_.size()) RETURN_IF_ERROR(Fill());
  const ByteView byte(buffer_.data() + used_++, 1);
  hash_.Add(byte);
  return static_cast<uint8_t>(byte.front());
}

Result<uint64_t> AgeStream::TakeVarint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    ASSIGN_OR_RETURN(const uint8_t byte, TakeByte());
    const uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift > 0) break;  // overlong
    return value;
  }
  return Status(Reason::kDataCorrupt, "a number in the file is malformed");
}

Result<Bytes> AgeStream::Take(size_t size_bytes) {
  Bytes taken;
  taken.reserve(std::min(size_bytes, kBufferBytes));  // a forged length must not cost memory before its bytes are here
  while (taken.size() < size_bytes) {
    if (used_ == buffer_.size()) RETURN_IF_ERROR(Fill());
    const size_t some = std::min(size_bytes - taken.size(), buffer_.size() - used_);
    taken.append(buffer_, used_, some);
    used_ += some;
  }
  hash_.Add(taken);
  return taken;
}

Result<Bytes> AgeStream::TakePrefixed(size_t least_bytes, size_t most_bytes) {
  ASSIGN_OR_RETURN(const uint64_t size_bytes, TakeVarint());
  if (size_bytes < least_bytes || size_bytes > most_bytes) {
    return Status(Reason::kDataCorrupt, "the file has a length of " + std::to_string(size_bytes) + " bytes where " +
                                            std::to_string(least_bytes) + " to " + std::to_string(most_bytes) +
                                            " are possible");
  }
  return Take(static_cast<size_t>(size_bytes));
}

Status AgeStream::ExpectEnd() {
  if (used_ == buffer_.size()) {
    char byte = 0;
    ASSIGN_OR_RETURN(const size_t got, plain_->Read(&byte, 1));
    if (got == 0) return Status::Ok();
  }
  return {Reason::kDataCorrupt, "something stands behind the end of what the file should hold"};
}

}  // namespace strongroom
