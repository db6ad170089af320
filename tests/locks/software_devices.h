// A token and a TPM in software, in directories of their own.
#pragma once

#include <memory>
#include <string>

#include "child_process.h"
#include "locks/lock_config.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

// SoftHSM's: the module reads where its tokens are from the environment, so only one is plugged in at a time.
class SoftToken {
 public:
  static constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr char kPin[] = "246810";
  SoftToken();  // initialised, without a key; fails the test when the package softhsm2 is missing
  void PlugIn() const;
  std::string environment() const { return "SOFTHSM2_CONF=" + directory_.Path("softhsm2.conf"); }
  static LockConfig Config();

 private:
  TempDir directory_;
};

// swtpm, on two free ports of the loopback; stopped with the object.
class SoftTpm {
 public:
  static constexpr char kPin[] = "a pin of the machine";
  SoftTpm();
  LockConfig Config() const;

 private:
  TempDir directory_;
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

}  // namespace strongroom
