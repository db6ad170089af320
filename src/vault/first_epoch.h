// What still names rows of epoch 1 by their keys, from before items and plans held marks: written anew while those keys are
// there.  docs/formats/code-and-token.md and data-store.md have both forms.
#pragma once

#include <functional>

#include "base/status.h"
#include "vault/house.h"

namespace strongroom {

constexpr Epoch kFirstEpoch = 1;

// To be called before epoch 1 is destroyed.  kShuttingDown when `stop`, asked between customers, says so.
Status LeaveFirstEpoch(Room& room, const std::function<bool()>& stop);

}  // namespace strongroom
