// Every operation of the OpenAPI document, asked by every role, with each condition off in turn; README.md says how the
// expected answers came to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/json.h"
#include "http/api_docs.h"
#include "tests/matrix/matrix_fixture.h"

namespace strongroom::matrix {
namespace {

using ::testing::IsEmpty;

std::vector<Example> Examples() {
  const Result<std::vector<Example>> examples = ReadExamples(ReadFile("requests.txt"));
  EXPECT_TRUE(examples.ok()) << examples.status().ToString();
  return examples.ok() ? *examples : std::vector<Example>();
}

std::set<std::string> Documented() {
  const Result<JsonDocument> document =
      JsonDocument::Parse(FindEmbeddedPage("reference/openapi.json"), {.max_depth = 64});
  EXPECT_TRUE(document.ok());
  std::set<std::string> operations;
  for (const JsonValue path : *document->root().Find("paths")) {
    for (const JsonValue operation : path) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(c & ~0x20);
      operations.insert(method + " " + std::string(path.key()));
    }
  }
  return operations;
}

// What a caller gets: "+", then what differs from it when a condition is off, "+ overdue=denied
// no-purpose=purpose-refused".
std::string AnswersTo(Stage& stage, const Example& example, const std::string& caller,
                      std::vector<std::string>* unrecorded = nullptr) {
  std::string all;
  std::string line;
  for (const Condition condition : kColumns) {
    if (condition == Condition::kApproved && all != "approval-needed") continue;
    const bool of_people = condition != Condition::kAll && condition != Condition::kNoPurpose &&
                           condition != Condition::kNoCase && condition != Condition::kApproved;
    if (of_people && !stage.IsPerson(caller)) continue;
    bool left_no_entry = false;
    const std::string outcome = stage.Ask(example, caller, condition, &left_no_entry);
    if (condition == Condition::kAll) line = all = outcome;
    if (outcome != all) line += " " + std::string(NameOf(condition)) + "=" + outcome;
    if (unrecorded != nullptr && left_no_entry) unrecorded->push_back(example.name + " as " + caller);
  }
  return line;
}

// The lines of expected.txt for one example, callers with the same answers on one: "NAME | support, auditor | denied".
std::vector<std::string> LinesOf(Stage& stage, const Example& example, std::vector<std::string>* unrecorded = nullptr) {
  if (stage.IsPublic(example)) return {example.name + " | everybody | public"};
  std::vector<std::pair<std::string, std::string>> groups;  // answers, callers
  for (const std::string& caller : Stage::Callers()) {
    const std::string answers = AnswersTo(stage, example, caller, unrecorded);
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.first == answers; });
    if (same == groups.end()) {
      groups.emplace_back(answers, caller);
    } else {
      same->second += ", " + caller;
    }
  }
  std::vector<std::string> lines;
  for (const auto& [answers, callers] : groups) lines.push_back(example.name + " | " + callers + " | " + answers);
  return lines;
}

TEST(Matrix, EveryOperationHasAnExample) {
  std::set<std::string> examples;
  for (const Example& example : Examples()) examples.insert(example.operation);
  EXPECT_EQ(examples, Documented()) << "add an example to tests/matrix/requests.txt, and read what comes of it";
}

TEST(Matrix, EveryAnswerIsTheExpectedOne) {
  Stage stage;
  std::vector<std::string> lines;
  std::vector<std::string> unrecorded;
  for (const Example& example : Examples()) {
    for (std::string& line : LinesOf(stage, example, &unrecorded)) lines.push_back(std::move(line));
  }
  if (const char* out = std::getenv("STRONGROOM_MATRIX_OUT"); out != nullptr) {
    std::ofstream file(out);
    for (const std::string& line : lines) file << line << "\n";
  }
  std::set<std::string> expected;
  std::istringstream text(ReadFile("expected.txt"));
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.front() != '#') expected.insert(line);
  }
  for (const std::string& line : lines) {
    EXPECT_EQ(expected.erase(line), 1u) << "not expected: " << line;
    EXPECT_EQ(line.find("broken-example"), std::string::npos) << line;
  }
  for (const std::string& line : expected) ADD_FAILURE() << "expected, and not so: " << line;
  EXPECT_THAT(unrecorded, IsEmpty()) << "left no entry in any log";
  std::printf("%zu lines\n", lines.size());
}

TEST(Matrix, NoOperationTakesABadCredential) {
  Stage stage;
  size_t asked = 0;
  for (const Example& example : Examples()) {
    if (stage.IsPublic(example)) continue;
    for (const BadCredential& bad : BadCredentials()) {
      EXPECT_EQ(stage.AskWith(example, bad.name), bad.refusal) << example.name << ": " << bad.name;
      ++asked;
    }
    EXPECT_EQ(stage.AskWith(example, "good key"), "let in") << "the control";
    EXPECT_EQ(stage.AskWith(example, "good session"), "let in") << "the control";
  }
  EXPECT_GT(asked, 2000u);
}

// Asked as somebody who may do everything: whatever a rule at the top says of hours and networks, no operation forgets.
TEST(Matrix, TheHourAndTheNetworkDecideEverywhere) {
  Stage stage;
  for (const Example& example : Examples()) {
    if (stage.IsPublic(example)) continue;
    EXPECT_NE(stage.Ask(example, "everything", Condition::kAll), "denied") << "the control: " << example.name;
    EXPECT_EQ(stage.Ask(example, "everything", Condition::kOffHours), "denied") << example.name;
    EXPECT_EQ(stage.Ask(example, "everything", Condition::kGuestNetwork), "denied") << example.name;
  }
}

// What the table says of a caller without any role, without reading the table: a handler that forgets the gate answers
// it.
std::vector<std::string> LetsNobodyIn(Stage& stage, const std::vector<Example>& examples) {
  std::vector<std::string> faults;
  for (const Example& example : examples) {
    if (stage.IsPublic(example)) continue;
    bool left_no_entry = false;
    const std::string outcome = stage.Ask(example, "nobody", Condition::kAll, &left_no_entry);
    if (outcome != "denied") faults.push_back(example.name + ": " + outcome);
    if (left_no_entry) faults.push_back(example.name + ": left no entry");
  }
  return faults;
}

TEST(Matrix, WhoHasNoRoleIsDeniedEverywhere) {
  Stage stage;
  EXPECT_THAT(LetsNobodyIn(stage, Examples()), IsEmpty());
}

TEST(Matrix, AHandlerThatForgetsTheGateIsCaught) {
  Stage stage;
  // As somebody might write it in a hurry: the data is at hand, and nobody is asked.
  const RouteOptions options{.lane = Lane::kWorker, .is_public = false, .max_body_bytes = 0};
  ASSERT_TRUE(stage.router()
                  .Add("GET", "/v1/customers/{code}/summary", options,
                       [](Exchange& exchange) {
                         auto& vault = *static_cast<OpenVault*>(exchange.session().get());
                         const auto customer = vault.customers().Open(exchange.request().Param("code"));
                         if (!customer.ok()) return exchange.Respond(customer.status());
                         exchange.Respond(
                             Response::Json(R"({"values":)" + std::to_string(customer->record.values.size()) + "}"));
                       })
                  .ok());
  const auto hurried = ReadExamples("GET /v1/customers/{code}/summary\n");
  ASSERT_TRUE(hurried.ok());
  EXPECT_THAT(LetsNobodyIn(stage, *hurried), ::testing::ElementsAre("GET /v1/customers/{code}/summary: +",
                                                                    "GET /v1/customers/{code}/summary: left no entry"));
  EXPECT_FALSE(Documented().contains("GET /v1/customers/{code}/summary")) << "and it is missing from the document";
}

}  // namespace
}  // namespace strongroom::matrix
