// A server on loopback, somebody who works with it, and somebody who attacks: each attack goes over the wire, and is
// tried once more with its protection away, when it must succeed.
//
// Where a browser is, the test says as a proxy does (X-Forwarded-For), unless the server trusts no proxy.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access/front_door.h"
#include "access/testing/test_person.h"
#include "access/testing/test_vault.h"
#include "http/api_authenticator.h"
#include "http/api_routes.h"
#include "http/listener.h"
#include "http/router.h"

namespace strongroom::attacks {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
  // "200", "403 denied".
  std::string Outcome() const;
  std::string TextOf(std::string_view member) const;  // of the JSON body
  std::string HeaderOf(std::string_view name) const;  // the first of this name; empty when absent
  std::string CookieOf(std::string_view name) const;  // that it sets
};

// What stands between a request and its caller in a control: says who calls with a protection away.
class Careless : public Authenticator {
 public:
  using Way = std::function<Result<Authenticated>(Authenticator& careful, const RequestHead& head)>;
  explicit Careless(Authenticator& careful) : careful_(careful) {}
  std::optional<Result<Authenticated>> AuthenticateQuickly(const RequestHead& head) override {
    return Authenticate(head);
  }
  Result<Authenticated> Authenticate(const RequestHead& head) override {
    return way ? way(careful_, head) : careful_.Authenticate(head);
  }
  Way way;  // empty: none is away

 private:
  Authenticator& careful_;
};

// A request like `head` with `proof` as its proof, and nothing that says which site's page sent it.
std::unique_ptr<TestRequest> Rewritten(const RequestHead& head, const std::string& proof);

class AttackTest : public ::testing::Test {
 protected:
  explicit AttackTest(const std::vector<IpNetwork>& trusted_proxies = {*IpNetwork::Parse("127.0.0.0/8")});

  // "METHOD /target" on a connection of its own.
  Answer Send(const std::string& from, const std::string& line, const std::string& body = {}, Headers headers = {});
  // The steps of signing in, as the console takes them; the browser keeps what a browser keeps.
  Answer GivePassword(TestBrowser& browser, const std::string& name, const std::string& password, Headers headers = {});
  Answer GiveCode(TestBrowser& browser, const std::string& code);
  void SignIn(TestBrowser& browser, const TestPerson& person);
  // By cookie and proof.
  Answer Ask(TestBrowser& browser, const std::string& line, const std::string& body = {}, Headers headers = {});
  Headers CookiesOf(const TestBrowser& browser) const;
  // Registers signed, so that policy shows customers in clear.
  void KeepRegisters(const TestPerson& person);
  // Of whatever was tried last.
  AuditEntry NewestEntry() { return OfficeEntries(vault_).back(); }

  TestVault vault_;
  TestBrowser victims_{vault_};  // the browser of Ada, at 192.0.2.7
  TestPerson ada_;
  Router router_;
  ApiAuthenticator authenticator_{vault_, vault_.clock()};
  Careless door_{authenticator_};
  std::unique_ptr<Listener> listener_;  // last: goes first
};

}  // namespace strongroom::attacks
