// Completion for shells.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace strongroom {

// A script for bash: completes nouns, verbs and options; anything else as file names.
std::string BashCompletion(const std::vector<CommandLine::Description>& commands);

}  // namespace strongroom
