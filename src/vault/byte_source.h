// Where the text of an import comes from, and the window of it that a reader of rows works on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace strongroom {

// Fills at most `size` bytes and answers how many; 0 at the end.  An error ends the reading.
using ByteSource = std::function<Result<size_t>(char* buffer, size_t size)>;

// A source over text in memory, which must outlive it.
ByteSource SourceOf(std::string_view text);

// What was read and not yet passed.  One thread.
class ReadWindow {
 public:
  explicit ReadWindow(ByteSource source) : source_(std::move(source)) {}

  // Reads some more behind what is pending.  Views of Pending() are void afterwards.
  Status Fill();
  std::string_view Pending() const { return {buffer_.data() + start_, end_ - start_}; }
  // Precondition: size <= Pending().size().
  void Pass(size_t size) { start_ += size; }
  bool ended() const { return ended_; }  // the source has given all

 private:
  ByteSource source_;
  std::string buffer_;
  size_t start_ = 0;
  size_t end_ = 0;
  bool ended_ = false;
};

}  // namespace strongroom
