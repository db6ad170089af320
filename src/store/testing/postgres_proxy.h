// Stands between clients and a cluster of PostgreSQL, and can become a bad network: it loses a request, or the answer
// to one, and closes the connection it happens to; or it carries nothing at all for a while.
//
// A request here is what a client sends in one go, a whole pipeline as a rule.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/testing/temp_dir.h"

namespace strongroom {

class PostgresProxy {
 public:
  enum class Mode { kPass, kLoseAnswers, kLoseRequests };

  explicit PostgresProxy(std::string socket_path);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  bool listening() const { return listening_; }
  // Where its socket lies: for PostgresCluster::ConninfoAt.
  const std::string& dir() const { return dir_.path(); }

  // The next request, on whatever connection, meets this; or the one after `passing` more.  Called again: one failure
  // after another, each counted from the one before.
  void FailNext(Mode mode, int passing = 0);
  // The same, and from then on it is as under Refuse().
  void FailNextAndRefuse(Mode mode, int passing);
  // Each request is lost with this chance, half of them before PostgreSQL sees it and half after.  0: none.
  void FailByChance(uint64_t seed, double chance);
  // Closes what is open, and whatever comes.
  void Refuse(bool refuse) { refusing_ = refuse; }
  bool refusing() const { return refusing_; }
  // What was planned and not met is forgotten.
  void ClearPlan();
  // While it holds, new connections wait to be taken.
  void HoldNewConnections(bool hold) { holding_ = hold; }
  // While it is silent, nothing is carried either way and nothing is closed: as between two parts of a network.
  void BeSilent(bool silent) { silent_ = silent; }

  int failures() const { return failures_; }
  // How often a client has sent something after it had been answered: round trips.
  int trips() const { return trips_; }

 private:
  struct Planned {
    Mode mode = Mode::kPass;
    int passing = 0;
    bool then_refuse = false;
  };
  void Accept();
  void Carry(int client);
  void CarryBoth(int client, int server);
  Mode OfThisRequest();

  const std::string to_;
  TempDir dir_;
  int listener_ = -1;
  bool listening_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> holding_ = false;
  std::atomic<bool> silent_ = false;
  std::atomic<bool> refusing_ = false;
  std::atomic<int> failures_ = 0;
  std::atomic<int> trips_ = 0;
  std::mutex mutex_;  // guards the plan
  std::deque<Planned> planned_;
  std::mt19937_64 random_;
  double chance_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // the acceptor's
};

}  // namespace strongroom
