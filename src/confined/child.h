// What children that are confined by seccomp alone have in common, and how their parent hears them.  Internal to
// src/confined.
#pragma once

#include <vector>

#include "confined/frames.h"
#include "confined/sandbox.h"

namespace strongroom {

// For this process, for good: no descriptor but `socket` and `files`, limits, and no calls but those that computing,
// writing to the socket and reading from the files (pread, lseek) need; from the socket, too, when it may ask.
bool Confine(int socket, bool may_ask, const std::vector<int>& files, const SandboxLimits& limits);

// In the child: what SendMessage and AskParent do.
Status SendFrame(int socket, char kind, std::string_view payload);
Result<std::string> Ask(int socket, char kind, std::string_view question);

// In the parent: the child's words as they come, until the Status it ends with.  `ended`, if not null: whether the
// child came to that; else it died, said too much, or `receive` failed.
Status Listen(Channel& channel, const std::function<Status(char, std::string_view)>& receive, const AskParent& answer,
              const SandboxLimits& limits, bool* ended = nullptr);
Status Died();
Status NoSandbox();
bool HasOtherThreads();

}  // namespace strongroom
