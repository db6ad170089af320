// Somebody who signs in, and the browser they do it with, for tests: a person who was invited, vetted and enrolled by
// the services that do so, with a password and an authenticator app; a browser that keeps cookies and proves its
// requests as the console does.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/sign_in.h"
#include "access/testing/test_vault.h"
#include "crypto/ecdh.h"
#include "factors/session_proof.h"

namespace strongroom {

class TestBrowser;

struct TestPerson {
  PrincipalId id = 0;
  std::string name;
  std::string password;
  SecretBytes totp_secret;
  std::vector<std::string> recovery_codes;

  // What the app shows now.  Each works once: the clock has to go on in between.
  std::string Code(TestVault& vault) const;
};

// What an app shows that was given this text to set itself up with.
std::string CodeOfNewApp(TestVault& vault, std::string_view secret_text);
// Afterwards an app shows another code.
void WaitForTheNextCode(TestVault& vault);

struct TestPersonOptions {
  std::string role = "support";
  std::vector<std::string> purposes = {"*"};
  std::vector<IpNetwork> networks = {};
  std::string email = {};
  std::string phone = {};
  std::string question = {};  // with the answer "blue-green bicycle"
  bool recovery_codes = false;
};

// Enrols from `browser`, which so is known to the account.
TestPerson MakePerson(TestVault& vault, TestBrowser& browser, const std::string& name,
                      const TestPersonOptions& options = {});

// Copied, it is the same browser at another time.
class TestBrowser {
 public:
  explicit TestBrowser(TestVault& vault, std::string_view address = "192.0.2.7");

  SignInFrom From() const;
  Bytes ProofPublic();  // a new key pair, as for each sign-in

  // The steps; the last one keeps what the browser keeps.
  Result<SignInStep> GivePassword(std::string_view name, std::string_view password);
  Result<SignInStep> GiveCode(std::string_view code, FactorKind kind = FactorKind::kTotp);
  Result<SignInStep> GiveAnswer(std::string_view answer);
  Result<SignInStep> Take(Result<SignInStep> step);
  // What the answer to the last step gives to derive the proof key with.
  void Agree(ByteView server_public, std::string_view session);
  // All of them.
  Status SignIn(const TestPerson& person);

  // As a request of this browser is let in.
  Result<Caller> Ask(std::string_view method = "GET", std::string_view target = "/v1/session");
  SessionRequest Request(std::string_view method, std::string_view target);
  std::string Proof(std::string_view method, std::string_view target);

  TestVault& vault;
  IpAddress address;
  std::string user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  std::string host = "localhost:8443";
  std::optional<Digest> certificate;  // that its connections show
  std::string cookie;
  std::string device_mark;
  std::string session_id;
  std::string transaction;
  std::shared_ptr<const SessionProofKey> proof_key;

 private:
  std::shared_ptr<const EcdhP256> pair_;
  std::string proof_;
};

// What was recorded so far in the office's log, oldest first.
std::vector<AuditEntry> OfficeEntries(TestVault& vault);

}  // namespace strongroom
