// Those who hold something that was stolen: an API key, a disk.
#include <chrono>
#include <thread>

#include "places.h"
#include "stage.h"

namespace strongroom {
namespace {

std::string Count(uint64_t number, const std::string& what) { return std::to_string(number) + " " + what; }

}  // namespace

void PlayStolenKey(Stage& stage) {
  stage.Title("A STOLEN API KEY of a partner, used from outside the partner's network");
  const std::unique_ptr<Client> thief = stage.server().MakeClient(stage.partner_key());
  const std::string code = stage.people().front().code;
  const ClientHeaders json = {{"Content-Type", "application/json"}};
  stage.Tries("to resolve tokens, to read a customer, to list customers, to read the log");
  const Status answers[] = {
      thief->Call("POST", "/v1/token-domains/partner/resolve", json, R"({"purpose":"customer-service","tokens":["t"]})")
          .status(),
      thief->Call("GET", "/v1/customers/" + code).status(),
      thief->Call("GET", "/v1/customers").status(),
      thief->Call("GET", "/v1/audit/entries").status(),
  };
  for (const Status& answer : answers)
    stage.Claim("answered " + std::string(InfoOf(answer.reason()).wire_code),
                answer.reason() == Reason::kNetworkRefused);
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  // Refusals are written by the refusal log, a moment after they are answered.
  bool recorded = false;
  for (int i = 0; i < 100 && !recorded; ++i) {
    const Result<ClientResponse> log = own->Call("GET", "/v1/audit/entries?log=office&limit=50");
    recorded = log.ok() && log->body.find("network-refused") != Bytes::npos;
    if (!recorded) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  stage.Claim("and the tries stand in the log", recorded);
  stage.Claim("(control: a key without that restriction reads the same customer)",
              own->Call("GET", "/v1/customers/" + code).ok());
  stage.Gets(
      "that the key is known here, and that a server answers. From inside the partner's network it would resolve");
  stage.Gets("the tokens of its own domain to masks, until the key is revoked");
}

void PlayStolenDisk(Stage& stage) {
  stage.Title("A STOLEN DISK: a copy of every file while the server runs");
  const auto look = [&stage](const std::string& what, const std::string& directory) {
    const Result<SearchReport> report = SearchFiles(stage.search(), directory);
    if (!report.ok()) return stage.Fail(report.status());
    stage.Claim("searched " + what + " (" + Count(report->bytes / 1000, "kB in ") +
                    Count(report->places, "files) for ") + Count(stage.search().values(), "values in ") +
                    Count(stage.search().forms(), "forms: found ") + std::to_string(report->ValuesFound().size()),
                report->findings.empty());
  };
  look("the data", stage.vault().config.data_dir + "/stores");
  look("the data and the keys", stage.directory());
  if (const Status stopped = stage.StopServer(); !stopped.ok()) return stage.Fail(stopped);

  const Result<std::unique_ptr<VaultFiles>> files = stage.OpenFiles();
  if (!files.ok()) return stage.Fail(files.status());
  stage.Tries("to open the lock with guessed passphrases");
  bool refused = true;
  const auto start = std::chrono::steady_clock::now();
  for (const char* guess : {"correct horse battery", "Password1234", "strongroom-strongroom"}) {
    refused =
        refused && OpenLock(*(*files)->office().keys, SecretBytes::CopyOf(guess)).reason() == Reason::kUnlockFailed;
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count() / 3;
  stage.Claim("three guesses refused, " + std::to_string(took) +
                  " ms each (this vault has the cheapest cost there is; the default costs more)",
              refused);
  const Result<SecretBytes> root = OpenLock(*(*files)->office().keys, SecretBytes::CopyOf(stage.vault().passphrase));
  stage.Claim("(control: the right passphrase opens it)", root.ok());
  stage.Gets(
      "how many files there are and how large; with time, a weak passphrase. With the passphrase, data and keys: "
      "everything");
}

}  // namespace strongroom
