// Signing in of customers, as their application asks for it; and what is tried against it.  Each attack is tried once
// more with the protection taken away, and then succeeds.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "access/customer_door.h"
#include "base/encoding.h"
#include "factors/breach_filter_builder.h"
#include "factors/recovery_codes.h"
#include "factors/testing/test_authenticator.h"
#include "factors/totp.h"
#include "http/testing/api_fixture.h"
#include "outbox/notice.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "purple kettle on the roof";
constexpr char kOrigin[] = "https://shop.example.com";

std::string Quoted(std::string_view text) {
  Bytes out;
  AppendJsonString(out, text);
  return out;
}

class CustomerSignInTest : public ApiTest {
 protected:
  CustomerSignInTest() {
    code_ = vault_.CreateCustomer({{"full_name", "Ada Lovelace"}, {"email", "ada@analytical.example"}}, "ext-1");
    id_ = *vault_->house().codes().DecodeCustomer(code_);
    EXPECT_EQ(Outcome("everything", "PUT /v1/access-settings",
                      R"({"customer_origins":["https://shop.example.com"],"etag":)" +
                          Quoted(Call("everything", "GET /v1/access-settings").TextOf("etag")) + "}"),
              "200");
    EXPECT_EQ(SetPassword(kPassword), "200");
  }

  static std::string At(const std::string& address) { return R"("client_address":")" + address + "\""; }
  std::string Path(const std::string& what = "") const { return "/v1/customers/" + code_ + "/sign-in" + what; }
  std::string SetPassword(const std::string& password, const std::string& address = "192.0.2.7") {
    return Outcome("application", "POST " + Path("/password"),
                   R"({"field":"portal_password","collection_point":"web-signup","password":)" + Quoted(password) +
                       "," + At(address) + "}");
  }
  ApiAnswer Begin(const std::string& password, const std::string& address = "192.0.2.7", const std::string& more = "",
                  const std::string& role = "application") {
    return Call(role, "POST " + Path(),
                R"({"field":"portal_password","password":)" + Quoted(password) + "," + At(address) + more + "}");
  }
  ApiAnswer Factor(const std::string& transaction, const std::string& kind, const std::string& shown,
                   const std::string& address = "192.0.2.7", const std::string& role = "application") {
    return Call(role, "POST /v1/customer-sign-ins:factor",
                R"({"transaction":")" + transaction + R"(","kind":")" + kind + "\"," + shown + "," + At(address) + "}");
  }
  ApiAnswer Code(const std::string& transaction, const std::string& code, const std::string& address = "192.0.2.7") {
    return Factor(transaction, "totp", R"("code":")" + code + "\"", address);
  }
  std::string Now() { return TotpCodeAt(secret_, TotpStepAt(vault_.clock().NowMillis())); }
  void NextStep() { vault_.clock().AdvanceMillis(kTotpStepMillis); }

  void AddTotp() {
    const ApiAnswer begun =
        Call("application", "POST " + Path("/totp-begin"), R"({"name":"ada","service":"The Shop"})");
    ASSERT_EQ(begun.status, 200) << begun.body;
    const JsonDocument document = *JsonDocument::ParseObject(begun.body);
    secret_ = *ParseTotpSecretText(*document.root().Find("totp")->GetString("secret"));
    EXPECT_THAT(std::string(*document.root().Find("totp")->GetString("uri")), HasSubstr("issuer=The%20Shop"));
    EXPECT_EQ(Confirm(begun.TextOf("transaction"), R"("code":")" + Now() + "\""), "200");
    NextStep();
  }
  std::string Confirm(const std::string& transaction, const std::string& shown) {
    return Outcome("application", "POST /v1/customer-sign-ins:confirm",
                   R"({"transaction":")" + transaction + "\"," + shown + "}");
  }
  std::vector<std::string> MakeRecoveryCodes() {
    const ApiAnswer answer = Call("application", "POST " + Path("/recovery-codes"), "{}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const JsonDocument document = *JsonDocument::ParseObject(answer.body);
    std::vector<std::string> codes;
    const JsonValue made = *document.root().GetArray("codes");
    for (const JsonValue code : made) codes.emplace_back(*code.AsString());
    return codes;
  }
  static Bytes ChallengeOf(const JsonValue& options) { return *Base64UrlDecode(*options.GetString("challenge")); }
  void AddPasskey() {
    const ApiAnswer begun =
        Call("application", "POST " + Path("/passkey-begin"), R"({"name":"ada","origin":"https://shop.example.com"})");
    ASSERT_EQ(begun.status, 200) << begun.body;
    const JsonDocument document = *JsonDocument::ParseObject(begun.body);
    const RegistrationResponse made = device_.Register(ChallengeOf(*document.root().Find("options")));
    EXPECT_EQ(
        Confirm(begun.TextOf("transaction"), R"("label":"phone","credential":)" + TestAuthenticator::ToJson(made)),
        "200");
  }
  Bytes Challenge(const std::string& transaction) {
    const ApiAnswer options = Call("application", "POST /v1/customer-sign-ins:passkey-options",
                                   R"({"transaction":")" + transaction + R"(","origin":"https://shop.example.com"})");
    EXPECT_EQ(options.status, 200) << options.body;
    return *Base64UrlDecode(options.TextOf("challenge"));
  }

  // --- what is stored, and what it is like without a protection ---
  Room& room() { return *vault_->house().RoomOf(id_); }
  std::vector<Bytes> Items(char kind) { return *room().sealed->ListItems(id_, kind, 100); }
  CustomerAccount Account() {
    const CustomerKeyPtr key = *room().customer_keys->Get(id_);
    return *CustomerAccount::Decode((*room().sealed->GetItem(id_, *key, kSignInItemKind, {}))->content.view());
  }
  void Store(const CustomerAccount& account) {
    const CustomerKeyPtr key = *room().customer_keys->Get(id_);
    SealedBatch batch;
    ASSERT_TRUE(room().sealed->PutItem(batch, id_, *key, kSignInItemKind, {}, account.Encode()).ok());
    Commit(std::move(batch));
  }
  void ForgetGuesses() {
    SealedBatch batch;
    for (const Bytes& item : Items(kGuessItemKind)) room().sealed->DeleteItem(batch, id_, kGuessItemKind, item);
    Commit(std::move(batch));
  }
  void Commit(SealedBatch batch) {
    AuditEntry entry;
    entry.actor_kind = PrincipalKind::kSystem;
    entry.action = Action::kStoreCheck;
    entry.decision = Decision::kPlain;
    ASSERT_TRUE(room().journal->Submit(std::move(batch), std::move(entry)).Wait().ok());
  }
  uint64_t Turns() { return vault_->front_door().slow_work().turns(); }

  std::string code_;
  CustomerId id_ = 0;
  SecretBytes secret_;
  TestAuthenticator device_{"shop.example.com", kOrigin};
};

std::string ResultOf(const ApiAnswer& answer) {
  return answer.status == 200 ? answer.TextOf("result") : std::to_string(answer.status) + " " + answer.code();
}

// --- what it is for --------------------------------------------------------------------------------------------------

TEST_F(CustomerSignInTest, APasswordAloneIsAVerdictAndTheDeviceIsKnownTheNextTime) {
  const ApiAnswer first = Begin(kPassword);
  EXPECT_EQ(ResultOf(first), "done");
  EXPECT_THAT(first.body, HasSubstr(R"("methods":["password"],"amr":["pwd"])"));
  EXPECT_THAT(first.body, HasSubstr(R"("new_device":true,"new_network":true)"));
  const ApiAnswer second = Begin(kPassword, "192.0.2.9", R"(,"device":")" + first.TextOf("device") + "\"");
  EXPECT_THAT(second.body, HasSubstr(R"("new_device":false,"new_network":false)"));
  EXPECT_EQ(second.TextOf("device"), first.TextOf("device"));
  EXPECT_EQ(second.TextOf("customer"), code_);
  EXPECT_EQ(ResultOf(Begin("purple kettle on the floor")), "refused");
}

TEST_F(CustomerSignInTest, AnAuthenticatorAPasskeyAndARecoveryCodeEachFinishASignIn) {
  AddTotp();
  AddPasskey();
  const std::vector<std::string> codes = MakeRecoveryCodes();
  ASSERT_EQ(codes.size(), kRecoveryCodeCount);
  const ApiAnswer begun = Begin(kPassword);
  EXPECT_EQ(ResultOf(begun), "factor");
  EXPECT_THAT(begun.body, HasSubstr(R"("factors":["passkey","totp","recovery"])"));
  const ApiAnswer by_app = Code(begun.TextOf("transaction"), Now());
  EXPECT_EQ(ResultOf(by_app), "done") << by_app.body;
  EXPECT_THAT(by_app.body, HasSubstr(R"("amr":["pwd","otp","mfa"])"));

  const std::string again = Begin(kPassword).TextOf("transaction");
  const std::string assertion = TestAuthenticator::ToJson(device_.Assert(Challenge(again)));
  EXPECT_EQ(ResultOf(Factor(again, "passkey", R"("credential":)" + assertion)), "done");

  const std::string third = Begin(kPassword).TextOf("transaction");
  EXPECT_EQ(ResultOf(Factor(third, "recovery", R"("code":")" + codes[0] + "\"")), "done");
  const ApiAnswer state = Call("application", "GET " + Path());
  EXPECT_THAT(state.body, HasSubstr(R"("password":true,"totp":true,"phone":false,"recovery_codes_left":9)"));
  EXPECT_THAT(state.body, HasSubstr(R"("label":"phone")"));

  EXPECT_EQ(Outcome("application", "POST " + Path("/remove"), R"({"kind":"totp"})"), "200");
  EXPECT_EQ(Outcome("application", "POST " + Path("/remove"), R"({"kind":"totp"})"), "400 factor-invalid");
  const std::string id = Base64UrlEncode(device_.credential_id);
  EXPECT_EQ(Outcome("application", "POST " + Path("/remove"), R"({"kind":"passkey","id":")" + id + "\"}"), "200");
  EXPECT_EQ(ResultOf(Begin(kPassword)), "done") << "recovery codes alone are no second factor";
}

TEST_F(CustomerSignInTest, ACodeByTextMessageGoesThroughTheOutboxFiveTimesAnHour) {
  vault_.sms_url = "https://127.0.0.1:9/sms";
  vault_.Restart();
  const auto texted = [&] {
    std::string code;
    UnixMillis newest = 0;
    const auto rows = vault_->house().office().sealed->ListDocuments(Table::kOutbox, {}, 100);
    for (const ListedDocument& row : *rows) {
      const OutboxItem item = *OutboxItem::Decode(row.content);
      if (item.kind != "customer-code" || item.created_at < newest) continue;
      newest = item.created_at;
      for (const auto& [name, value] : item.parameters) {
        if (name == "code") code = value;
      }
    }
    return code;
  };
  const ApiAnswer begun =
      Call("application", "POST " + Path("/phone-begin"), R"({"phone":"+46701234567","service":"The Shop"})");
  ASSERT_EQ(begun.status, 200) << begun.body;
  EXPECT_EQ(Confirm(begun.TextOf("transaction"), R"("code":"0")"), "401 factor-refused");
  EXPECT_EQ(Confirm(begun.TextOf("transaction"), R"("code":")" + texted() + "\""), "200");

  const std::string transaction = Begin(kPassword).TextOf("transaction");
  const std::string body = R"({"transaction":")" + transaction + R"(","service":"The Shop","language":"sv"})";
  vault_.clock().AdvanceMillis(1000);
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:send-code", body), "200");
  EXPECT_EQ(ResultOf(Factor(transaction, "sms", R"("code":")" + texted() + "\"")), "done");

  const std::string other = Begin(kPassword).TextOf("transaction");
  const std::string more = R"({"transaction":")" + other + R"(","service":"The Shop"})";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:send-code", more), "200");
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:send-code", more), "429 rate-limited");
  vault_.clock().AdvanceMillis(3'600'000);
  const std::string later = Begin(kPassword).TextOf("transaction");
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:send-code",
                    R"({"transaction":")" + later + R"(","service":"The Shop"})"),
            "200");
}

TEST_F(CustomerSignInTest, AForgottenPasswordIsSetAnewWithAFactorAndEndsWhatWasBegun) {
  AddTotp();
  const std::string elsewhere = Begin(kPassword).TextOf("transaction");
  const std::string recovery = Call("application", "POST " + Path("/recover"), "{}").TextOf("transaction");
  const std::string reset = R"({"transaction":")" + recovery +
                            R"(","field":"portal_password","collection_point":"web-signup",)" + At("192.0.2.7") +
                            R"(,"password":)";
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:password", reset + R"("a brand new sentence"})"),
            "401 factor-refused")
      << "the transaction alone is not enough";
  EXPECT_EQ(ResultOf(Code(recovery, "000000")), "refused");
  EXPECT_EQ(ResultOf(Code(recovery, Now())), "reset");
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:password", reset + R"("password1"})"),
            "400 password-refused");
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:password", reset + R"("a brand new sentence"})"), "200");
  NextStep();
  EXPECT_EQ(ResultOf(Code(elsewhere, Now())), "401 sign-in-expired") << "begun with the old password";
  EXPECT_EQ(ResultOf(Begin(kPassword)), "refused");
  EXPECT_EQ(ResultOf(Begin("a brand new sentence")), "factor");
  EXPECT_EQ(Outcome("application", "POST /v1/customer-sign-ins:password", reset + R"("yet another sentence"})"),
            "401 sign-in-expired")
      << "once";
}

TEST_F(CustomerSignInTest, PasswordsAreHeldToTheRulesAndToTheCustomersOwnNames) {
  EXPECT_EQ(SetPassword("short one"), "400 password-refused");
  EXPECT_EQ(SetPassword("passwordpassword"), "400 password-refused");
  EXPECT_EQ(SetPassword("AdaLovelace1815"), "400 password-refused") << "of her own names";
  EXPECT_EQ(SetPassword("ada@Analytical-ada"), "400 password-refused");
  EXPECT_EQ(SetPassword("the moon is a balloon"), "200") << "the control";
  EXPECT_EQ(ResultOf(Begin("the moon is a balloon")), "done");
  // What such an answer tells of her names is counted.
  for (int i = 0; i < 9; ++i) EXPECT_EQ(SetPassword("LovelaceLovelace"), "400 password-refused");
  EXPECT_EQ(SetPassword("AdaAdaAdaAdaAda"), "429 rate-limited");
  EXPECT_EQ(SetPassword("the sun is a balloon"), "200") << "what tells nothing is not held up";
  AddTotp();
  EXPECT_EQ(SetPassword("quartz fjord"), "400 value-invalid") << "8 beside a factor, but the field itself asks for 15";
  EXPECT_EQ(Outcome("everything", "PUT /v1/catalogue/fields/portal_password",
                    R"({"name":"portal_password","type":"password","sensitivity":"credential","purposes":["delivery"],)"
                    R"("legal_basis":"contract","password_min_length":8})"),
            "200");
  EXPECT_EQ(SetPassword("quartz fjord"), "200");
  EXPECT_EQ(Outcome("application", "POST " + Path("/remove"), R"({"kind":"totp"})"), "200");
  EXPECT_EQ(SetPassword("quartz fjord"), "400 password-refused") << "without a factor 15 are asked for";
}

// Of the list that was imported, whoever they are for; without it both are taken.
TEST_F(CustomerSignInTest, PasswordsKnownFromBreachesAreRefused) {
  const std::string list = ::testing::TempDir() + "breached-" + std::to_string(getpid());
  const Sha1Digest hash = Sha1({kPassword});
  std::ofstream(list) << HexEncode({reinterpret_cast<const char*>(hash.data()), hash.size()}) << ":42\n";
  ASSERT_TRUE(BuildBreachFilter(list, list + ".srb", {}).ok());
  const auto filter = std::make_shared<const BreachFilter>(*BreachFilter::Open(list + ".srb"));
  StaffMember colleague;
  const CredentialSetup& people = vault_->front_door().setup();
  EXPECT_EQ(SetPassword(kPassword), "200") << "the control";
  EXPECT_TRUE(people.SetPassword(colleague, kPassword).ok()) << "the control";
  vault_.breaches = filter;
  vault_.Restart();
  EXPECT_EQ(SetPassword(kPassword), "400 password-refused");
  EXPECT_EQ(vault_->front_door().setup().SetPassword(colleague, kPassword).reason(), Reason::kPasswordRefused);
  EXPECT_EQ(SetPassword("another sentence that nobody knows"), "200");
  std::remove(list.c_str());
  std::remove((list + ".srb").c_str());
}

// --- attacks ---------------------------------------------------------------------------------------------------------

TEST_F(CustomerSignInTest, ACodeThatWasUsedIsRefused) {
  AddTotp();
  const std::string code = Now();
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), code)), "done");
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), code)), "refused") << "replayed";
  CustomerAccount forgetful = Account();  // the control: without the step of the last code it is right again
  forgetful.person.totp_last_step = kNoTotpStep;
  Store(forgetful);
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), code)), "done");
}

TEST_F(CustomerSignInTest, AnAssertionThatWasUsedIsRefused) {
  AddPasskey();
  const std::string first = Begin(kPassword).TextOf("transaction");
  const Bytes challenge = Challenge(first);
  const AssertionResponse assertion = device_.Assert(challenge);
  const std::string shown = R"("credential":)" + TestAuthenticator::ToJson(assertion);
  EXPECT_EQ(ResultOf(Factor(first, "passkey", shown)), "done");
  const std::string second = Begin(kPassword).TextOf("transaction");
  EXPECT_EQ(ResultOf(Factor(second, "passkey", shown)), "refused") << "no challenge was asked for";
  Challenge(second);
  EXPECT_EQ(ResultOf(Factor(second, "passkey", shown)), "refused") << "another challenge";
  // The control: it is the spent challenge that refuses it, the signature is as right as ever.
  RelyingParty party;
  party.id = "shop.example.com";
  party.origins = {kOrigin};
  const Passkey stored = Account().person.passkeys[0];
  const Bytes handle = assertion.user_handle;
  EXPECT_TRUE(
      VerifyAssertion(party, challenge, {stored.credential_id, stored.public_key, 0, true, handle}, assertion).ok());
  const AssertionResponse fresh = device_.Assert(Challenge(second));
  EXPECT_EQ(ResultOf(Factor(second, "passkey", R"("credential":)" + TestAuthenticator::ToJson(fresh))), "done");
}

TEST_F(CustomerSignInTest, PasskeysOfOriginsThatNobodyListedAreNotTaken) {
  for (const char* origin : {"https://sh0p.example.com", "https://shop.example.com.evil.example",
                             "http://shop.example.com", "https://shop.example.com/"}) {
    EXPECT_EQ(Outcome("application", "POST " + Path("/passkey-begin"),
                      R"({"name":"ada","origin":")" + std::string(origin) + "\"}"),
              "400 invalid-argument")
        << origin;
  }
  AddPasskey();
  device_.origin = "https://sh0p.example.com";  // a page that looks the same, with the challenge of the real one
  const std::string transaction = Begin(kPassword).TextOf("transaction");
  const std::string phished = TestAuthenticator::ToJson(device_.Assert(Challenge(transaction)));
  EXPECT_EQ(ResultOf(Factor(transaction, "passkey", R"("credential":)" + phished)), "refused");
  device_.origin = kOrigin;
  const std::string honest = TestAuthenticator::ToJson(device_.Assert(Challenge(transaction)));
  EXPECT_EQ(ResultOf(Factor(transaction, "passkey", R"("credential":)" + honest)), "done") << "the control";
}

TEST_F(CustomerSignInTest, ARecoveryCodeIsGoneOnceItWasUsed) {
  AddTotp();
  const std::string shown = R"("code":")" + MakeRecoveryCodes()[3] + "\"";
  const CustomerAccount before = Account();
  EXPECT_EQ(ResultOf(Factor(Begin(kPassword).TextOf("transaction"), "recovery", shown)), "done");
  EXPECT_EQ(ResultOf(Factor(Begin(kPassword).TextOf("transaction"), "recovery", shown)), "refused");
  Store(before);  // the control: with the set as it was
  EXPECT_EQ(ResultOf(Factor(Begin(kPassword).TextOf("transaction"), "recovery", shown)), "done");
}

TEST_F(CustomerSignInTest, ATransactionOfAnotherApplicationIsNone) {
  AddTotp();
  const std::string transaction = Begin(kPassword).TextOf("transaction");
  const std::string shown = R"("code":")" + Now() + "\"";
  EXPECT_EQ(ResultOf(Factor(transaction, "totp", shown, "192.0.2.7", "everything")), "401 sign-in-expired");
  EXPECT_EQ(ResultOf(Factor(transaction, "totp", shown)), "done") << "the control: its own, and it was not ended";
  EXPECT_EQ(ResultOf(Factor(transaction, "totp", shown)), "401 sign-in-expired") << "once";
  const std::string late = Begin(kPassword).TextOf("transaction");
  vault_.clock().AdvanceMillis(CustomerSignIn::kLifeMillis);
  EXPECT_EQ(ResultOf(Code(late, Now())), "401 sign-in-expired");
}

TEST_F(CustomerSignInTest, GuessingCodesIsStoppedAndBeginningAnewIsNoWayAround) {
  AddTotp();
  const std::string before = Begin(kPassword).TextOf("transaction");
  EXPECT_EQ(ResultOf(Code(before, Now())), "done") << "its network is known";
  NextStep();
  int looked_at = 0;
  std::string transaction;
  for (int i = 0; i < 30; ++i) {
    if (i % 4 == 0) transaction = Begin(kPassword, "203.0.113.5").TextOf("transaction");
    looked_at += ResultOf(Code(transaction, "000000", "203.0.113.5")) == "refused";
  }
  std::printf("%d of 30 guesses were looked at\n", looked_at);
  EXPECT_EQ(looked_at, 11) << "ten in a row, and one that begins the waiting";
  transaction = Begin(kPassword, "203.0.113.5").TextOf("transaction");
  EXPECT_EQ(ResultOf(Code(transaction, Now(), "203.0.113.5")), "429 rate-limited") << "even the right one";
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), Now())), "done") << "the customer, from home";
  NextStep();
  ForgetGuesses();  // the control: without the count the guesser goes on
  transaction = Begin(kPassword, "203.0.113.5").TextOf("transaction");
  EXPECT_EQ(ResultOf(Code(transaction, "000000", "203.0.113.5")), "refused");
  EXPECT_EQ(ResultOf(Code(transaction, Now(), "203.0.113.5")), "done");
}

TEST_F(CustomerSignInTest, AfterAHundredWrongCodesNoCodeIsLookedAt) {
  AddTotp();
  const std::vector<std::string> codes = MakeRecoveryCodes();
  CustomerAccount account = Account();
  account.wrong_codes = CustomerAccount::kMostWrongCodes;
  Store(account);
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), Now())), "refused");
  EXPECT_THAT(Call("application", "GET " + Path()).body, HasSubstr(R"("codes_closed":true)"));
  EXPECT_EQ(ResultOf(Factor(Begin(kPassword).TextOf("transaction"), "recovery", R"("code":")" + codes[0] + "\"")),
            "done");
  EXPECT_EQ(ResultOf(Code(Begin(kPassword).TextOf("transaction"), Now())), "done") << "the control: open again";
}

TEST_F(CustomerSignInTest, AListOfStolenPasswordsFromOneNetworkIsStoppedAcrossCustomers) {
  const ApiAnswer known = Begin(kPassword);
  std::vector<std::string> others;
  for (int i = 0; i < 4; ++i) others.push_back(vault_.CreateCustomer({{"full_name", "Somebody"}}));
  int refused = 0;
  int stopped = 0;
  for (int i = 0; i < 40; ++i) {
    const ApiAnswer answer =
        Call("application", "POST /v1/customers/" + others[i % 4] + "/sign-in",
             R"({"field":"portal_password","password":"123456",)" + At("192.0.2." + std::to_string(i + 1)) + "}");
    refused += ResultOf(answer) == "refused";
    stopped += ResultOf(answer) == "429 rate-limited";
  }
  std::printf("%d looked at, %d stopped\n", refused, stopped);
  EXPECT_LE(refused, 31);
  EXPECT_GT(stopped, 0);
  EXPECT_EQ(ResultOf(Begin(kPassword, "192.0.2.7")), "429 rate-limited") << "a right one from there, by a stranger";
  EXPECT_EQ(ResultOf(Begin(kPassword, "192.0.2.7", R"(,"device":")" + known.TextOf("device") + "\"")), "done")
      << "the customer's own device is not held up by others in the network";
  EXPECT_EQ(ResultOf(Begin(kPassword, "198.51.100.7")), "done") << "the control: another network";
}

TEST_F(CustomerSignInTest, StrangersFromManyNetworksLockNobodyOut) {
  EXPECT_EQ(ResultOf(Begin(kPassword)), "done");
  int looked_at = 0;
  for (int i = 0; i < 60; ++i) {
    looked_at += ResultOf(Begin("wrong wrong wrong wrong", "10." + std::to_string(i) + ".0.1")) == "refused";
  }
  std::printf("%d of 60 looked at\n", looked_at);
  EXPECT_EQ(looked_at, 51);
  EXPECT_EQ(ResultOf(Begin(kPassword, "10.200.0.1")), "429 rate-limited") << "from where she never was";
  EXPECT_EQ(ResultOf(Begin(kPassword)), "done") << "from where she was";
  ForgetGuesses();
  EXPECT_EQ(ResultOf(Begin(kPassword, "10.200.0.1")), "done") << "the control";
}

TEST_F(CustomerSignInTest, ACodeOfNobodyIsAnsweredAndCostsAsAWrongPassword) {
  AddTotp();
  std::string nobody = vault_.CreateCustomer({{"full_name", "Gone Soon"}});
  ASSERT_EQ(Outcome("everything", "DELETE /v1/customers/" + nobody), "200");
  const std::string body = R"({"field":"portal_password","password":"not the right one",)" + At("192.0.2.7") + "}";
  const auto ask = [&](const std::string& code) {
    const uint64_t before = Turns();
    const ApiAnswer answer = Call("application", "POST /v1/customers/" + code + "/sign-in", body);
    return std::to_string(answer.status) + answer.body + " turns " + std::to_string(Turns() - before);
  };
  EXPECT_EQ(ask(nobody), R"(200{"result":"refused"} turns 1)");
  EXPECT_EQ(ask(code_), ask(nobody));
  EXPECT_EQ(ask("ext:nobody-has-this"), ask(code_));
  const uint64_t before = Turns();  // the controls: a right password is told apart, and skipped work would be seen
  EXPECT_THAT(Begin(kPassword).body, HasSubstr("transaction"));
  EXPECT_EQ(Turns(), before + 1);
  Call("application", "GET " + Path());
  EXPECT_EQ(Turns(), before + 1);

  const auto recover = [&](const std::string& code) {
    const std::string transaction =
        Call("application", "POST /v1/customers/" + code + "/sign-in/recover", "{}").TextOf("transaction");
    const uint64_t begin = Turns();
    std::string all = std::to_string(transaction.size());
    for (const char* kind : {"recovery", "totp", "sms"}) {
      const ApiAnswer answer = Factor(transaction, kind, R"("code":"a0b1c-2d3e4-f5g69")");
      all += " " + std::to_string(answer.status) + answer.body;
    }
    all += " " + Outcome("application", "POST /v1/customer-sign-ins:send-code",
                         R"({"transaction":")" + transaction + R"(","service":"Shop"})");
    const ApiAnswer options = Call("application", "POST /v1/customer-sign-ins:passkey-options",
                                   R"({"transaction":")" + transaction + R"(","origin":"https://shop.example.com"})");
    all += std::to_string(options.body.size());
    return all + " turns " + std::to_string(Turns() - begin);
  };
  AddPasskey();
  const std::string of_nobody = recover(nobody);
  EXPECT_EQ(recover(code_), of_nobody);
  EXPECT_THAT(of_nobody, HasSubstr("turns 1"));
  MakeRecoveryCodes();
  EXPECT_EQ(recover(code_), of_nobody) << "with codes and without";
}

TEST_F(CustomerSignInTest, ErasingTheCustomerLeavesNothingOfIt) {
  AddTotp();
  AddPasskey();
  Begin("wrong wrong wrong wrong");
  Code(Begin(kPassword).TextOf("transaction"), "000000");
  EXPECT_EQ(Items(kSignInItemKind).size(), 1u);
  EXPECT_EQ(Items(kGuessItemKind).size(), 2u);
  EXPECT_EQ(Outcome("everything", "DELETE /v1/customers/" + code_), "200");
  EXPECT_TRUE(room().sealed->ListItems(id_, 0, 10)->empty()) << "no item of any kind";
  EXPECT_EQ(room().customer_keys->Get(id_).reason(), Reason::kCustomerNotFound);
  EXPECT_EQ(ResultOf(Begin(kPassword)), "refused");
  EXPECT_EQ(Outcome("application", "GET " + Path()), "404 customer-not-found");
}

TEST_F(CustomerSignInTest, TheLogSaysWhatHappenedAndNoSecret) {
  AddTotp();
  const std::string device = Code(Begin(kPassword).TextOf("transaction"), Now()).TextOf("device");
  vault_.SequenceAll();
  const std::string log = Call("everything", "GET /v1/audit/entries?log=main&limit=50").body;
  EXPECT_THAT(log, HasSubstr("signed in: password, factor totp"));
  EXPECT_THAT(log, HasSubstr("customer_sign_in.verify"));
  EXPECT_THAT(log, HasSubstr("confirmed: totp"));
  for (const std::string& secret :
       {std::string(kPassword), device, std::string("Lovelace"), std::string("192.0.2.7")}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
  const std::string stored = *vault_.main().AllStoredBytes();
  EXPECT_EQ(stored.find(std::string(ExposeSecret(secret_))), std::string::npos);
}

}  // namespace
}  // namespace strongroom
