// `strongroom restore`: the command around server/restore.h.
#pragma once

#include "cli/cli.h"

namespace strongroom {

void AddRestoreCommand(CommandLine& line);

}  // namespace strongroom
