// What would be lost with an epoch's keys and is still needed: written anew while they are there.  Of epoch 1 also what
// names rows by their keys, from before items and plans held marks.  docs/formats/code-and-token.md and data-store.md
// have both forms.
#pragma once

#include <functional>

#include "base/status.h"
#include "vault/house.h"

namespace strongroom {

constexpr Epoch kFirstEpoch = 1;

// To be called before any epoch is destroyed: erasures that are not finished keep their plans, sealed for the open
// epoch.
Status CarryPlansOver(Room& room);
// To be called before epoch 1 is destroyed.  kShuttingDown when `stop`, asked between customers, says so.
Status LeaveFirstEpoch(Room& room, const std::function<bool()>& stop);

}  // namespace strongroom
