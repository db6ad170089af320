#include "cli/exit_code.h"

namespace strongroom {

ExitCode ExitCodeOf(const Status& status) {
  if (status.reason() == Reason::kLogInvalid) return ExitCode::kNotVerified;
  if (status.reason() == Reason::kServerUnproved) return ExitCode::kUnreachable;
  switch (status.code()) {
    case Code::kOk:
      return ExitCode::kOk;
    case Code::kNotFound:
    case Code::kGone:
      return ExitCode::kNotFound;
    case Code::kUnauthenticated:
    case Code::kDenied:
      return ExitCode::kDenied;
    case Code::kUnavailable:
      return ExitCode::kUnreachable;
    case Code::kInvalid:
    case Code::kNotAllowed:
    case Code::kConflict:
    case Code::kTooLarge:
    case Code::kUnsupported:
    case Code::kPreconditionFailed:
    case Code::kPreconditionRequired:
    case Code::kTimeout:
    case Code::kExhausted:
    case Code::kCorrupt:
    case Code::kInternal:
      return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

}  // namespace strongroom
