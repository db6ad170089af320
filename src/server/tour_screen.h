// The one screen of the tour: read from the vault as it is, with real bytes, real tokens, real log entries.
#pragma once

#include "base/status.h"
#include "server/running_server.h"

namespace strongroom {

struct TourCallers {
  Caller support;
  Caller application;
  Caller officer;
  Caller auditor;
};

// `csv`: the text that was imported, from which an example value is taken to search the disk for.
Status PrintTourScreen(RunningServer& server, OpenVault& vault, const TourCallers& callers, ByteView csv);

}  // namespace strongroom
