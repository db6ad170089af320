// Those who ask the servers: writers, readers, spenders of tokens, holders of keys that are revoked.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "chaos_model.h"
#include "chaos_world.h"

namespace strongroom {

class ChaosLoad {
 public:
  ChaosLoad(const ChaosWorld& world, ChaosModel& model, uint64_t seed) : world_(world), model_(model), seed_(seed) {}
  ~ChaosLoad() { Stop(); }

  // A field, a collection point, a token domain; the first customers.
  Status Describe();
  void Start();
  void Stop();

 private:
  void Writer(uint64_t number);
  void KeyUser(uint64_t number);
  void KeyMaker();
  void Turner();
  void Mover();

  const ChaosWorld& world_;
  ChaosModel& model_;
  const uint64_t seed_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace strongroom
