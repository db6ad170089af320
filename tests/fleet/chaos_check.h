// What is asked when everything is mended: is every promise kept, and do the logs say so?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chaos_model.h"
#include "chaos_world.h"

namespace strongroom {

class ChaosCheck {
 public:
  ChaosCheck(const ChaosWorld& world, ChaosModel& model) : world_(world), model_(model) {}

  // While it runs: a checkpoint of each log, from the first server that answers, kept for VerifyLogs.
  void KeepCheckpoints();
  // Everything below; what is found goes to the model.
  void Everything();

  // Every acknowledged customer opens with its value and is found by it; every erased one is gone, at every server.
  void People();
  // Exports every log, verifies it offline, and against the checkpoints that were kept.
  void Logs();
  // Every acknowledged operation stands exactly once in the log, and the log's numbers have no gap.
  void Entries();
  void Fsck();

 private:
  Result<std::string> Ask(const std::string& method, const std::string& path, const std::string& body = "") const;
  void CheckPlace(Client& client, const ChaosPerson& person);
  void VerifyLog(const std::string& room, const std::string& directory, const std::string& exported);
  // By request id: "action outcome" and how often.
  std::map<std::string, std::map<std::string, int>> EntriesOf(const std::string& room);

  void CheckErasures();

  const ChaosWorld& world_;
  ChaosModel& model_;
  std::map<std::string, std::vector<std::string>> checkpoints_;  // files, by room, oldest first
  std::map<std::string, std::map<std::string, int>> erasures_;   // by audit id: "intent", "done" and how often
};

}  // namespace strongroom
