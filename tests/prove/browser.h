// A browser of somebody who works with the vault: signs in as the console does, keeps cookies, proves its requests.
#pragma once

#include <memory>
#include <string>

#include "client/client.h"
#include "crypto/ecdh.h"
#include "factors/session_proof.h"
#include "stage.h"

namespace strongroom {

// "200", or the code of the problem.
std::string CodeOf(const Result<ClientResponse>& answer);
// A member of text at the top of a JSON answer; empty when there is none.
std::string MemberOf(const Result<ClientResponse>& answer, std::string_view name);

class Browser {
 public:
  // `address`: where it stands, as a proxy would say (the stage's server trusts loopback to be one).
  Browser(Stage& stage, std::string address);

  // Cookies and, once signed in, the proof.
  Result<ClientResponse> Ask(const std::string& method, const std::string& target, const Bytes& body = {});
  Result<ClientResponse> GivePassword(const std::string& name, const std::string& password);
  Result<ClientResponse> GiveCode(const std::string& code);
  bool signed_in() const { return proof_ != nullptr; }
  // Somebody else's machine with a copy of this one's cookies.
  Browser WithoutKey() const;

 private:
  void Keep(const ClientResponse& answer);

  Stage& stage_;
  std::string address_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<EcdhP256> pair_;
  std::unique_ptr<SessionProofKey> proof_;
  std::string session_cookie_, device_cookie_, transaction_;
};

// Invited, vetted by somebody else, enrolled from `browser` with a password and an app.
struct Employee {
  std::string id;
  std::string name;
  std::string password;
  SecretBytes app;
  // What the app shows, `steps` of half a minute from now: each works once.
  std::string Code(const Clock& clock, int steps = 0) const;
};
struct EmployeeOptions {
  std::string role = "support";
  std::string network = {};   // may come from there alone; empty: from anywhere
  std::string question = {};  // asked on a new device, with an answer the thief does not know
};
Result<Employee> Employ(Stage& stage, Browser& browser, const std::string& name, const EmployeeOptions& options = {});

}  // namespace strongroom
