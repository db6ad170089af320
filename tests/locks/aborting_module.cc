// A PKCS#11 module that crashes when it is used.
#include <cstdlib>

extern "C" unsigned long C_GetFunctionList(void**) { std::abort(); }
