// Every operation of the OpenAPI document, asked by every role, with each condition off in turn; README.md says how the
// expected answers came to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

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

// One line of expected.txt: "NAME | caller | all=+ overdue=denied ...".
std::string LineOf(Stage& stage, const Example& example, const std::string& caller,
                   std::vector<std::string>* unrecorded = nullptr) {
  std::string line = example.name + " | " + caller + " |";
  std::string with_all;
  for (const Condition condition : kConditions) {
    if (condition == Condition::kApproved && with_all != "approval-needed") continue;
    bool left_no_entry = false;
    const std::string outcome = stage.Ask(example, caller, condition, &left_no_entry);
    if (condition == Condition::kAll) with_all = outcome;
    if (outcome.empty()) continue;
    line += " " + std::string(NameOf(condition)) + "=" + outcome;
    if (unrecorded != nullptr && left_no_entry) unrecorded->push_back(example.name + " as " + caller);
  }
  return line;
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
    if (stage.IsPublic(example)) continue;
    for (const std::string& caller : Stage::Callers()) lines.push_back(LineOf(stage, example, caller, &unrecorded));
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
  const char* const refusals[] = {"credential-missing", "credential-invalid", "credential-invalid",
                                  "credential-invalid", "network-refused"};
  size_t asked = 0;
  for (const Example& example : Examples()) {
    if (stage.IsPublic(example)) continue;
    for (const BadCredential bad : kBadCredentials) {
      EXPECT_EQ(stage.AskWith(example, bad), refusals[static_cast<size_t>(bad)]) << example.name;
      ++asked;
    }
  }
  EXPECT_GT(asked, 300u);
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
