// Somebody who has the right password of somebody else: alone, and with one code that was phished.
#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "browser.h"

namespace strongroom {
namespace {

constexpr const char* kThief = "203.0.113.66";
constexpr const char* kHerDesk = "192.0.2.7";
constexpr int kMostGuesses = 40;
constexpr size_t kMostShown = 60;

// How many entries of the office's log hold `text`, among the newest.
size_t Logged(Stage& stage, const std::string& text) {
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  size_t count = 0;
  for (int i = 0; i < 100 && count == 0; ++i) {  // refusals are written a moment after they are answered
    const Result<ClientResponse> log = own->Call("GET", "/v1/audit/entries?log=office&limit=500");
    if (!log.ok()) return 0;
    for (size_t at = log->body.find(text); at != Bytes::npos; at = log->body.find(text, at + 1)) ++count;
    if (count == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return count;
}

void PasswordAlone(Stage& stage, const Employee& lisa, const Employee& mary) {
  stage.Tries("to sign in as somebody who may come from the office alone, with her right password");
  Browser outside(stage, kThief);
  const std::string refused = CodeOf(outside.GivePassword(mary.name, mary.password));
  const std::string wrong = CodeOf(outside.GivePassword(mary.name, "a wrong password"));
  stage.Claim("answered as a wrong one is (" + refused + ", " + wrong + "); the log says which it was, as an alarm",
              refused == wrong && refused == "sign-in-refused" && Logged(stage, "right password, network") > 0);

  Browser thief(stage, kThief);
  stage.Tries("to sign in with it, from a network of the thief's own");
  const Result<ClientResponse> asked = thief.GivePassword(lisa.name, lisa.password);
  stage.Claim("answered with a question for a second factor, no cookie: " + MemberOf(asked, "next"),
              MemberOf(asked, "next") == "factor" && !thief.signed_in());
  stage.Tries("to guess the code of her app");
  int looked_at = 0;
  std::set<std::string> answers;
  for (int i = 0; i < kMostGuesses; ++i) {
    const std::string answer = CodeOf(thief.GiveCode("000000"));
    answers.insert(answer);
    if (answer == "sign-in-expired" && CodeOf(thief.GivePassword(lisa.name, lisa.password)) != "200") break;
  }
  looked_at = static_cast<int>(Logged(stage, "wrong factor totp"));
  stage.Claim(std::to_string(looked_at) + " of " + std::to_string(kMostGuesses) +
                  " codes were looked at, of a million; then each has to wait",
              looked_at > 0 && looked_at <= 10 && !answers.contains("200"));
  stage.Claim("each of these stands in the log, as an alarm: a right password and a wrong factor",
              Logged(stage, R"("action":"alarm")") > 0);
}

// The page of the thief asked for password and code, and passes both on at once.
void PhishedOnce(Stage& stage, const Employee& lisa, Browser& hers) {
  stage.Tries("to have her type one code of her app into a page of the thief's, and to use it at once");
  Browser thief(stage, "198.51.100.66");
  const std::string code = lisa.Code(stage.clock());
  if (CodeOf(thief.GivePassword(lisa.name, lisa.password)) != "200")
    return stage.Claim("the scene can be played", false);
  const std::string with_code = CodeOf(thief.GiveCode(code));
  stage.Gets(thief.signed_in() ? "a session in her name, on the thief's own machine: an app's code can be phished"
                               : "nothing: " + with_code);
  stage.Claim("that it was a new device stands in the log",
              Logged(stage, "signed in: password, factor totp, new device") > 0);
  size_t shown = 0;
  for (size_t i = 0; i < std::min(stage.people().size(), kMostShown); ++i) {
    const std::string target = "/v1/customers/" + stage.people()[i].code + "/reveal";
    shown += thief.Ask("POST", target, R"({"purpose":"customer-service","fields":["email"]})").ok() ? 1 : 0;
  }
  stage.Gets("one field of " + std::to_string(shown) + " of the " + std::to_string(stage.people().size()) +
             " customers, until her budget ends it; each look in the log");
  stage.Claim(
      "listing and exporting answered denied",
      CodeOf(thief.Ask("GET", "/v1/customers")) == "denied" &&
          CodeOf(thief.Ask("POST", "/v1/customers:export",
                           R"({"fields":["email"],"recipient":"me","purpose":"customer-service"})")) == "denied");
  stage.Tries("to use the same code once more");
  Browser again(stage, "198.51.100.67");
  again.GivePassword(lisa.name, lisa.password).status().IgnoreError();
  stage.Claim("answered factor-refused", CodeOf(again.GiveCode(code)) == "factor-refused");
  stage.Tries("to carry the session's cookie to another machine");
  Browser carried = thief.WithoutKey();
  stage.Claim("answered session-unproved, with an alarm",
              CodeOf(carried.Ask("GET", "/v1/session")) == "session-unproved");
  const auto own = stage.server().MakeClient(stage.vault().first_key);
  stage.Claim("(control: her own browser still works)", CodeOf(hers.Ask("GET", "/v1/session")) == "200");
  stage.Claim("a colleague suspends her: the thief's next request is answered session-ended",
              CodeOf(own->Call("POST", "/v1/staff/" + lisa.id + "/suspend")) == "200" &&
                  CodeOf(thief.Ask("GET", "/v1/session")) == "session-ended");
}

void PhishedWithQuestion(Stage& stage, const Employee& karin) {
  stage.Tries("the same with somebody who has set a security question");
  Browser thief(stage, "198.51.100.68");
  thief.GivePassword(karin.name, karin.password).status().IgnoreError();
  const Result<ClientResponse> asked = thief.GiveCode(karin.Code(stage.clock()));
  stage.Claim("password and code are right, and the new device is asked it: " + MemberOf(asked, "next"),
              MemberOf(asked, "next") == "question" && !thief.signed_in());
}

}  // namespace

void PlayStolenPassword(Stage& stage) {
  stage.Title("A STOLEN PASSWORD of somebody of support, the right one");
  Browser hers(stage, kHerDesk);
  Browser marys(stage, kHerDesk);
  Browser karins(stage, kHerDesk);
  const Result<Employee> lisa = Employ(stage, hers, "lisa");
  const Result<Employee> mary = Employ(stage, marys, "mary", {.network = "192.0.2.0/24"});
  const Result<Employee> karin = Employ(stage, karins, "karin", {.question = "First bicycle?"});
  for (const auto* one : {&lisa, &mary, &karin}) {
    if (!one->ok()) return stage.Fail(one->status());
  }
  PasswordAlone(stage, *lisa, *mary);
  // She works on, from the browser she is known by: what strangers guessed is not counted against her.
  hers.GivePassword(lisa->name, lisa->password).status().IgnoreError();
  const std::string own_code = lisa->Code(stage.clock());
  const std::string answered = CodeOf(hers.GiveCode(own_code));
  stage.Claim("(control: she signs in meanwhile, with password and app: " + answered + ")", hers.signed_in());
  stage.WaitForNextCode();
  PhishedOnce(stage, *lisa, hers);
  PhishedWithQuestion(stage, *karin);
  stage.Gets(
      "of the password alone: that it is right, which factors she has. With one phished code: what support may see");
  stage.Gets("within her budget, until somebody notices. A passkey cannot be phished: it signs for our address alone");
}

}  // namespace strongroom
