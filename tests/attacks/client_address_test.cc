// Mary may come from the office alone.  Somebody with her password sits elsewhere, and claims to be in the office.
#include "http/client_address.h"
#include "tests/attacks/attack_fixture.h"

namespace strongroom::attacks {
namespace {

const char* const kClaims[] = {"X-Forwarded-For", "X-Real-IP",      "Forwarded",
                               "X-Client-IP",     "True-Client-IP", "CF-Connecting-IP"};

// Loopback is where these requests come from; the office is 192.0.2.0/24.
class ForgedAddress : public AttackTest {
 protected:
  explicit ForgedAddress(const std::vector<IpNetwork>& proxies = {}) : AttackTest(proxies) {
    TestBrowser office(vault_, "192.0.2.7");
    mary_ = MakePerson(vault_, office, "mary", {.networks = {*IpNetwork::Parse("192.0.2.0/24")}});
  }
  std::string SignInClaiming(const char* header, const std::string& claim) {
    TestBrowser thief(vault_, "192.0.2.7");
    thief.address = IpAddress{};  // says nothing by itself
    const std::string point = Base64UrlEncode(thief.ProofPublic());
    return Send("", "POST /v1/sign-in",
                R"({"name":"mary","password":")" + mary_.password + R"(","proof_public":")" + point + R"("})",
                {{header, claim}})
        .Outcome();
  }
  TestPerson mary_;
};

TEST_F(ForgedAddress, NoHeaderOfAStrangerIsBelieved) {
  for (const char* header : kClaims) {
    const std::string value = header == std::string("Forwarded") ? "for=192.0.2.7" : "192.0.2.7";
    EXPECT_EQ(SignInClaiming(header, value), "401 sign-in-refused") << header;
    EXPECT_EQ(NewestEntry().action, Action::kAlarm) << "a right password from outside";
    EXPECT_EQ(NewestEntry().address, IpAddress::Loopback()) << "the log says where it came from";
    vault_.clock().AdvanceMillis(24 * 3'600'000LL);  // none of these waits for the ones before
  }
}

class TrustedProxy : public ForgedAddress {
 protected:
  TrustedProxy() : ForgedAddress({*IpNetwork::Parse("127.0.0.0/8")}) {}
};

TEST_F(TrustedProxy, IsBelievedOfTheHopBeforeItAlone) {
  EXPECT_EQ(SignInClaiming("X-Forwarded-For", "192.0.2.7, 198.51.100.66"), "401 sign-in-refused")
      << "what the client wrote itself stands to the left";
  EXPECT_EQ(SignInClaiming("X-Real-IP", "192.0.2.7"), "401 sign-in-refused");
  EXPECT_EQ(SignInClaiming("X-Forwarded-For", "198.51.100.66, 192.0.2.7"), "200") << "the control: it says office";
}

}  // namespace
}  // namespace strongroom::attacks
