// For failures that leave no safe way on (no randomness, a hash that does not hash): say what, and end the process.
#pragma once

namespace strongroom::internal {

// `what` is written to standard error; it must be a literal, so that nothing secret can reach it.
[[noreturn]] void Die(const char* what);

inline void Require(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    Die(what);
}

}  // namespace strongroom::internal
