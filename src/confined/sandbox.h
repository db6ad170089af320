// A child process for work on strangers' files: it can compute and speak to its parent, and nothing else.
//
// The child is a fork, so that it holds the input and all tables already; then it closes every other descriptor, limits
// its memory and processor time, and lets the kernel refuse all calls but those that computing needs (seccomp-bpf,
// Linux 3.17): it cannot open, connect, execute, fork, trace or map code.  Whoever takes over a parser in it gets the
// file that did it, and the right to answer something wrong: the answer is read as strangers' data.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace strongroom {

struct SandboxLimits {
  uint64_t memory_bytes = uint64_t{4} << 30;  // of addresses, those of the parent included
  uint64_t cpu_seconds = 300;
  int silent_millis = 300'000;  // without a message for so long, it is ended
  uint64_t answer_bytes = uint64_t{1} << 30;
  uint32_t questions = 20'000;                  // that it may put to its parent
  uint64_t question_bytes = uint64_t{1} << 30;  // of one of them
};

enum class Confinement : uint8_t {
  kFull,
  kNone,  // for the test that shows what the other one prevents
};

// Sends one message from the child: a kind of the caller's choice (a letter), and at most 16 MiB.
using SendMessage = std::function<Status(char kind, std::string_view payload)>;
// Puts a question to the parent and waits for the answer; both of any size that limits and memory allow.  The answer's
// Status is the parent's.
using AskParent = std::function<Result<std::string>(char kind, std::string_view question)>;

// Runs `work` in the child and hands its messages to `receive`, in order; the answer is work's own Status, or why there
// is none: kUnsupportedMediaType when the child died (its input was too much for it), kInternal when this process has
// other threads, whose locks a fork would leave held, or the kernel lends no sandbox.
Status RunConfined(const std::function<Status(const SendMessage& send)>& work,
                   const std::function<Status(char kind, std::string_view payload)>& receive,
                   const SandboxLimits& limits = {}, Confinement confinement = Confinement::kFull);

// The same, and the child may ask: `answer` runs in this process, between two messages.  The child may then read from
// the descriptor that it writes to, and from nothing else.  A question is a stranger's like all it says.
Status RunConfinedAsking(const std::function<Status(const SendMessage& send, const AskParent& ask)>& work,
                         const std::function<Status(char kind, std::string_view payload)>& receive,
                         const AskParent& answer, const SandboxLimits& limits = {},
                         Confinement confinement = Confinement::kFull);

}  // namespace strongroom
