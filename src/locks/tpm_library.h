// What we call of tpm2-tss, loaded when it is needed (TCG TSS 2.0 Enhanced System API).
#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include "base/status.h"
#include "locks/shared_library.h"

namespace strongroom {

struct TpmLibrary {
  decltype(&Tss2_TctiLdr_Initialize) reach = nullptr;
  decltype(&Esys_Initialize) initialize = nullptr;
  decltype(&Esys_CreatePrimary) create_primary = nullptr;
  decltype(&Esys_TR_GetName) name_of = nullptr;
  decltype(&Esys_StartAuthSession) start_session = nullptr;
  decltype(&Esys_TRSess_SetAttributes) set_session = nullptr;
  decltype(&Esys_Create) create = nullptr;
  decltype(&Esys_Load) load = nullptr;
  decltype(&Esys_TR_SetAuth) set_auth = nullptr;
  decltype(&Esys_Unseal) unseal = nullptr;
  decltype(&Esys_FlushContext) flush = nullptr;
  decltype(&Esys_Free) release = nullptr;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Marshal) write_public = nullptr;
  decltype(&Tss2_MU_TPM2B_PUBLIC_Unmarshal) read_public = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Marshal) write_private = nullptr;
  decltype(&Tss2_MU_TPM2B_PRIVATE_Unmarshal) read_private = nullptr;

  static Result<TpmLibrary> Load() {
    TpmLibrary library;
    ASSIGN_OR_RETURN(const SharedLibrary loader, SharedLibrary::Load("libtss2-tctildr.so.0"));
    ASSIGN_OR_RETURN(const SharedLibrary esys, SharedLibrary::Load("libtss2-esys.so.0"));
    ASSIGN_OR_RETURN(const SharedLibrary mu, SharedLibrary::Load("libtss2-mu.so.0"));
    RETURN_IF_ERROR(loader.Find("Tss2_TctiLdr_Initialize", library.reach));
    RETURN_IF_ERROR(esys.Find("Esys_Initialize", library.initialize));
    RETURN_IF_ERROR(esys.Find("Esys_CreatePrimary", library.create_primary));
    RETURN_IF_ERROR(esys.Find("Esys_TR_GetName", library.name_of));
    RETURN_IF_ERROR(esys.Find("Esys_StartAuthSession", library.start_session));
    RETURN_IF_ERROR(esys.Find("Esys_TRSess_SetAttributes", library.set_session));
    RETURN_IF_ERROR(esys.Find("Esys_Create", library.create));
    RETURN_IF_ERROR(esys.Find("Esys_Load", library.load));
    RETURN_IF_ERROR(esys.Find("Esys_TR_SetAuth", library.set_auth));
    RETURN_IF_ERROR(esys.Find("Esys_Unseal", library.unseal));
    RETURN_IF_ERROR(esys.Find("Esys_FlushContext", library.flush));
    RETURN_IF_ERROR(esys.Find("Esys_Free", library.release));
    RETURN_IF_ERROR(mu.Find("Tss2_MU_TPM2B_PUBLIC_Marshal", library.write_public));
    RETURN_IF_ERROR(mu.Find("Tss2_MU_TPM2B_PUBLIC_Unmarshal", library.read_public));
    RETURN_IF_ERROR(mu.Find("Tss2_MU_TPM2B_PRIVATE_Marshal", library.write_private));
    RETURN_IF_ERROR(mu.Find("Tss2_MU_TPM2B_PRIVATE_Unmarshal", library.read_private));
    return library;
  }
};

}  // namespace strongroom
