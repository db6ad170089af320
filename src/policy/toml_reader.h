// How policies and their case tables are read: toml++ behind answers that name the line.
//
// Strict: a member nobody knows, a wrong type, an empty list and a value stated twice are refused, because each of
// them usually means that the writer expected something else to happen.  All failures are kPolicyInvalid.
// Internal to src/policy.  A reader points into the TomlDocument, which must outlive it.
#pragma once

#define TOML_HEADER_ONLY 0
#define TOML_SHARED_LIB 1
#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace strongroom {

// "line 12: <message>", kPolicyInvalid.
Status PolicyErrorAt(int line, std::string_view message);
// The text in quotes, shortened to 60 bytes, control characters replaced: for messages that cite the file.
std::string Quoted(std::string_view text);
// Lower-case letters, digits, '-', '_' and '.', starting with a letter, at most 64 bytes.
bool IsPolicyName(std::string_view text);

struct LocatedString {
  std::string text;
  int line = 0;
};

class TomlReader {
 public:
  TomlReader(const toml::table& table, int line) : table_(&table), line_(line) {}
  int line() const { return line_; }

  Status OnlyMembers(std::initializer_list<std::string_view> known) const;
  Result<std::optional<LocatedString>> String(std::string_view member) const;
  Result<LocatedString> RequiredString(std::string_view member) const;
  // Within [lowest, highest].
  Result<std::optional<int64_t>> Integer(std::string_view member, int64_t lowest, int64_t highest) const;
  // A list of strings, or one string alone, which counts as a list of one.  Empty only when the member is absent.
  Result<std::vector<LocatedString>> Strings(std::string_view member) const;
  // An array of tables ([[member]]); empty when absent.
  Result<std::vector<TomlReader>> Tables(std::string_view member) const;

 private:
  Status WrongType(std::string_view member, const toml::node& node, std::string_view expected) const;
  const toml::table* table_;
  int line_ = 0;
};

// Parsed text.  At most 1 MiB.
class TomlDocument {
 public:
  static Result<TomlDocument> Parse(std::string_view text);
  TomlReader root() const { return TomlReader(table_, 1); }

 private:
  toml::table table_;
};

}  // namespace strongroom
