// A PKCS#11 module that never comes back.
#include <unistd.h>

extern "C" unsigned long C_GetFunctionList(void**) {
  while (true) pause();
}
