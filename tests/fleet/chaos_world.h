// A vault in PostgreSQL, and servers over it that may be killed, stopped, cut off and started again while others ask
// them.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "chaos_model.h"
#include "chaos_network.h"
#include "server_process.h"
#include "store/testing/postgres_cluster.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

struct ChaosOptions {
  uint32_t servers = 3;
  uint64_t seed = 1;
  int seconds = 20;
  // The control: two servers go by the number 1 (TakeNumberTwice), with turns or without.
  bool twice = false;
  bool unfenced = false;
};

// The thread that made it; MakeClient: any.
class ChaosWorld {
 public:
  // kStorageUnavailable: no PostgreSQL, or no network namespaces, on this machine.
  static Result<std::unique_ptr<ChaosWorld>> Make(const ChaosOptions& options, ChaosModel& model);
  ~ChaosWorld();

  uint32_t count() const { return options_.servers; }
  const MadeVault& vault() const { return vault_; }
  std::string Url(uint32_t number) const { return "https://" + network_->ServerAddress(number) + ":8443"; }
  std::unique_ptr<Client> MakeClient(uint32_t number, const std::string& api_key, int64_t io_millis = 12'000) const;
  std::string PathOf(const std::string& name) const { return directory_.Path(name); }

  // Starts and unlocks all, one after the other; the first alone, of two that go by one number.
  Status StartAll();
  // The first is stopped, another takes its number, and then the first goes on.
  Status TakeNumberTwice();
  void Kill(uint32_t number);
  // Those that run.
  std::vector<uint32_t> Running() const;
  // What the next tenth of a second brings: servers that come back, and, with `more`, a new fault now and then.
  void Tick(ChaosModel::Random& random, bool more);
  // Everything that is broken is mended; answers when every server answers again, or what the first that does not says.
  Status MendAll();

 private:
  ChaosWorld(const ChaosOptions& options, ChaosModel& model) : options_(options), model_(model) {}
  struct Server {
    enum class State { kUp, kStopped, kCut, kDown, kReviving } state = State::kDown;
    int64_t until_ms = 0;  // when it goes on
    std::unique_ptr<ChildProcess> process;
    std::thread reviver;
    std::atomic<bool> revived{false};
    std::atomic<bool> ended{false};  // while it was to come back: nobody is left to be unlocked
    Status revival;
  };
  Status StartProcess(uint32_t number);
  Status StartAndUnlock(uint32_t number);
  Status AwaitUnlocked(uint32_t number) const;
  void BeginToRevive(uint32_t number);
  void GoOn(uint32_t number);
  void Break(uint32_t number, ChaosModel::Random& random);
  void Say(uint32_t number, const std::string& what) const;  // 0: of the database
  void CrashDatabase();

  const ChaosOptions options_;
  ChaosModel& model_;
  TempDir directory_;
  std::unique_ptr<ChaosNetwork> network_;
  std::unique_ptr<PostgresCluster> cluster_;
  MadeVault vault_;
  std::map<uint32_t, Server> servers_;
  const int64_t made_ms_ = SteadyMillis();
  int64_t next_fault_ms_ = 0;
  int64_t next_crash_ms_ = 0;
};

}  // namespace strongroom
