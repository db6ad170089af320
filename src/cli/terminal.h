// Where a command reads and writes.  A person's terminal, a pipe, or a test.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace strongroom {

class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
  // False once something could not be written to the standard output (a full disk, a closed pipe).
  virtual bool OutIsWhole() const = 0;
  // Somebody sits there who can be asked: standard input and standard error are both terminals.
  virtual bool IsInteractive() const = 0;
  virtual bool OutIsTerminal() const = 0;
  virtual bool ErrIsTerminal() const = 0;
  // Asks and reads one line; without echo for secrets.  Only when IsInteractive().  kInvalidArgument: no answer came.
  virtual Result<std::string> Ask(std::string_view prompt, bool echo) = 0;
  // One line of standard input, without its newline; nothing is read beyond it.  kInvalidArgument at the end.
  virtual Result<std::string> ReadLine() = 0;
  // Standard input to its end.  kBodyTooLarge.
  virtual Result<std::string> ReadAll(size_t limit_bytes) = 0;
  // What of standard input is there, at most this much; empty at its end.  kFileUnreadable.
  virtual Result<std::string> ReadBlock(size_t most_bytes) = 0;
};

// The process's own.  One thread.
class SystemTerminal : public Terminal {
 public:
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;
  bool OutIsWhole() const override { return out_is_whole_; }
  bool IsInteractive() const override;
  bool OutIsTerminal() const override;
  bool ErrIsTerminal() const override;
  Result<std::string> Ask(std::string_view prompt, bool echo) override;
  Result<std::string> ReadLine() override;
  Result<std::string> ReadAll(size_t limit_bytes) override;
  Result<std::string> ReadBlock(size_t most_bytes) override;

 private:
  bool out_is_whole_ = true;
};

// `text` as it may be shown: what could steer a terminal or reorder its line (control characters, C1, bidirectional
// overrides) is shown as "?".  Names of customers are strangers' text.
std::string Printable(std::string_view text);
// The same for JSON: the bytes JSON allows raw and terminals act upon are written as \u escapes.  Still the same JSON.
std::string PrintableJson(std::string_view json);

}  // namespace strongroom
