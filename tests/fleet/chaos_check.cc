#include "chaos_check.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "child_process.h"
#include "servers.h"

namespace strongroom {
namespace {

constexpr const char* kRooms[] = {"office", "main", "vip"};
constexpr const char* kCustomers = "\"customers\":[\"";
constexpr int kThreads = 4;
constexpr size_t kMostCheckpointsVerified = 12;

Result<std::string> BodyOf(Result<ClientResponse> answer) {
  if (!answer.ok()) return answer.status();
  return std::string(answer->body);
}

}  // namespace

Result<std::string> ChaosCheck::Ask(const std::string& method, const std::string& path, const std::string& body) const {
  ClientHeaders headers;
  if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
  return BodyOf(
      world_.MakeClient(world_.Running().back(), world_.vault().first_key, 120'000)->Call(method, path, headers, body));
}

void ChaosCheck::KeepCheckpoints() {
  for (const std::string room : kRooms) {
    for (const uint32_t server : world_.Running()) {
      const Result<std::string> checkpoint = BodyOf(world_.MakeClient(server, world_.vault().first_key, 1'000)
                                                        ->Call("GET", "/v1/audit/logs/" + room + "/checkpoint"));
      if (!checkpoint.ok()) continue;
      const std::string file = world_.PathOf("checkpoint-" + room + "-" + std::to_string(checkpoints_[room].size()));
      std::ofstream(file, std::ios::binary) << *checkpoint;
      checkpoints_[room].push_back(file);
      break;
    }
  }
}

void ChaosCheck::Everything() {
  People();
  Fsck();                                                // ends what erasures nobody was told of have left
  std::this_thread::sleep_for(std::chrono::seconds(3));  // everything is sequenced
  Logs();
  Entries();
}

void ChaosCheck::People() {
  const std::vector<std::shared_ptr<ChaosPerson>> people = model_.Everybody();
  std::atomic<size_t> next{0};
  const auto work = [&](uint32_t number) {
    const ClientHeaders json = {{"Content-Type", "application/json"}};
    std::vector<std::unique_ptr<Client>> clients;
    for (const uint32_t server : world_.Running())
      clients.push_back(world_.MakeClient(server, world_.vault().first_key, 60'000));
    const auto reveal = [&](size_t server, const ChaosPerson& person) {
      const int64_t begun = SteadyMillis();
      const Result<ClientResponse> answer =
          clients[server]->Call("POST", "/v1/customers/" + person.code + "/reveal", json,
                                R"({"purpose":"customer-service","fields":["note"]})");
      model_.CheckReveal(person, begun, answer);
      return answer.status();
    };
    for (size_t at = next++; at < people.size(); at = next++) {
      const ChaosPerson& person = *people[at];
      const size_t server = (at + number) % clients.size();
      if (person.gone_ms != 0) {
        for (size_t any = 0; any < clients.size(); ++any) {
          if (const Status shown = reveal(any, person); shown.reason() != Reason::kCustomerNotFound)
            model_.Found(person.code + " was erased; asked for it a server says: " + shown.ToString());
        }
        model_.Count("end: gone everywhere");
        continue;
      }
      Status shown = reveal(server, person);
      // What a move left is taken up within seconds.
      for (int tries = 0; tries < 200 && person.moves && shown.reason() == Reason::kRecordBusy; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        shown = reveal(server, person);
      }
      if (!shown.ok() && !person.doubtful) model_.Found(person.code + " does not open: " + shown.ToString());
      if (!shown.ok()) continue;
      model_.Count("end: opens with its value");
      if (person.moves) {
        CheckPlace(*clients[server], person);
        continue;
      }
      const Result<std::string> found = BodyOf(clients[server]->Call(
          "POST", "/v1/customers:search", json,
          R"({"compartment":")" + person.room + R"(","field":"note","value":")" + person.note + R"("})"));
      if (!found.ok()) {
        model_.Found("searching for " + person.code + ": " + found.status().ToString());
        continue;
      }
      size_t codes = 0;
      for (size_t from = 0; (from = found->find("\"code\":\"", from)) != std::string::npos; ++from) ++codes;
      if (codes != 1 || found->find(person.code) == std::string::npos)
        model_.Found(std::to_string(codes) + " customers are found by the value of " + person.code);
      model_.Count("end: found by its value");
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t number = 0; number < kThreads; ++number) threads.emplace_back(work, number);
  for (std::thread& thread : threads) thread.join();
}

// One who was moved, perhaps: found where they live and nowhere else.
void ChaosCheck::CheckPlace(Client& client, const ChaosPerson& person) {
  const Result<std::string> seen = BodyOf(client.Call("GET", "/v1/customers/" + person.code));
  if (!seen.ok()) {
    if (!person.doubtful) model_.Found(person.code + ", who was moved, cannot be read: " + seen.status().ToString());
    return;
  }
  const std::string lives = TextOf(*seen, "compartment");
  if (!person.unanswered && lives != (person.in_vip ? "vip" : "main"))
    model_.Found(person.code + " lives in " + lives + ", and was moved elsewhere");
  for (const std::string room : {"main", "vip"}) {
    const Result<std::string> found =
        BodyOf(client.Call("POST", "/v1/customers:search", {{"Content-Type", "application/json"}},
                           R"({"compartment":")" + room + R"(","field":"note","value":")" + person.note + R"("})"));
    if (!found.ok()) {
      model_.Found("searching for " + person.code + ": " + found.status().ToString());
    } else if ((found->find(person.code) != std::string::npos) != (room == lives)) {
      model_.Found(person.code + " lives in " + lives + ", and is found in " + room + " wrongly, or not");
    }
  }
  model_.Count("end: who was to move is in one place");
}

void ChaosCheck::VerifyLog(const std::string& room, const std::string& directory, const std::string& exported) {
  const size_t at = exported.find("strongroom/" + room + "-");
  if (at == std::string::npos) {
    model_.Found("no key of the log " + room + ": " + exported);
    return;
  }
  const std::string key = exported.substr(at, exported.find_first_of("' \n", at) - at);
  std::vector<std::string> since = {""};
  const std::vector<std::string>& kept = checkpoints_[room];
  const size_t step = std::max<size_t>(1, kept.size() / kMostCheckpointsVerified);
  for (size_t i = 0; i < kept.size(); i += step) since.push_back(kept[i]);
  for (const std::string& file : since) {
    std::vector<std::string> arguments = {FLEET_SERVER, "audit", "verify", directory, "--key", key};
    if (!file.empty()) arguments.insert(arguments.end(), {"--since", file});
    const Result<ProgramOutput> verified = RunProgram(arguments);
    if (!verified.ok() || verified->exit_code != 0) {
      model_.Found("the log " + room + " does not verify" + (file.empty() ? "" : " since a checkpoint kept") + ": " +
                   (verified.ok() ? verified->out + verified->err : verified.status().ToString()));
      return;
    }
    model_.Count(file.empty() ? "end: logs verified offline" : "end: checkpoints that the logs continue");
  }
}

void ChaosCheck::Logs() {
  const std::string logs = world_.PathOf("logs");
  const std::string key_file = world_.PathOf("key");
  std::ofstream(key_file) << world_.vault().first_key << "\n";
  std::filesystem::permissions(key_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Result<ProgramOutput> exported =
      RunProgram({FLEET_SERVER, "audit", "export", logs, "--server", world_.Url(world_.Running().back()), "--pin",
                  world_.vault().config.CertificateFile(), "--key-file", key_file});
  if (!exported.ok() || exported->exit_code != 0) {
    model_.Found("the logs cannot be exported: " +
                 (exported.ok() ? exported->out + exported->err : exported.status().ToString()));
    return;
  }
  for (const std::string room : kRooms) VerifyLog(room, logs + "/" + room, exported->out);
}

std::map<std::string, std::map<std::string, int>> ChaosCheck::EntriesOf(const std::string& room) {
  std::map<std::string, std::map<std::string, int>> entries;
  std::string before;
  long long expected = -1;
  while (true) {
    const Result<std::string> page =
        Ask("GET", "/v1/audit/entries?log=" + room + "&limit=1000" + (before.empty() ? "" : "&before=" + before));
    if (!page.ok()) {
      model_.Found("the log " + room + " cannot be read: " + page.status().ToString());
      return entries;
    }
    for (size_t at = 0; (at = page->find("\"index\":", at)) != std::string::npos; ++at) {
      const size_t end = std::min(page->find("\"index\":", at + 1), page->size());
      const std::string entry = page->substr(at, end - at);
      if (!entry.starts_with("\"index\":null")) {
        const long long index = std::atoll(entry.c_str() + 8);
        if (expected >= 0 && index != expected)
          model_.Found("the log " + room + " has entry " + std::to_string(index) + " where " +
                       std::to_string(expected) + " was expected");
        expected = index - 1;
      }
      model_.Count("end: entries read");
      const std::string id = TextOf(entry, "request_id");
      if (TextOf(entry, "action") == "customer.erase" && TextOf(entry, "outcome") == "ok") {
        const size_t customer = entry.find(kCustomers);
        const std::string detail = TextOf(entry, "detail");
        if (customer != std::string::npos)
          ++erasures_[entry.substr(customer + std::strlen(kCustomers), 32)][detail.substr(0, detail.find(';'))];
      }
      if (!id.empty())
        ++entries[id][TextOf(entry, "action") + " " + TextOf(entry, "outcome") + " " + TextOf(entry, "detail")];
    }
    const size_t next = page->rfind("\"next_before\":");
    if (next == std::string::npos || page->compare(next + 14, 4, "null") == 0) return entries;
    before = std::to_string(std::atoll(page->c_str() + next + 14));
  }
}

void ChaosCheck::Entries() {
  std::map<std::string, std::map<std::string, std::map<std::string, int>>> all;
  for (const std::string room : kRooms) all[room] = EntriesOf(room);
  for (const ChaosDone& done : model_.AllDone()) {
    int count = 0;
    for (const std::string name : kRooms) {
      const bool here = done.room.empty() ? name != kRooms[0] : name == done.room;
      const auto found = all[name].find(done.request_id);
      if (!here || found == all[name].end()) continue;
      for (const auto& [what, times] : found->second) {
        if (!what.starts_with(done.action + " ok")) continue;
        count += times;
        if (times > 1) model_.Found("'" + what + "' stands twice under the request " + done.request_id);
      }
    }
    // An erasure has an entry for each of its steps, and whoever is on duty may have taken the last one: CheckErasures.
    if (done.action == "customer.erase") continue;
    if (count != 1)
      model_.Found("an acknowledged " + done.action + " (request " + done.request_id + ") stands " +
                   std::to_string(count) + " times in the log " + done.room);
  }
  CheckErasures();
  model_.Count("end: acknowledged operations looked up in the log", model_.AllDone().size());
}

// Each erasure began once and ended once; one that nobody was told of may still wait for whoever is on duty.
void ChaosCheck::CheckErasures() {
  size_t acknowledged = 0;
  size_t ended = 0;
  for (const std::shared_ptr<ChaosPerson>& person : model_.Everybody()) acknowledged += person->gone_ms != 0 ? 1 : 0;
  for (auto& [customer, steps] : erasures_) {
    if (steps["intent"] != 1 || steps["done"] > 1)
      model_.Found("the erasure of " + customer + " began " + std::to_string(steps["intent"]) + " times and ended " +
                   std::to_string(steps["done"]) + " times in the log");
    ended += steps["done"] == 1 ? 1 : 0;
  }
  if (ended < acknowledged)
    model_.Found(std::to_string(acknowledged) + " erasures were acknowledged, and " + std::to_string(ended) +
                 " ended in the log");
  model_.Count("end: erasures that began and ended once in the log", ended);
  if (ended < erasures_.size())
    model_.Count("end: erasures not acknowledged and not ended yet", erasures_.size() - ended);
}

void ChaosCheck::Fsck() {
  Result<std::string> found = Ask("POST", "/v1/fsck");
  if (!found.ok()) {
    model_.Found("fsck: " + found.status().ToString());
  } else if (found->find("\"findings\":[]") == std::string::npos) {
    model_.Found("fsck finds: " + found->substr(0, 2'000));
  } else {
    model_.Count("end: fsck found nothing");
  }
  const Result<std::string> epochs = Ask("GET", "/v1/epochs");
  size_t count = 0;
  for (size_t at = 0; epochs.ok() && (at = epochs->find("\"state\":", at)) != std::string::npos; ++at) ++count;
  if (count > std::size(kRooms)) model_.Count("end: epochs of keys beyond the first ones", count - std::size(kRooms));
}

}  // namespace strongroom
