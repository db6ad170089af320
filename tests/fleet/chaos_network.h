// Servers in network namespaces of their own, so that one of them can be cut off from the database while those who ask
// it still reach it.  Two bridges: on one the database listens, over the other the callers come.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace strongroom {

enum class CutKind {
  kBlackhole,  // routes that lead nowhere on both ends: new connections are refused at once
  kUnplugged,  // the cable is out: everything waits
};

// One thread.
class ChaosNetwork {
 public:
  // For servers 1 to `count`.  kStorageUnavailable: this process may not make namespaces here, or there is no 'ip'.
  static Result<std::unique_ptr<ChaosNetwork>> Make(uint32_t count);
  ~ChaosNetwork();  // nothing of it is left
  ChaosNetwork(const ChaosNetwork&) = delete;
  ChaosNetwork& operator=(const ChaosNetwork&) = delete;

  std::string DatabaseAddress() const { return database_net_ + ".1"; }
  std::string ServerAddress(uint32_t number) const { return caller_net_ + "." + std::to_string(10 + number); }
  // What a program's arguments begin with so that it runs there.
  std::vector<std::string> Inside(uint32_t number) const { return {"ip", "netns", "exec", Name(number)}; }

  Status Cut(uint32_t number, CutKind kind);
  Status Heal(uint32_t number);

 private:
  ChaosNetwork() = default;
  std::string Name(uint32_t number) const { return tag_ + "-" + std::to_string(number); }
  Status AddServer(uint32_t number);

  std::string tag_;
  std::string database_net_;  // its first three numbers
  std::string caller_net_;
  uint32_t count_ = 0;
  std::map<uint32_t, CutKind> cut_;
};

}  // namespace strongroom
