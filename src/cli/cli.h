// The command line: `strongroom <noun> <verb>`.
//
// This layer brings the commands that talk to a server or read files.  main() adds those that open the stores, so that
// all stand in one --help, one reference page and one completion:
//
//     CliHooks hooks;
//     hooks.add_commands = [](CommandLine& line) {
//       auto options = std::make_shared<ServeOptions>();
//       line.Add("serve", "Run the server")
//           .Text("--config", options->config, "FILE", "the configuration")
//           .Example("strongroom serve --config /etc/strongroom/strongroom.toml")
//           .Run([options](Session& session) -> Result<ExitCode> { return Serve(*options); });
//     };
//     return RunCli(argc, argv, hooks);
//
// A command's options are written into the struct it shares with its run function, before that is called.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/session.h"

namespace strongroom {

// What `strongroom fsck --offline` was told.
struct OfflineFsck {
  std::string directory;
  bool repair = false;
  bool against_log = false;
};

struct CliHooks {
  // Called once, after the commands of this layer have been added.
  std::function<void(CommandLine&)> add_commands = {};
  // When set, `strongroom fsck --offline DIR` exists and calls it with what it was told.
  std::function<Result<ExitCode>(Session&, const OfflineFsck& wanted)> fsck_offline = {};
};

// The whole of a process: parses, runs, prints errors with what to do next; answers the exit code.  Uses the process's
// own terminal, environment, clock and network.  Ignores SIGPIPE.  Call once.
int RunCli(int argc, const char* const* argv, const CliHooks& hooks = {});

// The same with everything passed in: for tests.  `arguments` without the program's name.
ExitCode RunCli(const std::vector<std::string>& arguments, const CliContext& context, const CliHooks& hooks = {});

// docs/reference/cli.md, as it should read.
std::string CommandReference(const CliHooks& hooks = {});

}  // namespace strongroom
