#include "cli/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/encoding.h"
#include "base/wipe.h"

namespace strongroom {
namespace {

constexpr size_t kMaxLineBytes = 64u << 10;

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(written);
  }
  return true;
}

// Byte by byte, so that nothing behind the line is taken from whoever reads standard input next.
Result<std::string> ReadLineOf(int fd) {
  std::string line;
  line.reserve(256);
  while (true) {
    char c = 0;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 && line.empty()) {
      return Status(Reason::kInvalidArgument, "Standard input ended where a line was expected.");
    }
    if (got <= 0 || c == '\n') break;
    if (line.size() == kMaxLineBytes) {
      WipeText(line);
      return Status(Reason::kInvalidArgument, "The line on standard input is longer than 65536 bytes.");
    }
    line.push_back(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// Switches the terminal's echo off, and on again.  A ctrl-C meanwhile must not leave it off: it ends the reading alone.
class WithoutEcho {
 public:
  explicit WithoutEcho(bool active) : active_(active && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!active_) return;
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, &mask_before_);
    struct sigaction on_interrupt = {};
    on_interrupt.sa_handler = [](int) {};  // without SA_RESTART: the read ends, and Ask answers that it was stopped
    sigaction(SIGINT, &on_interrupt, &interrupt_before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~WithoutEcho() {
    if (!active_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;

 private:
  termios before_ = {};
  struct sigaction interrupt_before_ = {};
  sigset_t mask_before_ = {};
  const bool active_;
};

Result<std::string> ReadLineUntilInterrupted() {
  std::string line;
  line.reserve(kMaxLineBytes);
  while (line.size() < kMaxLineBytes) {
    char c = 0;
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) {
      WipeText(line);
      return Status(Reason::kInvalidArgument, "Stopped before an answer was given.");
    }
    if (got <= 0 && line.empty()) return Status(Reason::kInvalidArgument, "No answer was given.");
    if (got <= 0 || c == '\n') break;
    line.push_back(c);
  }
  return line;
}

// One code point of valid UTF-8; advances `text`.
uint32_t NextCodePoint(std::string_view& text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t point = size == 1 ? first : size == 2 ? first & 0x1fu : size == 3 ? first & 0x0fu : first & 0x07u;
  for (size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3fu);
  text.remove_prefix(size);
  return point;
}

// Control characters, C1, and what reorders a line (UAX #9: LRM, RLM, ALM, embeddings, overrides, isolates).
bool SteersTerminals(uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c || point == 0x200e || point == 0x200f ||
         (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

}  // namespace

void SystemTerminal::Out(std::string_view text) {
  if (!WriteAll(STDOUT_FILENO, text)) out_is_whole_ = false;
}

void SystemTerminal::Err(std::string_view text) {
  // There is nobody left to tell when this fails.
  static_cast<void>(WriteAll(STDERR_FILENO, text));
}

bool SystemTerminal::IsInteractive() const { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }
bool SystemTerminal::OutIsTerminal() const { return isatty(STDOUT_FILENO) == 1; }
bool SystemTerminal::ErrIsTerminal() const { return isatty(STDERR_FILENO) == 1; }

Result<std::string> SystemTerminal::Ask(std::string_view prompt, bool echo) {
  Err(prompt);
  if (echo) return ReadLineOf(STDIN_FILENO);
  const WithoutEcho silence(true);
  return ReadLineUntilInterrupted();
}

Result<std::string> SystemTerminal::ReadLine() { return ReadLineOf(STDIN_FILENO); }

Result<std::string> SystemTerminal::ReadBlock(size_t most_bytes) {
  std::string block(most_bytes, '\0');
  while (true) {
    const ssize_t got = read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status(Reason::kFileUnreadable, "Standard input cannot be read.");
    block.resize(static_cast<size_t>(got));
    return block;
  }
}

Result<std::string> SystemTerminal::ReadAll(size_t limit_bytes) {
  std::string all;
  char buffer[16 << 10];
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status(Reason::kFileUnreadable, "Standard input cannot be read.");
    if (got == 0) break;
    if (all.size() + static_cast<size_t>(got) > limit_bytes) {
      return Status(Reason::kBodyTooLarge,
                    "Standard input has more than the " + std::to_string(limit_bytes) + " bytes that are taken.");
    }
    all.append(buffer, static_cast<size_t>(got));
  }
  WipeRange(buffer, sizeof buffer);
  return all;
}

std::string Printable(std::string_view text) {
  if (!IsValidUtf8(text)) {
    std::string ascii;
    for (const char c : text) ascii.push_back(c >= 0x20 && c < 0x7f ? c : '?');
    return ascii;
  }
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::string_view rest = text;
    const uint32_t point = NextCodePoint(text);
    if (point == '\n' || point == '\t') {
      clean.push_back(' ');
    } else if (SteersTerminals(point)) {
      clean.push_back('?');
    } else {
      clean.append(rest.substr(0, rest.size() - text.size()));
    }
  }
  return clean;
}

std::string PrintableJson(std::string_view json) {
  if (!IsValidUtf8(json)) return Printable(json);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string clean;
  clean.reserve(json.size());
  while (!json.empty()) {
    const std::string_view rest = json;
    const uint32_t point = NextCodePoint(json);
    // Below 0x20 JSON allows only white space raw, and between values only.
    if (point >= 0x20 && SteersTerminals(point)) {
      clean.append("\\u");
      for (int shift = 12; shift >= 0; shift -= 4) clean.push_back(kHex[point >> shift & 0xf]);
    } else {
      clean.append(rest.substr(0, rest.size() - json.size()));
    }
  }
  return clean;
}

}  // namespace strongroom
