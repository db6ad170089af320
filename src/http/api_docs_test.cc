// The document and the routes say the same, both ways; the pages are there.
#include "http/api_docs.h"

#include <cstdio>

#include "http/testing/api_fixture.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string LowerOf(std::string text) {
  for (char& c : text) c = static_cast<char>(tolower(c));
  return text;
}

std::set<std::string> OperationsOf(const JsonDocument& document) {
  std::set<std::string> operations;
  const JsonValue paths = *document.root().Find("paths");  // outlives the loop over it
  for (const JsonValue path : paths) {
    for (const JsonValue operation : path)
      operations.insert(std::string(operation.key()) + " " + std::string(path.key()));
  }
  return operations;
}

std::set<std::string> OperationsOf(const Router& router) {
  std::set<std::string> operations;
  for (const auto& route : router.routes()) operations.insert(LowerOf(route->method) + " " + route->pattern);
  return operations;
}

class ApiDocsTest : public ApiTest {};

TEST_F(ApiDocsTest, EveryRouteIsInTheDocumentAndEveryOperationOfTheDocumentIsARoute) {
  EXPECT_EQ(OperationsOf(api_.document()), OperationsOf(router_));
  // Both ways: one more on either side is seen.
  ASSERT_TRUE(router_.Add("GET", "/v1/undocumented", {}, [](Exchange&) {}).ok());
  EXPECT_NE(OperationsOf(api_.document()), OperationsOf(router_));
  std::printf("%zu operations\n", OperationsOf(api_.document()).size());
}

TEST_F(ApiDocsTest, PublicRoutesAreThoseTheDocumentSaysNeedNoKey) {
  for (const auto& route : router_.routes()) {
    const auto operation = api_.Operation(route->method, route->pattern);
    ASSERT_TRUE(operation.has_value()) << route->pattern;
    EXPECT_EQ(operation->Find("security").has_value(), route->options.is_public) << route->pattern;
  }
}

TEST_F(ApiDocsTest, PathParametersAreThoseOfThePattern) {
  for (const auto& route : router_.routes()) {
    std::string from_document;
    if (const auto parameters = api_.Operation(route->method, route->pattern)->Find("parameters")) {
      for (const JsonValue parameter : *parameters) {
        if (*parameter.GetString("in") == "path")
          from_document += "{" + std::string(*parameter.GetString("name")) + "}";
      }
    }
    std::string from_pattern;
    for (size_t at = route->pattern.find('{'); at != std::string::npos; at = route->pattern.find('{', at + 1)) {
      from_pattern += route->pattern.substr(at, route->pattern.find('}', at) - at + 1);
    }
    EXPECT_EQ(from_document, from_pattern) << route->pattern;
  }
}

// Collects the values of every member of this name, at any depth.
void Collect(JsonValue value, std::string_view name, std::vector<std::string>& found) {
  for (const JsonValue child : value) {
    if (child.key() == name && child.AsString().ok()) found.emplace_back(*child.AsString());
    if (child.key() == name && child.IsArray()) {
      for (const JsonValue item : child) found.emplace_back(*item.AsString());
    }
    if (child.IsArray() || child.IsObject()) Collect(child, name, found);
  }
}

TEST_F(ApiDocsTest, ReferencesLeadSomewhereAndProblemCodesExist) {
  std::vector<std::string> references, codes;
  Collect(api_.document().root(), "$ref", references);
  Collect(api_.document().root(), "x-problem-codes", codes);
  const SchemaChecker checker(api_.document());
  for (const std::string& reference : references) {
    EXPECT_EQ(checker.Resolve(reference).key(), reference.substr(reference.rfind('/') + 1)) << reference;
  }
  for (const std::string& code : codes) EXPECT_TRUE(ReasonFromWire(code).has_value()) << code;
  EXPECT_GT(references.size(), 100U);
  EXPECT_GT(codes.size(), 100U);
}

TEST_F(ApiDocsTest, EverySchemaIsUsed) {
  std::vector<std::string> references;
  Collect(api_.document().root(), "$ref", references);
  const JsonValue schemas = *api_.document().root().Find("components")->Find("schemas");
  for (const JsonValue schema : schemas) {
    const std::string reference = "#/components/schemas/" + std::string(schema.key());
    EXPECT_NE(std::find(references.begin(), references.end(), reference), references.end()) << reference;
  }
}

TEST_F(ApiDocsTest, EveryProblemHasItsPageAndTheIndexListsIt) {
  const ApiAnswer index = Call("", "GET /docs/");
  EXPECT_EQ(index.status, 200);
  size_t count = 0;
  const ReasonInfo* reasons = ReasonTable(&count);
  for (size_t i = 0; i < count; ++i) {
    const std::string code(reasons[i].wire_code);
    const ApiAnswer page = Call("", "GET /docs/errors/" + code);
    EXPECT_EQ(page.status, 200) << code;
    EXPECT_THAT(page.body, HasSubstr(code));
    EXPECT_EQ(page.content_type, "text/markdown; charset=utf-8");
    EXPECT_THAT(index.body, HasSubstr("/docs/errors/" + code + ".md"));
  }
  EXPECT_EQ(Call("", "GET /docs/errors/denied.md").body, Call("", "GET /docs/errors/denied").body);
  EXPECT_EQ(Call("", "GET /docs/reference/policy").status, 200);
  EXPECT_EQ(Call("", "GET /docs/errors/no-such-page").code(), "route-not-found");
  EXPECT_EQ(Call("", "GET /docs/errors/%2e%2e").code(), "route-not-found");
  std::printf("%zu pages of problems\n", count);
}

TEST_F(ApiDocsTest, TheDocumentIsServedAsItStandsInTheRepository) {
  EXPECT_EQ(Call("", "GET /openapi.json").body, FindEmbeddedPage("reference/openapi.json"));
}

// --- the checker itself: what it lets pass must be worth something ---

std::vector<std::string> CheckText(const std::string& schema, const std::string& value) {
  const JsonDocument schema_document = *JsonDocument::Parse(schema);
  const JsonDocument value_document = *JsonDocument::Parse(value);
  return SchemaChecker(schema_document).Check(schema_document.root(), value_document.root());
}

TEST(SchemaChecker, FindsWhatDoesNotFit) {
  const std::string schema =
      R"({"type":"object","required":["a"],"additionalProperties":false,"properties":{"a":{"type":"integer","minimum":1},)"
      R"("b":{"type":"array","items":{"enum":["x","y"]}},"c":{"oneOf":[{"type":"string"},{"type":"null"}]}}})";
  EXPECT_THAT(CheckText(schema, R"({"a":1,"b":["x","y"],"c":null})"), IsEmpty());
  for (const char* wrong : {R"({"b":[]})", R"({"a":"1"})", R"({"a":0})", R"({"a":1.5})", R"({"a":1,"b":["z"]})",
                            R"({"a":1,"b":{}})", R"({"a":1,"c":3})", R"({"a":1,"d":1})", R"([1])", "null"}) {
    EXPECT_EQ(CheckText(schema, wrong).size(), 1U) << wrong;
  }
  EXPECT_THAT(CheckText(R"({"type":["string","null"]})", "null"), IsEmpty());
  EXPECT_EQ(CheckText(R"({"type":"string","pattern":"a"})", R"("a")").size(), 1U) << "a word it does not know";
  EXPECT_EQ(CheckText(R"({"additionalProperties":{"type":"string"}})", R"({"a":1})").size(), 1U);
  EXPECT_EQ(CheckText(R"({"oneOf":[{"type":"string"},{"enum":["a"]}]})", R"("a")").size(), 1U) << "fits two";
}

}  // namespace
}  // namespace strongroom
