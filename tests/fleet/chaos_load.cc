#include "chaos_load.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <string>

#include "servers.h"

namespace strongroom {
namespace {

constexpr uint64_t kWriters = 6;
constexpr uint64_t kKeyUsers = 2;
constexpr const char* kRevealBody = R"({"purpose":"customer-service","fields":["note"]})";

void SleepMillis(int64_t millis) { std::this_thread::sleep_for(std::chrono::milliseconds(millis)); }

// One asker's connections, one to each server.
class Asker {
 public:
  Asker(const ChaosWorld& world, std::string key) : world_(world), key_(std::move(key)) {}
  Result<ClientResponse> Call(uint32_t server, const std::string& method, const std::string& path,
                              const std::string& body = "", const std::string& idempotency = "") {
    std::unique_ptr<Client>& client = clients_[server];
    if (client == nullptr) client = world_.MakeClient(server, key_);
    ClientHeaders headers;
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    if (!idempotency.empty()) headers.push_back({"Idempotency-Key", idempotency});
    Result<ClientResponse> answer = client->Call(method, path, headers, body);
    if (!answer.ok() && answer.status().reason() == Reason::kServerUnreachable) client.reset();
    return answer;
  }
  uint32_t Any(ChaosModel::Random& random) const { return static_cast<uint32_t>(1 + random() % world_.count()); }

 private:
  const ChaosWorld& world_;
  const std::string key_;
  std::map<uint32_t, std::unique_ptr<Client>> clients_;
};

Result<ClientResponse> Reveal(Asker& asker, uint32_t server, const std::string& code) {
  return asker.Call(server, "POST", "/v1/customers/" + code + "/reveal", kRevealBody);
}

std::string Dashed(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

void Create(Asker& asker, ChaosModel& model, ChaosModel::Random& random, const std::string& note) {
  const std::string room = random() % 4 == 0 ? "vip" : "main";
  const std::string body =
      R"({"compartment":")" + room + R"(","collection_point":"counter","values":{"note":")" + note + R"("}})";
  const bool again = random() % 2 == 0;  // under a key, and asked elsewhere when the answer does not come
  for (int tries = 0; tries < (again ? 4 : 1); ++tries) {
    const Result<ClientResponse> answer =
        asker.Call(asker.Any(random), "POST", "/v1/customers", body, again ? "create-" + Dashed(note) : "");
    if (!answer.ok()) {
      model.CountFailure("create", answer.status());
      SleepMillis(100);
      continue;
    }
    if (tries > 0) model.Count("creates that were asked again and answered");
    model.Created(TextOf(std::string(answer->body), "code"), note, room);
    // What was done before and is answered again has no entry under this request.
    if (!again) model.Acknowledged(room, "customer.create", *answer);
    if (again) model.Count("done: customer.create under a key");
    return;
  }
}

void Show(Asker& asker, ChaosModel& model, ChaosModel::Random& random, const ChaosPerson& person) {
  const int64_t begun = SteadyMillis();
  const Result<ClientResponse> answer = Reveal(asker, asker.Any(random), person.code);
  model.CheckReveal(person, begun, answer);
  if (answer.ok()) model.AcknowledgedOf(person, "customer.reveal", *answer);
  if (!answer.ok()) model.CountFailure(person.doubtful ? "reveal of one being erased" : "reveal", answer.status());
}

void Erase(Asker& asker, ChaosModel& model, ChaosModel::Random& random, ChaosPerson& person) {
  person.doubtful = true;
  const Result<ClientResponse> answer = asker.Call(asker.Any(random), "DELETE", "/v1/customers/" + person.code);
  if (!answer.ok()) {
    model.CountFailure("erase", answer.status());
    return;
  }
  int64_t none = 0;
  person.gone_ms.compare_exchange_strong(none, SteadyMillis());
  model.AcknowledgedOf(person, "customer.erase", *answer);
}

// A token for one use is made and spent at two servers at once, and once more.
void SpendToken(Asker& asker, Asker& other, ChaosModel& model, ChaosModel::Random& random, const ChaosPerson& person) {
  const Result<ClientResponse> made =
      asker.Call(asker.Any(random), "POST", "/v1/token-domains/chaos/tokens",
                 R"({"items":[{"code":")" + person.code + R"(","field":"note","format":"random","one_time":true}]})");
  if (!made.ok()) {
    model.CountFailure("token", made.status());
    return;
  }
  const std::string token = TextOf(std::string(made->body), "token");
  if (token.empty()) return;  // the item's problem: the customer is being erased
  model.AcknowledgedOf(person, "token.create", *made);
  const std::string body = R"({"purpose":"customer-service","tokens":[")" + token + R"("]})";
  int shown = 0;
  const auto take = [&](const Result<ClientResponse>& answer) {
    if (!answer.ok()) {
      model.CountFailure("resolve", answer.status());
    } else if (TextOf(std::string(answer->body), "value") == person.note) {
      ++shown;
      model.AcknowledgedOf(person, "token.resolve", *answer);
    }
  };
  const uint32_t one = asker.Any(random);
  const uint32_t two = asker.Any(random);
  const std::string path = "/v1/token-domains/chaos/resolve";
  std::future<Result<ClientResponse>> beside =
      std::async(std::launch::async, [&] { return other.Call(two, "POST", path, body); });
  take(asker.Call(one, "POST", path, body));
  take(beside.get());
  take(asker.Call(asker.Any(random), "POST", path, body));
  if (shown > 1) model.Found("a token for one use was resolved " + std::to_string(shown) + " times");
  model.Count(shown == 1 ? "tokens spent once, asked three times" : "tokens whose spending was not answered");
}

}  // namespace

Status ChaosLoad::Describe() {
  Asker asker(world_, world_.vault().first_key);
  const auto put = [&](const std::string& path, const std::string& body) {
    return asker.Call(1, "PUT", path, body).status();
  };
  RETURN_IF_ERROR(put(
      "/v1/catalogue/fields/note",
      R"({"name":"note","type":"text","sensitivity":"personal","purposes":["customer-service"],"legal_basis":"contract","search":"exact"})"));
  RETURN_IF_ERROR(
      put("/v1/catalogue/collection-points/counter", R"({"name":"counter","description":"a test","fields":["note"]})"));
  RETURN_IF_ERROR(put("/v1/token-domains/chaos", R"({"name":"chaos"})"));
  SleepMillis(1'500);
  ChaosModel::Random random(seed_);
  for (int i = 0; i < 20; ++i) Create(asker, model_, random, "first " + std::to_string(i));
  return model_.Everybody().empty() ? Status(Reason::kInternal, "nobody can be created") : Status::Ok();
}

void ChaosLoad::Writer(uint64_t number) {
  ChaosModel::Random random(seed_ * 1'000 + number);
  Asker asker(world_, world_.vault().first_key);
  Asker other(world_, world_.vault().first_key);
  for (uint64_t i = 0; !stop_; ++i) {
    const uint64_t die = random() % 100;
    const std::shared_ptr<ChaosPerson> person = model_.Any(random);
    if (die < 25) {
      Create(asker, model_, random,
             "writer " + std::to_string(number) + " wrote " + std::to_string(i) + " of " + std::to_string(seed_));
    } else if (die < 82) {
      Show(asker, model_, random, *person);
    } else if (die < 92) {
      Erase(asker, model_, random, *person);
      // Who was told asks at once, everywhere.
      for (uint32_t server = 1; server <= world_.count() && person->gone_ms != 0; ++server)
        Show(asker, model_, random, *person);
    } else {
      SpendToken(asker, other, model_, random, *person);
    }
    SleepMillis(static_cast<int64_t>(random() % 20));
  }
}

void ChaosLoad::KeyUser(uint64_t number) {
  ChaosModel::Random random(seed_ * 1'000 + 500 + number);
  std::shared_ptr<ChaosKey> key;
  std::unique_ptr<Asker> asker;
  while (!stop_) {
    if (const std::shared_ptr<ChaosKey> now = model_.KeyInUse(); now != key) {
      key = now;
      asker = std::make_unique<Asker>(world_, key->text);
    }
    const std::shared_ptr<ChaosPerson> person = model_.Any(random);
    if (key == nullptr || person == nullptr) {
      SleepMillis(20);
      continue;
    }
    const int64_t begun = SteadyMillis();
    const Result<ClientResponse> answer = Reveal(*asker, asker->Any(random), person->code);
    const int64_t revoked = key->revoked_ms;
    model_.CheckReveal(*person, begun, answer);
    if (answer.ok()) {
      model_.AcknowledgedOf(*person, "customer.reveal", *answer);
      model_.Count(revoked == 0 ? "answers to a key that holds" : "answers to a key within a second of its end");
      if (revoked != 0 && begun > revoked + 1'000)
        model_.Found("a revoked key was taken by a request that began " + std::to_string(begun - revoked) +
                     " ms after the revocation was acknowledged");
    } else if (revoked != 0 && answer.status().reason() == Reason::kCredentialInvalid) {
      model_.Count("refusals of a revoked key");
    }
    SleepMillis(10);
  }
}

void ChaosLoad::KeyMaker() {
  ChaosModel::Random random(seed_ * 1'000 + 900);
  Asker asker(world_, world_.vault().first_key);
  while (!stop_) {
    const Result<ClientResponse> made = asker.Call(
        asker.Any(random), "POST", "/v1/api-keys",
        R"({"name":"short-lived","kind":"application","roles":["application"],"purposes":["customer-service"]})");
    if (!made.ok()) {
      model_.CountFailure("key", made.status());
      SleepMillis(200);
      continue;
    }
    model_.Acknowledged("office", "credential.create", *made);
    const auto key = std::make_shared<ChaosKey>();
    key->id = TextOf(std::string(made->body), "id");
    key->text = TextOf(std::string(made->body), "key");
    model_.UseKey(key);
    SleepMillis(1'500 + static_cast<int64_t>(random() % 2'000));
    while (!stop_) {
      const Result<ClientResponse> ended = asker.Call(asker.Any(random), "DELETE", "/v1/api-keys/" + key->id);
      if (ended.ok()) {
        key->revoked_ms = SteadyMillis();
        model_.Acknowledged("office", "credential.revoke", *ended);
        break;
      }
      model_.CountFailure("revoke", ended.status());
      SleepMillis(100);
    }
    if (!stop_) SleepMillis(4'000);  // it is tried on
  }
}

// Keys of all epochs are turned, by whoever is on duty.
void ChaosLoad::Turner() {
  const auto sleep = [this](int64_t millis) {
    for (const int64_t until = SteadyMillis() + millis; !stop_ && SteadyMillis() < until;) SleepMillis(50);
  };
  sleep(2'000);
  for (uint32_t server = 0; !stop_; server = (server + 1) % world_.count()) {
    // Several seconds a room, and more when everything fails.
    const Result<ClientResponse> turned =
        world_.MakeClient(server + 1, world_.vault().first_key, 60'000)->Call("POST", "/v1/epochs:rotate");
    if (turned.ok()) model_.Count("keys turned");
    if (!turned.ok()) model_.CountFailure("epochs:rotate", turned.status());
    sleep(turned.ok() || turned.status().reason() == Reason::kRotationUnderWay ? 10'000 : 300);
  }
}

// Somebody goes to the other compartment, at whichever server is on duty.
void ChaosLoad::Mover() {
  ChaosModel::Random random(seed_ * 1'000 + 950);
  uint32_t server = 1;
  while (!stop_) {
    const std::shared_ptr<ChaosPerson> person = model_.Any(random);
    if (person->doubtful || person->unanswered) {
      SleepMillis(5);
      continue;
    }
    person->moves = true;
    const bool to_vip = !person->in_vip;
    for (uint32_t tries = 0; tries < world_.count() && !stop_; ++tries) {
      const Result<ClientResponse> moved =
          world_.MakeClient(server, world_.vault().first_key, 30'000)
              ->Call("POST", "/v1/customers/" + person->code + "/move", {{"Content-Type", "application/json"}},
                     to_vip ? R"({"compartment":"vip"})" : R"({"compartment":"main"})");
      if (moved.ok()) {
        person->in_vip = to_vip;
        model_.Count("done: customer.move");
        break;
      }
      model_.CountFailure("move", moved.status());
      // Not on duty: nothing was done.  Otherwise they may have gone all the same, or go later.
      if (moved.reason() != Reason::kStorageConflict) person->unanswered = true;
      if (person->unanswered) break;
      server = server % world_.count() + 1;
    }
    if (person->unanswered) server = server % world_.count() + 1;
    SleepMillis(static_cast<int64_t>(random() % 500));
  }
}

void ChaosLoad::Start() {
  for (uint64_t i = 0; i < kWriters; ++i) threads_.emplace_back([this, i] { Writer(i); });
  for (uint64_t i = 0; i < kKeyUsers; ++i) threads_.emplace_back([this, i] { KeyUser(i); });
  threads_.emplace_back([this] { KeyMaker(); });
  threads_.emplace_back([this] { Turner(); });
  threads_.emplace_back([this] { Mover(); });
}

void ChaosLoad::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace strongroom
