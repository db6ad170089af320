// A verdict that depends on secrets and is public all the same: "the tag is wrong".  Passing it through here says so to
// the reader, and to memcheck in the constant-time check (tests/constant_time), which otherwise reports any branch on
// it.
#pragma once

#ifdef STRONGROOM_CONSTANT_TIME_CHECK
#include <valgrind/memcheck.h>
#endif

namespace strongroom::internal {

inline bool PublicVerdict(bool verdict) {
#ifdef STRONGROOM_CONSTANT_TIME_CHECK
  static_cast<void>(VALGRIND_MAKE_MEM_DEFINED(&verdict, sizeof(verdict)));
#endif
  return verdict;
}

}  // namespace strongroom::internal
