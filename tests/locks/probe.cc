#include "tests/locks/probe.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <cstdio>
#include <cstring>
#include <iterator>

namespace strongroom {

int RunProbe(char** arguments) {
  void* const module = dlopen(arguments[0], RTLD_NOW);
  if (module == nullptr) return 2;
  CK_FUNCTION_LIST* call = nullptr;
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(module, "C_GetFunctionList"));
  CK_SLOT_ID slots[8] = {};
  CK_ULONG count = std::size(slots);
  CK_SESSION_HANDLE session = 0;
  auto* const pin = reinterpret_cast<CK_UTF8CHAR*>(arguments[1]);
  char* const label = arguments[2];
  if (get_list(&call) != CKR_OK || call->C_Initialize(nullptr) != CKR_OK ||
      call->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK || count == 0 ||
      call->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session) != CKR_OK ||
      call->C_Login(session, CKU_USER, pin, std::strlen(arguments[1])) != CKR_OK) {
    return 3;
  }
  CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  if (std::strcmp(arguments[3], "plant") == 0) {
    CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
    CK_BYTE value[32] = {1, 2, 3};
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &secret_key, sizeof secret_key},
                             {CKA_KEY_TYPE, &generic, sizeof generic},
                             {CKA_TOKEN, &yes, sizeof yes},
                             {CKA_PRIVATE, &yes, sizeof yes},
                             {CKA_SENSITIVE, &no, sizeof no},
                             {CKA_EXTRACTABLE, &yes, sizeof yes},
                             {CKA_SIGN, &yes, sizeof yes},
                             {CKA_VALUE, value, sizeof value},
                             {CKA_LABEL, label, std::strlen(label)}};
    CK_OBJECT_HANDLE made = 0;
    return call->C_CreateObject(session, wanted, std::size(wanted), &made) == CKR_OK ? 0 : 4;
  }
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &secret_key, sizeof secret_key}, {CKA_LABEL, label, std::strlen(label)}};
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG found = 0;
  if (call->C_FindObjectsInit(session, wanted, 2) != CKR_OK ||
      call->C_FindObjects(session, &key, 1, &found) != CKR_OK || found != 1) {
    return 5;
  }
  CK_BBOOL extractable = 2;
  CK_ATTRIBUTE attribute = {CKA_EXTRACTABLE, &extractable, sizeof extractable};
  if (call->C_GetAttributeValue(session, key, &attribute, 1) != CKR_OK) return 6;
  unsigned char value[64] = {};
  CK_ATTRIBUTE asked = {CKA_VALUE, value, sizeof value};
  const CK_RV answered = call->C_GetAttributeValue(session, key, &asked, 1);
  std::printf("extractable %d, value %s\n", static_cast<int>(extractable),
              answered == CKR_OK                    ? "shown"
              : answered == CKR_ATTRIBUTE_SENSITIVE ? "refused"
                                                    : "unknown");
  std::fflush(stdout);
  return 0;
}

}  // namespace strongroom
