// Signals as calls: one thread waits for them, no handler runs in between.
#pragma once

#include <functional>

namespace strongroom {

// In main(), before any thread exists: SIGINT, SIGTERM and SIGHUP are then delivered to WaitForStop alone; SIGPIPE is
// ignored.
void BlockStopSignals();
// Returns at SIGINT or SIGTERM; calls `on_hangup` at each SIGHUP.
void WaitForStop(const std::function<void()>& on_hangup);

}  // namespace strongroom
