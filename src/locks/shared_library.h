// A library loaded when it is needed, in the process that speaks to a lock's device.  It is never unloaded: that
// process is about to end, and clean-up is where such libraries crash.
#pragma once

#include <dlfcn.h>

#include <string>

#include "base/status.h"

namespace strongroom {

class SharedLibrary {
 public:
  // kLockDeviceFailed when it is not there or not a library.
  static Result<SharedLibrary> Load(const std::string& path) {
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return Status(kLockDeviceFailed, "the library " + path + " cannot be loaded");
    return SharedLibrary(handle, path);
  }
  // Sets `out` to the function of this name.
  template <typename Function>
  Status Find(const char* name, Function& out) const {
    void* const found = dlsym(handle_, name);
    if (found == nullptr) return Status(kLockDeviceFailed, "the library " + path_ + " has no " + name);
    out = reinterpret_cast<Function>(found);
    return Status::Ok();
  }

 private:
  SharedLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void* handle_;
  std::string path_;
};

}  // namespace strongroom
