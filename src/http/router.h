// From method and path to a handler.
//
// Patterns are literal segments and {parameters}: "/v1/customers/{code}/fields/{field}".  A literal beats a parameter.
// A parameter takes one whole, non-empty segment, percent-decoded, valid UTF-8 without control characters.  Paths are
// not normalised: "//", "/./", "/../" and a trailing slash match nothing unless a pattern says so.
//
// Built once, then read by any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "http/exchange.h"

namespace strongroom {

struct RouteOptions {
  Lane lane = Lane::kWorker;
  bool is_public = false;     // true: no authentication
  size_t max_body_bytes = 0;  // 0: the listener's default
};

struct Route {
  std::string method;
  std::string pattern;
  RouteOptions options;
  Handler handler;
};

struct RouteMatch {
  const Route* route = nullptr;  // null: nothing here
  std::string_view allow;        // with a null route: the methods this path does take; empty: no such path
};

class Router {
 public:
  Router();
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // GET routes answer HEAD as well.  A wrong or repeated pattern is a programmer's fault: kInternal.
  Status Add(std::string method, std::string pattern, RouteOptions options, Handler handler);

  // Finds the route for head.method() and head.path() and fills in the parameters.  kMalformedRequest when a
  // parameter does not decode.
  Result<RouteMatch> Match(RequestHead& head) const;

  // More than any call knows: whoever sends more is not asking us.  It also bounds the search for repeated names.
  static constexpr size_t kMaxQueryParameters = 64;
  // Splits and decodes `query` (without the '?') into the head.  kMalformedRequest, also for more parameters than that;
  // kInvalidArgument for a name twice.
  static Status ParseQuery(std::string_view query, RequestHead& head);
  // Readies the head for decoded views of a target this long.
  static void Reserve(RequestHead& head, size_t target_size);

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  static const Node* Walk(const Node& node, std::string_view rest, std::vector<std::string_view>& values);
  static Result<RouteMatch> Pick(const Node* node, std::string_view method);
  std::vector<std::unique_ptr<Route>> routes_;
  std::unordered_map<std::string_view, Node*> exact_;  // patterns without parameters
  std::unique_ptr<Node> root_;
};

}  // namespace strongroom
