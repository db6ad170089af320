// Everything that can be done with a vault, done to the planted people over the real server's HTTP API.
#pragma once

#include <string>
#include <vector>

#include "client/client.h"
#include "planted.h"

namespace strongroom {

// Fails the running test when something that must work does not.  Fills in the people's codes.
void UseHard(Client& client, std::vector<PlantedPerson>& people);
// The logs of all rooms as tlog-tiles below `directory`.
void ExportLogs(Client& client, const std::string& directory);

}  // namespace strongroom
