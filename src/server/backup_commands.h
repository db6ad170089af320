// strongroom backup: making sets, looking at the register, proving sets on another machine.
#pragma once

#include "cli/command_line.h"

namespace strongroom {

void AddBackupCommands(CommandLine& line);

}  // namespace strongroom
