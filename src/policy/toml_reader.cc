#include "policy/toml_reader.h"

#include <algorithm>

namespace strongroom {
namespace {

constexpr size_t kLargestDocumentBytes = 1 << 20;
constexpr size_t kLongestQuoteBytes = 60;
constexpr size_t kLongestNameBytes = 64;

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace

Status PolicyErrorAt(int line, std::string_view message) {
  return Status(Reason::kPolicyInvalid, "line " + std::to_string(line) + ": " + std::string(message));
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, kLongestQuoteBytes)) out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  if (text.size() > kLongestQuoteBytes) out += "...";
  return out + "\"";
}

bool IsPolicyName(std::string_view text) {
  if (text.empty() || text.size() > kLongestNameBytes || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

Result<TomlDocument> TomlDocument::Parse(std::string_view text) {
  if (text.size() > kLargestDocumentBytes) {
    return PolicyErrorAt(1, "the text is " + std::to_string(text.size()) + " bytes; at most 1048576 are read");
  }
  TomlDocument document;
  try {
    document.table_ = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return PolicyErrorAt(static_cast<int>(error.source().begin.line), error.description());
  } catch (const std::exception&) {
    return Status(Reason::kPolicyInvalid, "the text could not be read as TOML");
  }
  return document;
}

Status TomlReader::OnlyMembers(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, node] : *table_) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    std::string message = "unknown member " + Quoted(key.str()) + "; known here:";
    for (std::string_view name : known) message += " " + std::string(name);
    return PolicyErrorAt(static_cast<int>(key.source().begin.line), message);
  }
  return Status::Ok();
}

Status TomlReader::WrongType(std::string_view member, const toml::node& node, std::string_view expected) const {
  return PolicyErrorAt(LineOf(node), std::string(member) + " must be " + std::string(expected));
}

Result<std::optional<LocatedString>> TomlReader::String(std::string_view member) const {
  const toml::node* node = table_->get(member);
  if (node == nullptr) return std::optional<LocatedString>();
  if (!node->is_string()) return WrongType(member, *node, "a string");
  return std::optional<LocatedString>(LocatedString{node->as_string()->get(), LineOf(*node)});
}

Result<LocatedString> TomlReader::RequiredString(std::string_view member) const {
  ASSIGN_OR_RETURN(std::optional<LocatedString> found, String(member));
  if (!found) return PolicyErrorAt(line_, "member " + std::string(member) + " is missing");
  return *std::move(found);
}

Result<std::optional<int64_t>> TomlReader::Integer(std::string_view member, int64_t lowest, int64_t highest) const {
  const toml::node* node = table_->get(member);
  if (node == nullptr) return std::optional<int64_t>();
  if (!node->is_integer()) return WrongType(member, *node, "a whole number");
  const int64_t value = node->as_integer()->get();
  if (value < lowest || value > highest) {
    return WrongType(member, *node, "from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return std::optional<int64_t>(value);
}

Result<std::vector<LocatedString>> TomlReader::Strings(std::string_view member) const {
  std::vector<LocatedString> strings;
  const toml::node* node = table_->get(member);
  if (node == nullptr) return strings;
  if (node->is_string()) {
    strings.push_back({node->as_string()->get(), LineOf(*node)});
    return strings;
  }
  if (!node->is_array()) return WrongType(member, *node, "a list of strings");
  if (node->as_array()->empty()) {
    return PolicyErrorAt(LineOf(*node),
                         std::string(member) + " is an empty list; leave the member out, or name something");
  }
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_string()) return WrongType(member, element, "a list of strings");
    const std::string& text = element.as_string()->get();
    const bool twice = std::any_of(strings.begin(), strings.end(), [&](const auto& seen) { return seen.text == text; });
    if (twice) return PolicyErrorAt(LineOf(element), std::string(member) + " names " + Quoted(text) + " twice");
    strings.push_back({text, LineOf(element)});
  }
  return strings;
}

Result<std::vector<TomlReader>> TomlReader::Tables(std::string_view member) const {
  std::vector<TomlReader> tables;
  const toml::node* node = table_->get(member);
  if (node == nullptr) return tables;
  if (!node->is_array()) return WrongType(member, *node, "written as [[" + std::string(member) + "]]");
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_table()) return WrongType(member, element, "written as [[" + std::string(member) + "]]");
    tables.emplace_back(*element.as_table(), LineOf(element));
  }
  return tables;
}

}  // namespace strongroom
