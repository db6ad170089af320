// The API without a network: routes and authenticator over a TestVault.  Every answer is held to the OpenAPI document,
// and so is every request that was answered with success: what the tests send is the traffic the document is checked
// against.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/testing/test_vault.h"
#include "base/json.h"
#include "http/api_authenticator.h"
#include "http/api_docs.h"
#include "http/api_routes.h"
#include "http/exchange.h"
#include "http/problem.h"
#include "http/router.h"
#include "http/testing/schema_checker.h"

namespace strongroom {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct ApiAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
  std::map<std::string, std::string> headers;
  // Of a problem; empty otherwise.
  std::string code() const { return TextOf("code"); }
  // A member of the top level.
  std::string TextOf(std::string_view member) const {
    Result<JsonDocument> document = JsonDocument::Parse(body);
    if (!document.ok() || !document->root().IsObject()) return "";
    const auto found = document->root().Find(member);
    return found.has_value() && found->AsString().ok() ? std::string(*found->AsString()) : "";
  }
  std::string HeaderOf(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// The document, as the server serves it.
class ApiDocument {
 public:
  ApiDocument() : document_(*JsonDocument::Parse(FindEmbeddedPage("reference/openapi.json"), {.max_depth = 64})) {}

  const JsonDocument& document() const { return document_; }
  std::optional<JsonValue> Operation(std::string_view method, std::string_view pattern) const {
    std::string lower(method);
    for (char& c : lower) c = static_cast<char>(c | 0x20);
    const auto path = document_.root().Find("paths")->Find(pattern);
    return path.has_value() ? path->Find(lower) : std::nullopt;
  }

  // What is wrong with an exchange, one line each.
  std::vector<std::string> CheckExchange(const Route& route, const TestRequest& request,
                                         const ApiAnswer& answer) const {
    const auto operation = Operation(route.method, route.pattern);
    if (!operation.has_value()) return {"the operation is not in the document"};
    std::vector<std::string> faults;
    const bool problem = answer.status >= 400;
    if (problem) {
      Append(faults, CheckBody(Problem(), answer.content_type, answer.body));
      if (!Lists(*operation, answer.code()) && !Lists(Problem(), answer.code())) {
        faults.push_back("the document does not list the problem " + answer.code());
      }
      return faults;
    }
    const auto response = operation->Find("responses")->Find(std::to_string(answer.status));
    if (!response.has_value()) return {"the document knows no answer " + std::to_string(answer.status)};
    Append(faults, CheckBody(*response, answer.content_type, answer.body));
    if (const auto body = operation->Find("requestBody"); body.has_value()) {
      Append(faults, CheckBody(*body, std::string(request.Header("Content-Type")), request.body()));
    } else if (!request.body().empty()) {
      faults.push_back("the document knows no body of this request");
    }
    CheckParameters(*operation, request, faults);
    return faults;
  }

 private:
  JsonValue Problem() const { return *document_.root().Find("components")->Find("responses")->Find("Problem"); }
  static void Append(std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }
  static bool Lists(JsonValue place, const std::string& code) {
    const auto codes = place.Find("x-problem-codes");
    if (!codes.has_value()) return false;
    for (const JsonValue one : *codes) {
      if (*one.AsString() == code) return true;
    }
    return false;
  }
  // `place` is a requestBody or a response.
  std::vector<std::string> CheckBody(JsonValue place, const std::string& content_type, std::string_view body) const {
    const std::string media = content_type.substr(0, content_type.find(';'));
    const auto all = place.Find("content");
    if (!all.has_value() && body.empty()) return {};
    if (!all.has_value()) return {"a body where the document has none"};
    auto content = all->Find(media);
    if (!content.has_value()) content = all->Find("*/*");
    if (!content.has_value()) return {"the document does not know the media type " + media};
    if (!media.ends_with("json") || media == "application/x-ndjson") return {};
    const Result<JsonDocument> json = JsonDocument::Parse(body, {.max_depth = 64});
    if (!json.ok()) return {"the body is not JSON: " + json.status().ToString()};
    return SchemaChecker(document_).Check(*content->Find("schema"), json->root());
  }
  static void CheckParameters(JsonValue operation, const TestRequest& request, std::vector<std::string>& faults) {
    std::set<std::string> known;
    if (const auto parameters = operation.Find("parameters")) {
      for (const JsonValue parameter : *parameters) {
        const std::string name(*parameter.GetString("name"));
        const std::string_view in = *parameter.GetString("in");
        if (in == "query") known.insert(name);
        const bool there = in == "query"    ? request.Query(name).has_value()
                           : in == "header" ? !request.Header(name).empty()
                                            : !request.Param(name).empty();
        if (*parameter.GetBool("required") && !there) faults.push_back("the request lacks " + name);
      }
    }
    for (const NameValue& parameter : request.query()) {
      if (!known.contains(std::string(parameter.name))) {
        faults.push_back("the document does not know the parameter " + std::string(parameter.name));
      }
    }
  }

  JsonDocument document_;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    EXPECT_TRUE(AddApiRoutes(router_, vault_, {.version = "1.2.3", .stats = [] { return ListenerStats(); }}).ok());
  }

  // "METHOD /path?query" as the holder of the role's key; role "": without a key.  A body is JSON unless a header says
  // otherwise.
  ApiAnswer Call(std::string_view role, const std::string& line, std::string body = {}, Headers headers = {}) {
    return CallWithKey(role.empty() ? "" : "Bearer " + vault_.Key(role), line, std::move(body), std::move(headers));
  }

  ApiAnswer CallWithKey(const std::string& authorization, const std::string& line, std::string body, Headers headers) {
    const size_t space = line.find(' ');
    const size_t question = std::min(line.find('?'), line.size());
    const bool has_body = !body.empty();
    const std::string query = question < line.size() ? line.substr(question + 1) : "";
    TestRequest request(line.substr(0, space), line.substr(space + 1, question - space - 1), std::move(body));
    bool says_type = false;
    for (auto& [name, value] : headers) {
      says_type = says_type || name == "Content-Type";
      request.Set(name, value);
    }
    if (has_body && !says_type) request.Set("Content-Type", "application/json");
    if (!authorization.empty()) request.Set("Authorization", authorization);
    if (from_.has_value()) request.From(*from_);
    request.SetTarget(line.substr(space + 1));
    Router::Reserve(request, line.size() * 2);
    ApiAnswer answer;
    if (!Router::ParseQuery(query, request).ok()) return answer;
    const Result<RouteMatch> match = router_.Match(request);
    if (!match.ok() || match->route == nullptr) {
      answer.status = 404;
      return answer;
    }
    answer = Run(*match->route, request);
    const std::vector<std::string> faults = api_.CheckExchange(*match->route, request, answer);
    EXPECT_THAT(faults, ::testing::IsEmpty())
        << match->route->method << " " << match->route->pattern << " -> " << answer.status << " " << answer.body;
    ++checked_;
    return answer;
  }

  // Status and code in one: "201", "403 denied".
  std::string Outcome(std::string_view role, const std::string& line, std::string body = {}, Headers headers = {}) {
    const ApiAnswer answer = Call(role, line, std::move(body), std::move(headers));
    return std::to_string(answer.status) + (answer.status >= 400 ? " " + answer.code() : "");
  }

  TestVault vault_;
  Router router_;
  ApiAuthenticator authenticator_{vault_, vault_.clock()};
  ApiDocument api_;
  std::optional<IpAddress> from_;  // instead of loopback
  size_t checked_ = 0;

 private:
  ApiAnswer Run(const Route& route, const TestRequest& request) {
    Authenticated who;
    Response response;
    if (!route.options.is_public) {
      Result<Authenticated> known = authenticator_.Authenticate(request);
      if (!known.ok()) return ToAnswer(ProblemResponse(known.status(), request.RequestIdText()));
      who = *std::move(known);
    }
    if (route.options.max_body_bytes > 0 && request.body().size() > route.options.max_body_bytes) {
      return ToAnswer(ProblemResponse(Status(Reason::kBodyTooLarge), request.RequestIdText()));
    }
    TestExchange exchange(request, std::move(who));
    route.handler(exchange);
    return ToAnswer(exchange.Wait());
  }

  static ApiAnswer ToAnswer(const Response& response) {
    ApiAnswer answer{response.status, std::string(response.content_type), response.body, {}};
    for (const auto& [name, value] : response.headers) {
      std::string& all = answer.headers[name];
      all += (all.empty() ? "" : "\n") + value;  // Set-Cookie comes more than once
    }
    return answer;
  }
};

}  // namespace strongroom
