#include "vault/byte_source.h"

#include <algorithm>
#include <cstring>

namespace strongroom {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

}  // namespace

ByteSource SourceOf(std::string_view text) {
  return [text](char* buffer, size_t size) mutable -> Result<size_t> {
    const size_t taken = std::min(size, text.size());
    std::memcpy(buffer, text.data(), taken);
    text.remove_prefix(taken);
    return taken;
  };
}

Status ReadWindow::Fill() {
  if (buffer_.size() - end_ < kReadBytes / 2) {  // move what is left to the front, and grow when that is not enough
    buffer_.erase(0, start_);
    end_ -= start_;
    start_ = 0;
    buffer_.resize(std::max(buffer_.size(), end_ + kReadBytes));
  }
  const size_t space = buffer_.size() - end_;
  ASSIGN_OR_RETURN(const size_t count, source_(buffer_.data() + end_, space));
  end_ += std::min(count, space);
  ended_ = count == 0;
  return Status::Ok();
}

}  // namespace strongroom
