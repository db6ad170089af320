// Where the hardware behind a lock is.
#pragma once

#include <string>

namespace strongroom {

struct LockConfig {
  std::string pkcs11_module;                      // the maker's library, an absolute path
  std::string pkcs11_token;                       // the token's label
  std::string pkcs11_key = "strongroom";          // the key's label; made by init or change-lock unless it is there
  std::string tpm_tcti = "device:/dev/tpmrm0";    // how the TPM is spoken to (tpm2-tss: Tss2_TctiLdr_Initialize)
  std::string pin_file;                           // empty: people give the PIN
  int device_timeout_seconds = 30;                // for one question; then its process is ended
  std::string device_program = "/proc/self/exe";  // not a setting: what is run with kLockDeviceArgument
};

}  // namespace strongroom
