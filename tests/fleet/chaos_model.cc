#include "chaos_model.h"

#include <chrono>
#include <cstdio>

#include "servers.h"

namespace strongroom {

int64_t SteadyMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<ChaosPerson> ChaosModel::Created(const std::string& code, const std::string& note,
                                                 const std::string& room) {
  const auto person = std::make_shared<ChaosPerson>();
  person->code = code;
  person->note = note;
  person->room = room;
  person->in_vip = room == "vip";
  const std::lock_guard lock(mutex_);
  people_.push_back(person);
  return person;
}

std::shared_ptr<ChaosPerson> ChaosModel::Any(Random& random) const {
  const std::lock_guard lock(mutex_);
  if (people_.empty()) return nullptr;
  // Every second time somebody of the last hundred: what is new is what is in doubt.
  const size_t from = random() % 2 == 0 && people_.size() > 100 ? people_.size() - 100 : 0;
  return people_[from + random() % (people_.size() - from)];
}

std::vector<std::shared_ptr<ChaosPerson>> ChaosModel::Everybody() const {
  const std::lock_guard lock(mutex_);
  return people_;
}

// Asked after the answer: who does not move yet had not moved then.
void ChaosModel::AcknowledgedOf(const ChaosPerson& person, const std::string& action, const ClientResponse& answer) {
  Acknowledged(person.moves ? "" : person.room, action, answer);
}

void ChaosModel::Acknowledged(const std::string& room, const std::string& action, const ClientResponse& answer) {
  const std::string id(answer.Header("x-request-id"));
  if (id.empty()) Found("an answer without a request id");
  const std::lock_guard lock(mutex_);
  done_.push_back({room, id, action});
  ++counts_["done: " + action];
}

std::vector<ChaosDone> ChaosModel::AllDone() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void ChaosModel::UseKey(std::shared_ptr<ChaosKey> key) {
  const std::lock_guard lock(mutex_);
  key_ = std::move(key);
}

std::shared_ptr<ChaosKey> ChaosModel::KeyInUse() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

void ChaosModel::CheckReveal(const ChaosPerson& person, int64_t begun_ms, const Result<ClientResponse>& answer) {
  const int64_t gone = person.gone_ms;
  if (answer.ok()) {
    if (gone != 0 && begun_ms > gone)
      Found(person.code + " was shown by a request that began " + std::to_string(begun_ms - gone) +
            " ms after its erasure was acknowledged");
    if (TextOf(std::string(answer->body), "note") != person.note) Found(person.code + " does not open with its value");
    return;
  }
  if (answer.status().reason() == Reason::kCustomerNotFound && !person.doubtful)
    Found(person.code + " was acknowledged, nobody erased it, and it is not there");
}

void ChaosModel::Found(const std::string& broken_promise) {
  std::printf("FOUND: %s\n", broken_promise.c_str());
  std::fflush(stdout);
  const std::lock_guard lock(mutex_);
  findings_.push_back(broken_promise);
}

std::vector<std::string> ChaosModel::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

void ChaosModel::Count(const std::string& what, uint64_t by) {
  const std::lock_guard lock(mutex_);
  counts_[what] += by;
}

void ChaosModel::CountFailure(const std::string& operation, const Status& status) {
  Count("refused: " + operation + ", " + std::string(InfoOf(status.reason()).wire_code));
}

std::map<std::string, uint64_t> ChaosModel::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace strongroom
