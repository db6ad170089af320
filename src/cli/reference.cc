#include "cli/reference.h"

namespace strongroom {
namespace {

constexpr char kIntroduction[] = R"(# The command line

This page is printed by `strongroom reference`; each command prints its own part with `--help`.

## Which server, and who asks

| what | looked for, in this order |
|---|---|
| server | `--server`, `STRONGROOM_SERVER`, `https://127.0.0.1:8443` |
| its proof | `--ca` or `--pin`, `STRONGROOM_PIN`, `tls/certificate.pem` in the data directory, the system's authorities |
| API key | `--key-file`, `STRONGROOM_API_KEY`, the file named by `STRONGROOM_API_KEY_FILE`, `credentials/administrator.key` in the data directory |
| data directory | `--data`, `STRONGROOM_DATA`; only on the server's own machine |

The server's certificate is always checked; nothing switches that off.

## Secrets and personal values

What stands on a command line is shown to every user of the machine by `ps`, and kept by the shell's history. Therefore:

- **Secrets** (API keys, passphrases, shares, passwords) are never arguments. They come from a file, from an answer to
  a prompt without echo, or from a line of standard input.
- **Personal values** may stand on the command line, which is handy for trying things out. With `-`, or left out where
  they are optional, they are asked for on a terminal, or read from standard input, one line each. Do that at work.
- Control characters and bidirectional overrides in values are shown as `?`, so that what a stranger typed as a name
  cannot steer your terminal. With `--json` they are written as `\u` escapes.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed; the message says why |
| 2 | the command line is wrong; nothing was done |
| 3 | not found, gone, or (`customer compare`) no match |
| 4 | denied: no or bad credential, or policy says no |
| 5 | the server cannot be reached, cannot prove who it is, is locked or overloaded |
| 6 | an audit log does not verify |
| 7 | `detect` (and `redact --found`) found something personal; `scan` found what `--fail-on-unknown` or `--fail-on-new` asks about |

Results go to standard output, everything else to standard error. An error names its page under `docs/errors/`.
With `--json`, standard output is the server's answer as it came ([the API](openapi.json)).
)";

std::string Cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

}  // namespace

std::string ReferenceSection(const CommandLine::Description& command) {
  std::string text = "## strongroom " + command.path + "\n\n" + command.summary + ".\n";
  if (!command.note.empty()) text += "\n" + command.note + "\n";
  text += "\n```\n" + command.usage + "\n```\n";
  if (!command.arguments.empty()) {
    text += "\n| argument | meaning |\n|---|---|\n";
    for (const auto& argument : command.arguments) {
      text += "| `" + Cell(argument.name) + "` | " + Cell(argument.help) + " |\n";
    }
  }
  if (!command.examples.empty()) {
    text += "\n```sh\n";
    for (const std::string& example : command.examples) text += example + "\n";
    text += "```\n";
  }
  return text;
}

std::string ReferencePage(const std::vector<CommandLine::Description>& commands) {
  std::string page = kIntroduction;
  page += "\n## Options of every command\n\n| option | meaning |\n|---|---|\n";
  for (const auto& argument : commands.front().arguments) {
    page += "| `" + Cell(argument.name) + "` | " + Cell(argument.help) + " |\n";
  }
  for (const auto& command : commands) {
    if (command.runs) page += "\n" + ReferenceSection(command);
  }
  return page;
}

}  // namespace strongroom
