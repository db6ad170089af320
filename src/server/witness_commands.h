// strongroom witness: being a witness for other people's logs.
#pragma once

#include "cli/command_line.h"

namespace strongroom {

void AddWitnessCommands(CommandLine& line);

}  // namespace strongroom
