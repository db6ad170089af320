// The page of all commands, docs/reference/cli.md.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace strongroom {

std::string ReferencePage(const std::vector<CommandLine::Description>& commands);
// One command's part of the page: heading, summary, usage, arguments, examples.
std::string ReferenceSection(const CommandLine::Description& command);

}  // namespace strongroom
