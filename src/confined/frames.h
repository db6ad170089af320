// Messages between two processes over a stream socket: a kind and at most 16 MiB.  Internal to src/confined and to what
// speaks to a worker.  What a confined process says is read as a stranger's data.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

inline constexpr size_t kMostFrameBytes = size_t{16} << 20;
// Kinds below a blank are the conversation's own; all others are the caller's choice.
inline constexpr char kFrameDone = '\x01';
inline constexpr char kFrameFailed = '\x02';   // PackStatus()
inline constexpr char kFrameAsk = '\x03';      // the last or only piece of a question: its kind, then the question
inline constexpr char kFrameAskMore = '\x04';  // a piece before it
inline constexpr char kFrameAnswer = '\x05';   // the last or only piece of an answer
inline constexpr char kFrameAnswerMore = '\x06';

// With read() and write() alone, which is all that a confined process has; they wait.  False: nobody is there any more.
bool WriteFrame(int fd, char kind, std::string_view payload);
bool ReadFrame(int fd, char& kind, std::string& payload);

// A Status as bytes.  What comes back holds a reason of the table; of the message, 1,000 bytes.
Bytes PackStatus(const Status& status);
// `otherwise` when the bytes are none.
Status UnpackStatus(std::string_view bytes, const Status& otherwise);

// The end of the socket whose holder trusts nobody: bounded in time and bytes.  One thread.
class Channel {
 public:
  struct Limits {
    int silent_millis = 300'000;  // without progress for so long, it is over
    // When it is over in any case.
    std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();
    uint64_t bytes = uint64_t{1} << 30;  // that the other end may say
    std::function<bool()> gone = {};     // asked five times a second: true ends the wait
  };
  // `fd` is a stream socket and stays the caller's.
  Channel(int fd, Limits limits) : fd_(fd), limits_(std::move(limits)) {}
  bool Send(char kind, std::string_view payload);
  // In pieces: `more` for all but the last, which is `last`.
  bool SendLong(char more, char last, std::string_view payload);
  bool Receive(char& kind, std::string& payload);

 private:
  bool Wait(short what);
  bool SendBytes(std::string_view bytes);
  bool ReceiveBytes(char* out, size_t size);

  const int fd_;
  const Limits limits_;
  uint64_t heard_bytes_ = 0;
};

}  // namespace strongroom
