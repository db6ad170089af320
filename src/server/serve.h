// The commands that need the stores: serve, init, tour, and checks of a vault that no server has open.
#pragma once

#include "cli/cli.h"

namespace strongroom {

void AddStoreCommands(CommandLine& line);
Result<ExitCode> FsckOffline(Session& session, const OfflineFsck& wanted);

}  // namespace strongroom
