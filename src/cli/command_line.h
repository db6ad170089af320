// The tree of commands, and how a command declares its arguments.  CLI11 does the work behind it, in one source file:
// it is slow to compile, and nothing else should know.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/exit_code.h"

namespace strongroom {

class Session;
using RunCommand = std::function<Result<ExitCode>(Session&)>;

// One command being declared.  Targets must live until the command has run: keep them in a struct that the run
// function shares.  What a target holds beforehand is the default.
class Command {
 public:
  struct State;
  explicit Command(std::shared_ptr<State> state) : state_(std::move(state)) {}

  Command& Positional(const std::string& name, std::string& target, const std::string& help);  // required
  Command& OptionalPositional(const std::string& name, std::string& target, const std::string& help);
  Command& Rest(const std::string& name, std::vector<std::string>& target, const std::string& help);  // none or more
  // `flags` as "--fields,-f"; `value` names the value in the help.
  Command& Text(const std::string& flags, std::string& target, const std::string& value, const std::string& help);
  Command& RequiredText(const std::string& flags, std::string& target, const std::string& value,
                        const std::string& help);
  // One of `choices`.
  Command& Choice(const std::string& flags, std::string& target, const std::vector<std::string>& choices,
                  const std::string& help);
  // Given several times, or once with commas.
  Command& List(const std::string& flags, std::vector<std::string>& target, const std::string& value,
                const std::string& help);
  // Given several times; commas belong to the value.
  Command& Many(const std::string& flags, std::vector<std::string>& target, const std::string& value,
                const std::string& help);
  Command& Number(const std::string& flags, int64_t& target, int64_t min, int64_t max, const std::string& help);
  Command& Flag(const std::string& flags, bool& target, const std::string& help);
  // A whole line as it would be typed.
  Command& Example(const std::string& line);
  // Text behind the options: what a reader of --help must know.
  Command& Note(const std::string& text);
  void Run(RunCommand run);

 private:
  std::shared_ptr<State> state_;
};

// What was parsed.
struct ParsedLine {
  RunCommand run;    // empty: there is nothing to run, print `text` and end with `exit_code`
  std::string text;  // help, or what is wrong with the line
  ExitCode exit_code = ExitCode::kOk;
};

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // `path` is the words of the command: "customer show".  A noun must have been named by Group() before.
  Command Add(const std::string& path, const std::string& summary);
  void Group(const std::string& path, const std::string& summary);
  // An option that every command takes, before or behind it.
  void GlobalText(const std::string& flags, std::string& target, const std::string& value, const std::string& help);
  void GlobalFlag(const std::string& flags, bool& target, const std::string& help);

  // Arguments without the program's name.
  ParsedLine Parse(const std::vector<std::string>& arguments);

  // All commands, described once.
  struct Description {
    std::string path = {};  // "customer show"; the empty one comes first and is `strongroom` itself
    std::string summary = {};
    std::string usage = {};  // "strongroom customer show [OPTIONS] CODE"
    struct Argument {
      std::string name;  // "CODE", "--fields,-f NAME"
      std::string help;
    };
    std::vector<Argument> arguments = {};
    std::vector<std::string> examples = {};
    std::string note = {};
    bool runs = true;  // false: a group, its verbs follow
  };
  std::vector<Description> Describe() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace strongroom
