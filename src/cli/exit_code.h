// What the command line answers to the shell; docs/reference/cli.md repeats the table.
#pragma once

#include "base/status.h"

namespace strongroom {

enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,       // anything without a number of its own
  kUsage = 2,        // the command line itself is wrong
  kNotFound = 3,     // there is no such thing, it is gone, or the values do not match
  kDenied = 4,       // no or bad credential, or policy says no
  kUnreachable = 5,  // the server is not there, cannot prove who it is, is locked or overloaded
  kNotVerified = 6,  // an audit log does not verify
  kFound = 7,        // detect (and redact --found): something personal was found; scan: what --fail-on-… asks about
};

// Of a failed Status; total.
ExitCode ExitCodeOf(const Status& status);

}  // namespace strongroom
