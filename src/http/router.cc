#include "http/router.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/encoding.h"
#include "base/wipe.h"

namespace strongroom {

// One segment of the tree of patterns.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<const Route*> routes;      // one per method
  std::vector<std::string> param_names;  // in the order of the path
  std::string allow;
};

namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends the decoded text to `arena`, which never grows beyond its reserve, and gives the view of it.
std::optional<std::string_view> Decode(std::string_view text, bool plus_is_space, Bytes& arena) {
  if (text.find('%') == std::string_view::npos && (!plus_is_space || text.find('+') == std::string_view::npos)) {
    return text;
  }
  const size_t start = arena.size();
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = HexValue(text[at + 1]), low = HexValue(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      at += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    arena.push_back(c);
  }
  return std::string_view(arena).substr(start);
}

bool IsCleanText(std::string_view text) {
  const bool control =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
  return !control && IsValidUtf8(text);
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

Status Router::Add(std::string method, std::string pattern, RouteOptions options, Handler handler) {
  if (pattern.empty() || pattern[0] != '/' || method.empty() || !handler) {
    return Status(Reason::kInternal, "a route needs a method, a pattern that starts with '/', and a handler");
  }
  routes_.push_back(std::make_unique<Route>(Route{std::move(method), std::move(pattern), options, std::move(handler)}));
  const Route& route = *routes_.back();
  Node* node = root_.get();
  std::vector<std::string> names;
  std::string_view rest = std::string_view(route.pattern).substr(1);
  for (bool more = true; more;) {
    const size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    more = slash != std::string_view::npos;
    if (more) rest = rest.substr(slash + 1);
    if (segment.starts_with('{') && segment.ends_with('}')) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      auto& child = node->literals[std::string(segment)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    }
  }
  for (const Route* other : node->routes) {
    if (other->method == route.method) {
      return Status(Reason::kInternal, "the route " + route.method + " " + route.pattern + " is there already");
    }
  }
  if (!node->routes.empty() && node->param_names != names) {
    return Status(Reason::kInternal, "the pattern " + route.pattern + " names its parameters unlike its siblings");
  }
  node->param_names = names;
  node->routes.push_back(&route);
  const auto allow = [&](std::string_view name) {
    node->allow += (node->allow.empty() ? "" : ", ") + std::string(name);
  };
  allow(route.method);
  if (route.method == "GET") allow("HEAD");
  if (names.empty()) exact_[route.pattern] = node;
  return Status::Ok();
}

// Depth first, literals before the parameter; `values` holds the raw segments the parameters took.
const Router::Node* Router::Walk(const Node& node, std::string_view rest, std::vector<std::string_view>& values) {
  const size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  const bool is_last = slash == std::string_view::npos;
  const auto next = [&](const Node& child) -> const Node* {
    if (!is_last) return Walk(child, rest.substr(slash + 1), values);
    return child.routes.empty() ? nullptr : &child;
  };
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    if (const Node* found = next(*literal->second)) return found;
  }
  if (!node.parameter || segment.empty()) return nullptr;
  values.push_back(segment);
  if (const Node* found = next(*node.parameter)) return found;
  values.pop_back();
  return nullptr;
}

Result<RouteMatch> Router::Pick(const Node* node, std::string_view method) {
  if (node == nullptr) return RouteMatch{};
  for (const Route* route : node->routes) {
    if (route->method == method) return RouteMatch{route, {}};
  }
  if (method == "HEAD") {
    for (const Route* route : node->routes) {
      if (route->method == "GET") return RouteMatch{route, {}};
    }
  }
  return RouteMatch{nullptr, node->allow};
}

Result<RouteMatch> Router::Match(RequestHead& head) const {
  head.params_.clear();
  if (const auto exact = exact_.find(head.path_); exact != exact_.end()) return Pick(exact->second, head.method_);
  if (!head.path_.starts_with('/')) return RouteMatch{};
  thread_local std::vector<std::string_view> values;
  values.clear();
  const Node* node = Walk(*root_, head.path_.substr(1), values);
  if (node == nullptr) return RouteMatch{};
  for (size_t i = 0; i < values.size(); ++i) {
    const std::optional<std::string_view> value = Decode(values[i], false, head.decoded_);
    if (!value || !IsCleanText(*value)) {
      return Status(Reason::kMalformedRequest, "The path has a segment that is not percent-encoded UTF-8 text.");
    }
    head.params_.push_back({node->param_names[i], *value});
  }
  return Pick(node, head.method_);
}

void Router::Reserve(RequestHead& head, size_t target_size) {
  WipeText(head.decoded_);
  head.decoded_.reserve(target_size);
}

Status Router::ParseQuery(std::string_view query, RequestHead& head) {
  head.query_.clear();
  while (!query.empty()) {
    const size_t ampersand = query.find('&');
    const std::string_view pair = query.substr(0, ampersand);
    query = ampersand == std::string_view::npos ? std::string_view() : query.substr(ampersand + 1);
    if (pair.empty()) continue;
    if (head.query_.size() == kMaxQueryParameters) {
      return Status(Reason::kMalformedRequest,
                    "The query has more than " + std::to_string(kMaxQueryParameters) + " parameters.");
    }
    const size_t equals = pair.find('=');
    const auto name = Decode(pair.substr(0, equals), true, head.decoded_);
    const auto value =
        Decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true, head.decoded_);
    if (!name || !value || !IsCleanText(*name) || !IsCleanText(*value)) {
      return Status(Reason::kMalformedRequest, "The query is not percent-encoded UTF-8 text.");
    }
    if (head.Query(*name)) return Status(Reason::kInvalidArgument, "The query names the same parameter twice.");
    head.query_.push_back({*name, *value});
  }
  return Status::Ok();
}

}  // namespace strongroom
