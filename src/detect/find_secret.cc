// Secrets: private keys, keys of services by their known beginnings, passwords where they are assigned.
#include <algorithm>
#include <array>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr size_t kLongestKeyBlock = size_t{32} << 10;
constexpr size_t kLongestToken = 2048;

bool IsTokenChar(char c) { return IsAlnum(c) || c == '_' || c == '-'; }

// The beginnings that services give their keys (their documentation of secret scanning), and what follows.
struct KeyForm {
  std::string_view prefix;
  size_t least = 0;  // characters after the prefix
  size_t most = 0;
  bool upper = false;  // only capitals and digits
};

constexpr KeyForm kKeyForms[] = {
    {"AKIA", 16, 16, true},   {"ASIA", 16, 16, true}, {"AIza", 35, 35},      {"ghp_", 36, 255},
    {"gho_", 36, 255},        {"ghu_", 36, 255},      {"ghs_", 36, 255},     {"ghr_", 36, 255},
    {"github_pat_", 40, 255}, {"glpat-", 20, 64},     {"sk_live_", 16, 255}, {"sk_test_", 16, 255},
    {"rk_live_", 16, 255},    {"rk_test_", 16, 255},  {"whsec_", 24, 128},   {"xoxb-", 20, 255},
    {"xoxa-", 20, 255},       {"xoxp-", 20, 255},     {"xoxr-", 20, 255},    {"xoxs-", 20, 255},
    {"xapp-", 20, 255},       {"npm_", 36, 36},       {"pypi-AgE", 40, 255}, {"sk-ant-", 24, 255},
    {"sk-proj-", 24, 255},    {"sk-", 40, 64},        {"hf_", 30, 64},       {"dop_v1_", 64, 64},
    {"shpat_", 32, 32},       {"shpss_", 32, 32},     {"SK", 32, 32},        {"AGE-SECRET-KEY-1", 58, 58, true},
    {"ya29", 40, 255},
};

bool FitsForm(std::string_view token, const KeyForm& form) {
  if (!token.starts_with(form.prefix)) return false;
  const std::string_view rest = token.substr(form.prefix.size());
  if (rest.size() < form.least || rest.size() > form.most) return false;
  if (form.upper) return std::none_of(rest.begin(), rest.end(), IsLower);
  if (form.prefix == "SK")
    return std::all_of(rest.begin(), rest.end(), [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
  return std::any_of(rest.begin(), rest.end(), IsDigit);
}

// A JSON Web Token (RFC 7519): three parts of base64url, the first two of them objects.
size_t WebTokenEnd(std::string_view text, size_t begin) {
  size_t at = begin;
  for (int part = 0; part < 3; ++part) {
    const size_t from = at;
    while (at < text.size() && at - begin < 8 * kLongestToken && IsTokenChar(text[at])) ++at;
    if (at - from < 8 || (part < 2 && !text.substr(from).starts_with("eyJ"))) return begin;
    if (part == 2) return at;
    if (at >= text.size() || text[at] != '.') return begin;
    ++at;
  }
  return begin;
}

}  // namespace

size_t FindKeyBlock(Pass& pass, size_t hyphen) {
  const std::string_view rest = pass.text.substr(hyphen, kLongestKeyBlock);
  if (!rest.starts_with("-----BEGIN ")) return 0;
  const size_t label_end = rest.find("-----", 11);
  if (label_end > 60) return 0;  // or none at all
  const std::string_view label = rest.substr(11, label_end - 11);
  if (label.find("PRIVATE KEY") == std::string_view::npos) return 0;
  size_t end = rest.find("-----END ", label_end);
  if (end != std::string_view::npos) {
    const size_t closing = rest.find("-----", end + 9);
    end = closing != std::string_view::npos && closing - end < 70 ? closing + 5 : end;
  } else {
    // Cut off: as far as it looks like a key.
    end = label_end + 5;
    while (end < rest.size() &&
           (IsAlnum(rest[end]) || std::string_view("+/=\n\r\\: ,-").find(rest[end]) != std::string_view::npos))
      ++end;
  }
  const size_t row = pass.tables.RowOf(Grammar::kKeyBlock);
  pass.Add(row, hyphen, hyphen + end, Recognisers()[row].plain);
  return hyphen + end;
}

size_t FindKey(Pass& pass, size_t inside, size_t floor) {
  if (inside < pass.tokens_to) return 0;
  const std::string_view text = pass.text;
  size_t begin = inside;
  while (begin > floor && inside - begin < kLongestToken && IsTokenChar(text[begin - 1])) --begin;
  const size_t row = pass.tables.RowOf(Grammar::kKeyPrefix);
  if (text.substr(begin).starts_with("eyJ")) {
    const size_t end = WebTokenEnd(text, begin);
    if (end != begin) pass.Add(row, begin, end, Recognisers()[row].plain, "jwt");
    return end != begin ? end : 0;
  }
  size_t end = inside;
  while (end < text.size() && end - inside < kLongestToken && IsTokenChar(text[end])) ++end;
  pass.tokens_to = end;
  // "ya29." goes on after the point.
  if (text.substr(begin).starts_with("ya29.")) {
    end = begin + 5;
    while (end < text.size() && end - begin < kLongestToken && IsTokenChar(text[end])) ++end;
    if (end - begin < 40) return 0;
    pass.Add(row, begin, end, Recognisers()[row].plain);
    return end;
  }
  const std::string_view token = text.substr(begin, end - begin);
  if (token.size() < 20) return 0;
  for (const KeyForm& form : kKeyForms) {
    if (!FitsForm(token, form)) continue;
    pass.Add(row, begin, end, Recognisers()[row].plain);
    return end;
  }
  return 0;
}

namespace {

// Names to which secrets are assigned, without case, underscores and hyphens; `password` marks those of which even a
// plain word is one.
struct SecretName {
  std::string_view name;
  bool password = false;
};

constexpr SecretName kSecretNames[] = {
    {"password", true},         {"passwd", true},     {"passwort", true},       {"pwd", true},
    {"passphrase", true},       {"passcode", true},   {"pass", true},           {"secret", false},
    {"apikey", false},          {"accesskey", false}, {"secretkey", false},     {"privatekey", false},
    {"accesstoken", false},     {"authtoken", false}, {"refreshtoken", false},  {"token", false},
    {"clientsecret", false},    {"bearer", false},    {"lösenord", true},       {"lösen", true},
    {"secretaccesskey", false}, {"authkey", false},   {"encryptionkey", false}, {"accountkey", false},
    {"sharedkey", false},
};

constexpr size_t kLongestName = 32;

// Whether a name ends like one of the above, by its last two letters.
constexpr std::array<std::array<bool, 26>, 26> kEndings = [] {
  std::array<std::array<bool, 26>, 26> endings{};
  for (const SecretName& secret : kSecretNames) {
    const std::string_view last = secret.name.substr(secret.name.size() - 2);
    endings[static_cast<size_t>(last[0] - 'a')][static_cast<size_t>(last[1] - 'a')] = true;
  }
  return endings;
}();

// The name that stands before `mark`; compared from its end, so that DB_PASSWORD and customer_api_key are found too.
const SecretName* NameBefore(std::string_view text, size_t mark) {
  size_t end = mark;
  for (int i = 0; i < 3 && end > 0; ++i) {
    const char c = text[end - 1];
    if (c != ' ' && c != '"' && c != '\'' && c != '\\' && c != ']') break;
    --end;
  }
  if (end < 3) return nullptr;
  const char last = Lower(text[end - 1]);
  const char before_last = Lower(text[end - 2]);
  const bool letters = IsLower(last) && IsLower(before_last);
  if (letters && !kEndings[static_cast<size_t>(before_last - 'a')][static_cast<size_t>(last - 'a')]) return nullptr;
  if (!letters && static_cast<unsigned char>(last) < 0x80) return nullptr;
  char name[kLongestName];
  size_t size = kLongestName;
  for (size_t at = end; at > 0 && size > 0; --at) {
    const char c = text[at - 1];
    if (c == '_' || c == '-') continue;
    if (!IsAlnum(c) && static_cast<unsigned char>(c) < 0x80) break;
    name[--size] = Lower(c);
  }
  const std::string_view compact(name + size, kLongestName - size);
  if (compact.size() < 3) return nullptr;
  for (const SecretName& secret : kSecretNames) {
    if (compact.ends_with(secret.name) && (secret.name.size() > 4 || compact == secret.name || compact.size() > 6))
      return &secret;
  }
  for (std::string_view word : {"\u5bc6\u7801", "\u53e3\u4ee4"}) {
    static constexpr SecretName kPassword{"\u5bc6\u7801", true};
    if (compact.ends_with(word)) return &kPassword;
  }
  return nullptr;
}

bool IsPlaceholder(std::string_view value) {
  if (value.find_first_not_of(value[0]) == std::string_view::npos) return true;  // "****", "xxxx"
  if (std::string_view("[<{$%*").find(value[0]) != std::string_view::npos || value.starts_with("\u2588")) return true;
  char lower[12] = {};
  if (value.size() >= sizeof(lower)) return false;
  for (size_t i = 0; i < value.size(); ++i) lower[i] = Lower(value[i]);
  const std::string_view word(lower, value.size());
  for (std::string_view none : {"null", "none", "true", "false", "undefined", "required", "changed", "reset", "empty",
                                "nil", "missing", "invalid", "incorrect", "wrong", "redacted", "hidden", "secret"}) {
    if (word == none) return true;
  }
  return false;
}

// Whether the value could not be a word of a sentence.
bool IsUnlikeAWord(std::string_view value) {
  bool digit = false;
  bool lower = false;
  bool inner_upper = false;
  bool mark = false;
  for (size_t i = 0; i < value.size(); ++i) {
    digit |= IsDigit(value[i]);
    lower |= IsLower(value[i]);
    inner_upper |= i > 0 && IsUpper(value[i]);
    mark |= !IsAlnum(value[i]) && static_cast<unsigned char>(value[i]) < 0x80 && value[i] != '-' && value[i] != '\'';
  }
  return digit || (lower && inner_upper) || (mark && value.size() >= 6);
}

}  // namespace

void FindAssignment(Pass& pass, size_t mark, size_t mark_length) {
  const std::string_view text = pass.text;
  const SecretName* name = NameBefore(text, mark);
  if (name == nullptr) return;
  size_t begin = mark + mark_length;
  if (begin < text.size() && (text[begin] == '=' || text[begin] == '>'))
    ++begin;  // "==" is a question, "=>" and ":=" are not
  if (text[mark] == '=' && begin == mark + 2 && text[mark + 1] == '=') return;
  while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\t') && begin - mark < 8) ++begin;
  char quote = '\0';
  if (begin < text.size() && text[begin] == '\\') ++begin;
  if (begin < text.size() && (text[begin] == '"' || text[begin] == '\'')) quote = text[begin++];
  size_t end = begin;
  while (end < text.size() && end - begin < 256) {
    const char c = text[end];
    if (c == '\n' || c == '\r' || c == '"' || (quote != '\0' && (c == quote || c == '\\'))) break;
    if (quote == '\0' && (c == ' ' || c == '\t' || c == ',' || c == ';' || (c == '&' && text[mark] == '=') ||
                          c == '<' || c == ')' || c == '('))
      break;
    if (static_cast<unsigned char>(c) >= 0x80) {
      const Folded next = FoldSlow(text, end);
      if (next.c != kLetter) break;
      end += next.length;
      continue;
    }
    ++end;
  }
  while (quote == '\0' && end > begin && (text[end - 1] == '.' || text[end - 1] == '\'')) --end;
  if (end - begin < 4) return;
  const std::string_view value = text.substr(begin, end - begin);
  if (IsPlaceholder(value)) return;
  const size_t row = pass.tables.RowOf(Grammar::kAssignment);
  const Recogniser& rule = Recognisers()[row];
  const bool unlike = IsUnlikeAWord(value);
  // In a sentence ("the secret: never give up") a plain word is no secret; in code or a form it is.
  if (quote == '\0' && !unlike && (text[mark] != '=' || !name->password)) return;
  if (!name->password && !unlike) return;
  pass.Add(row, begin, end, unlike && quote != '\0' ? rule.in_context : unlike ? rule.grouped : rule.plain);
}

}  // namespace strongroom::detect::internal
