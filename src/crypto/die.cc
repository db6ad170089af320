#include <cstdio>
#include <cstdlib>

#include "crypto/internal/die.h"

namespace strongroom::internal {

void Die(const char* what) {
  std::fputs("strongroom: fatal: ", stderr);
  std::fputs(what, stderr);
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace strongroom::internal
