#include "names/gate.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace strongroom::names {
namespace {

// Weak tokens this far after a strong one, and this far before one, are asked about too.
constexpr int kReachAfter = 3;
constexpr int kReachBefore = 2;
constexpr int kReachOfCue = 6;
constexpr int kReachHan = 3;

bool IsMarkOfNames(uint32_t code) {
  switch (code) {
    case '.':
    case ',':
    case '-':
    case '\'':
    case '/':
    case '#':
    case '&':
    case '(':
    case ')':
    case '+':
    case 0xB0:
    case 0xB7:
    case 0xBA:
      return true;
    default:
      return false;
  }
}

Gate GateOfWord(const Token& token) {
  if (token.shape != Shape::kLower) return Gate::kStrong;
  // "sr" and "un" are organisations in capitals only.
  if (token.length <= 3 && (token.lex & kGazetteerFlags) == kKnownOrg) return Gate::kWeak;
  if ((token.lex & kCommon) == 0) return token.length > 1 || token.lex != 0 ? Gate::kStrong : Gate::kWeak;
  if ((token.lex & kAddressCue) != 0) return Gate::kStrong;
  return (token.lex & kGazetteerFlags) != 0 ? Gate::kWeak : Gate::kNever;
}

Gate GateOfHan(const Token& token) {
  if (IsHanName(token.lex) && (token.lex & kHanWord) != 0) return Gate::kStrong;
  if (token.place == 3 && (token.traits & (kHanSurname | kHanForeign)) != 0) return Gate::kStrong;
  if ((token.traits & kHanOrgEnd) != 0 && token.place == 2) return Gate::kStrong;
  return (token.traits & kHanPlaceEnd) != 0 && token.place >= 2 ? Gate::kStrong : Gate::kWeak;
}

// 路, or 号 behind a number.
bool IsStreetEnd(const Token& token, const Token& before) {
  if ((token.traits & kHanStreetEnd) == 0) return false;
  const bool of_streets = token.code == 0x8DEF || token.code == 0x8857 || token.code == 0x9053 || token.code == 0x5DF7;
  return (of_streets && token.place >= 2) || before.kind == TokenKind::kNumber;
}

Gate GateOf(const Token& token) {
  switch (token.kind) {
    case TokenKind::kWord:
      return GateOfWord(token);
    case TokenKind::kHan:
      return GateOfHan(token);
    case TokenKind::kNumber:
      return token.length <= 7 ? Gate::kWeak : Gate::kNever;
    case TokenKind::kMixed:
      return token.length <= 8 ? Gate::kWeak : Gate::kNever;
    case TokenKind::kMark:
      return IsMarkOfNames(token.code) ? Gate::kWeak : Gate::kNever;
    default:
      return Gate::kNever;
  }
}

bool EndsAddressOfNet(const Token& token) {
  return token.kind == TokenKind::kHan || token.kind == TokenKind::kEdge || token.code == '"' || token.code == '<' ||
         token.code == '>' || token.code == ',' || token.code == ';' || token.code == '(' || token.code == ')';
}

// From an @ or :// to both sides as far as nothing lies between; no token is shut twice, so the time is linear.
void ShutAround(std::vector<Token>& tokens, size_t at, bool backward) {
  tokens[at].gate = Gate::kNever;
  for (size_t i = at; backward && i > kMargin && tokens[i].gap == Gap::kNone; --i) {
    Token& before = tokens[i - 1];
    if (EndsAddressOfNet(before) || before.code == '=' || before.code == ':') break;
    before.gate = Gate::kNever;
  }
  for (size_t i = at + 1; tokens[i].gap == Gap::kNone && !EndsAddressOfNet(tokens[i]); ++i) {
    tokens[i].gate = Gate::kNever;
  }
}

void ShutNetAddresses(std::vector<Token>& tokens) {
  size_t done = 0;
  for (size_t i = kMargin; i + kMargin < tokens.size(); ++i) {
    if (i < done || tokens[i].kind != TokenKind::kMark) continue;
    const auto glued = [&](size_t j) { return tokens[j].gap == Gap::kNone && tokens[j].kind != TokenKind::kEdge; };
    const bool mail = tokens[i].code == '@' && glued(i) && glued(i + 1) && tokens[i - 1].kind != TokenKind::kMark &&
                      tokens[i - 1].kind != TokenKind::kEdge;
    const bool url =
        tokens[i].code == ':' && tokens[i + 1].code == '/' && tokens[i + 2].code == '/' && glued(i + 1) && glued(i + 2);
    if (!mail && !url) continue;
    ShutAround(tokens, i, mail);
    if (url) tokens[i - 1].gate = Gate::kNever;
    done = i + 1;
    while (glued(done) && !EndsAddressOfNet(tokens[done])) ++done;
  }
}

// Numbers of three parts and more, and long ones, are no house numbers: days, hours, phones, accounts.
void ShutLongNumbers(std::vector<Token>& tokens) {
  const auto is_number = [](const Token& token) {
    return token.kind == TokenKind::kNumber || token.kind == TokenKind::kMixed;
  };
  for (size_t i = kMargin; i + kMargin < tokens.size();) {
    if (!is_number(tokens[i])) {
      ++i;
      continue;
    }
    size_t end = i + 1, parts = 1, digits = tokens[i].length;
    while (tokens[end].gap == Gap::kNone && tokens[end].kind == TokenKind::kMark && tokens[end + 1].gap == Gap::kNone &&
           is_number(tokens[end + 1])) {
      ++parts;
      digits += tokens[end + 1].length;
      end += 2;
    }
    if (parts > 2 || digits > 9) {
      for (size_t j = i; j < end; ++j) tokens[j].gate = Gate::kNever;
    }
    i = end;
  }
}

// May a name neither begin nor end with this?
bool IsFiller(const Token& token, const Token& before) {
  if (token.gate == Gate::kStrong) return false;
  if (token.kind == TokenKind::kMark) {
    return token.code != '.' || before.kind != TokenKind::kWord || before.length > 4 || token.gap != Gap::kNone;
  }
  constexpr uint32_t kNames = kGivenName | kSurname | kPlace | kRegion | kOrgWord | kStreetWord | kUnit | kKnownOrg;
  return token.kind == TokenKind::kWord && token.shape == Shape::kLower && (token.lex & kNames) == 0 &&
         token.length > 1;
}

// Takes from both ends of each run what no name begins or ends with.
void TrimRuns(std::vector<Token>& tokens) {
  const size_t last = tokens.size() - kMargin;
  for (size_t i = kMargin; i < last;) {
    if (!tokens[i].active) {
      ++i;
      continue;
    }
    size_t first = i, end = i;
    while (end < last && tokens[end].active) ++end;
    i = end;
    while (first < end && IsFiller(tokens[first], tokens[first - 1])) tokens[first++].active = false;
    while (end > first && IsFiller(tokens[end - 1], tokens[end - 2])) tokens[--end].active = false;
  }
}

}  // namespace

Heading HeadingOf(std::string_view heading) {
  if (heading.empty()) return Heading::kNone;
  std::string folded(heading.substr(0, 200));
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  const auto has_any = [&](auto... words) { return ((folded.find(words) != std::string::npos) || ...); };
  if (has_any("email", "e-mail", "e-post", "epost", "mail", "邮")) return Heading::kOther;
  if (has_any("company", "organi", "employer", "företag", "foretag", "bolag", "arbetsgivare", "公司", "单位", "组织",
              "机构", "雇主")) {
    return Heading::kOrganization;
  }
  if (has_any("street", "address", "adress", "gata", "postcode", "postnummer", "zip", "地址", "住址", "邮编", "街道")) {
    return Heading::kAddress;
  }
  if (has_any("city", "town", "country", "region", "county", "state", "place", "location", "stad", "ort", "land", "län",
              "kommun", "城市", "国家", "省", "籍贯", "出生地")) {
    return Heading::kPlace;
  }
  if (has_any("filename", "file_name", "username", "user_name", "hostname", "host_name", "domain", "product",
              "användarnamn", "用户名")) {
    return Heading::kOther;
  }
  if (has_any("name", "namn", "person", "patient", "customer", "kund", "contact", "kontakt", "姓名", "名字", "客户",
              "患者", "联系人", "收件人")) {
    return Heading::kPerson;
  }
  return Heading::kOther;
}

void OpenGates(Heading heading, std::vector<Token>& tokens) {
  const size_t first = kMargin, end = tokens.size() - kMargin;
  for (size_t i = first; i < end; ++i) {
    tokens[i].gate = GateOf(tokens[i]);
    if (IsStreetEnd(tokens[i], tokens[i - 1])) tokens[i].gate = Gate::kStrong;
  }
  ShutNetAddresses(tokens);
  ShutLongNumbers(tokens);
  const bool ask_all = heading > Heading::kOther;
  int reach = 0, reach_of_cue = 0, reach_han = 0;
  uint8_t prose = kNoProse;
  for (size_t i = first; i < end; ++i, --reach, --reach_of_cue, --reach_han) {
    Token& token = tokens[i];
    prose = std::min<uint8_t>(static_cast<uint8_t>(prose + 1), kNoProse);
    token.prose = prose;
    if (token.gate == Gate::kNever && token.kind == TokenKind::kWord) prose = 0;
    if (token.gate == Gate::kStrong) {
      reach = kReachAfter + 1;
      if (token.kind == TokenKind::kHan) reach_han = kReachHan + 1;
      if ((token.lex & (kAddressCue | kStreetWord)) != 0 && token.kind == TokenKind::kWord)
        reach_of_cue = kReachOfCue + 1;
    }
    const int reach_here = token.kind == TokenKind::kHan      ? reach_han
                           : token.kind == TokenKind::kNumber ? std::max(reach, reach_of_cue)
                                                              : reach;
    token.active = token.gate == Gate::kStrong || (token.gate == Gate::kWeak && (reach_here > 0 || ask_all));
  }
  reach = reach_han = 0;
  for (size_t i = end; i > first; --i, --reach, --reach_han) {
    Token& token = tokens[i - 1];
    if (token.gate == Gate::kStrong) {
      reach = kReachBefore + 1;
      // Little of a name stands before a surname, much before the last word of an organisation.
      if (token.kind == TokenKind::kHan) reach_han = std::max(reach_han, token.place == 3 ? 2 : kReachHan + 1);
    }
    const int reach_here = token.kind == TokenKind::kHan ? reach_han : reach;
    token.active = token.active || (token.gate == Gate::kWeak && reach_here > 0);
  }
  TrimRuns(tokens);
}

}  // namespace strongroom::names
