// E-mail addresses (RFC 5322 dot-atoms, RFC 6531), URLs (RFC 3986), IPv4 and IPv6 (RFC 4291), MAC addresses.
#include <algorithm>
#include <array>

#include "detect/folding.h"
#include "detect/pass.h"

namespace strongroom::detect::internal {
namespace {

constexpr size_t kLongestLocal = 128;  // bytes; 64 octets by RFC 5321, more in percent-encoding
constexpr size_t kLongestDomain = 512;
constexpr size_t kLongestUrl = size_t{8} << 10;

bool IsIdeograph(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0xE3 || lead > 0xED || at + 3 > text.size()) return false;
  // U+3000 to U+303F are marks, U+30FB a dot.
  return !(lead == 0xE3 && static_cast<unsigned char>(text[at + 1]) == 0x80);
}

constexpr std::array<bool, 256> kLocal = [] {
  std::array<bool, 256> local{};
  for (char c : std::string_view("!#$&'*+-/=?^_`{|}~.")) local[static_cast<size_t>(c)] = true;
  for (int c = 0; c < 128; ++c) local[static_cast<size_t>(c)] |= IsAlnum(static_cast<char>(c));
  return local;
}();

// What a character is in an address: 'a' a letter, digit or mark; 'l' a letter outside ASCII; 'h' an ideograph;
// 'u' unseen; '\0' none of these.
char AddressClass(std::string_view text, size_t at, const Folded& folded) {
  if (kLocal[static_cast<unsigned char>(folded.c)]) return folded.length == 3 && folded.c == '/' ? '\0' : 'a';
  if (folded.c == kLetter) return 'l';
  if (folded.c == kUnseen) return 'u';
  if (folded.c == kOther && IsIdeograph(text, at)) return 'h';
  return '\0';
}

// Where the local part that ends at `end` begins; `end` when there is none.
size_t LocalBegin(std::string_view text, size_t end) {
  size_t at = end;
  bool letters = false;
  bool ideographs = false;
  while (at > 0 && end - at < kLongestLocal) {
    const char c = text[at - 1];
    if (kLocal[static_cast<unsigned char>(c)] && (at < 3 || text[at - 3] != '%')) {
      if (IsAlnum(c)) {
        if (ideographs) break;
        letters = true;
      }
      --at;
      continue;
    }
    const Folded before = FoldBefore(text, at);
    if (before.length == 0) break;
    const char what = AddressClass(text, at - before.length, before);
    if (what == '\0') break;
    // Between scripts a label ends and the address begins ("邮箱zhang@…").
    if (what == 'h' && letters) break;
    if (what == 'a' && ideographs && IsAlnum(before.c)) break;
    letters |= (what == 'a' && IsAlnum(before.c)) || what == 'l';
    ideographs |= what == 'h';
    at -= before.length;
  }
  // A label in the same script, and marks an address does not begin with ("mail=x@…", "'x@…").
  if (ideographs) {
    for (std::string_view label :
         {"\u90ae\u7bb1", "\u90ae\u4ef6", "\u7535\u90ae", "\u5730\u5740", "\u662f", "\u4e3a"}) {
      const size_t found = text.substr(at, end - at).rfind(label);
      if (found != std::string_view::npos && found + label.size() < end - at) at += found + label.size();
    }
  }
  const std::string_view local = text.substr(at, end - at);
  const size_t mark = local.find_last_of("=?&/|`{}#$!*^~");
  if (mark != std::string_view::npos) at += mark + 1;
  while (at < end && (text[at] == '.' || text[at] == '\'' || text[at] == '-')) ++at;
  return at;
}

// Where the domain that begins at `begin` ends; `begin` when it is none.
size_t DomainEnd(std::string_view text, size_t begin) {
  size_t at = begin;
  size_t end = begin;    // of what is a domain so far
  size_t label = begin;  // where the present label begins
  size_t labels = 0;
  bool label_digits = true;  // digits only
  bool ascii = true;         // the first label
  char last = '.';
  const auto close = [&] {
    if (at == label || last == '-') return false;
    ++labels;
    if (labels >= 2 && !label_digits && (at - label >= 2)) end = at;
    return true;
  };
  while (at < text.size() && at - begin < kLongestDomain) {
    if (IsAlnum(text[at])) {
      if (at == begin) ascii = true;
      if (!IsDigit(text[at])) label_digits = false;
      last = 'a';
      ++at;
      continue;
    }
    const Folded next = FoldAt(text, at);
    const char what = AddressClass(text, at, next);
    const bool dot = next.c == '.' || (next.c == kOther && text.substr(at).starts_with("\u3002") && !ascii);
    if (dot) {
      if (!close()) break;
      at += next.length;
      label = at;
      label_digits = true;
      last = '.';
      continue;
    }
    if (what == 'u') {
      at += next.length;
      continue;
    }
    const bool inside = (what == 'a' && (IsAlnum(next.c) || next.c == '-')) || what == 'l' || what == 'h';
    if (!inside || (what == 'h' && ascii && at != begin) || (next.c == '-' && at == label)) break;
    if (at == begin) ascii = what != 'h';
    if (!IsDigit(next.c)) label_digits = false;
    last = next.c == '-' ? '-' : 'a';
    at += next.length;
  }
  (void)close();
  return end;
}

// The end of a URL that begins at `begin` and whose host begins at `host`; what is written after it is not its own.
size_t UrlEnd(std::string_view text, size_t host) {
  size_t at = host;
  const bool ideographs = host < text.size() && IsIdeograph(text, host);
  int brackets = 0;
  while (at < text.size() && at - host < kLongestUrl) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c <= ' ' || c == '"' || c == '<' || c == '>' || c == '`' || c == '|' || c == '\\' || c == '{' || c == '}')
      break;
    if (c == '(') ++brackets;
    if (c == ')' && --brackets < 0) break;
    if (c >= 0x80) {
      const Folded next = FoldSlow(text, at);
      if (next.c != kLetter && !(IsIdeograph(text, at) && (ideographs || text[at - 1] == '/'))) break;
      at += next.length;
      continue;
    }
    ++at;
  }
  while (at > host && std::string_view(".,;:!?'*_~-)]").find(text[at - 1]) != std::string_view::npos) {
    if (text[at - 1] == ')' && text.substr(host, at - host).find('(') != std::string_view::npos) break;
    if (text[at - 1] == '-' || text[at - 1] == '_') break;
    --at;
  }
  return at;
}

bool HostLike(std::string_view text, size_t host, size_t end) {
  return end > host + 2 && (IsAlnum(text[host]) || text[host] == '[' || static_cast<unsigned char>(text[host]) >= 0x80);
}

}  // namespace

size_t FindEmail(Pass& pass, size_t at_sign, size_t at_length) {
  const size_t row = pass.tables.RowOf(Grammar::kEmail);
  const size_t end = DomainEnd(pass.text, at_sign + at_length);
  if (end == at_sign + at_length) return 0;
  const size_t begin = LocalBegin(pass.text, at_sign);
  if (begin == at_sign || pass.text[at_sign - 1] == '.') return 0;
  pass.Add(row, begin, end, Recognisers()[row].plain);
  return end;
}

size_t FindUrl(Pass& pass, size_t colon) {
  if (colon < pass.urls_to) return 0;
  size_t begin = colon;
  while (begin > 0 && colon - begin < 12 && (IsAlnum(pass.text[begin - 1]) || pass.text[begin - 1] == '+')) --begin;
  while (begin < colon && !IsAlpha(pass.text[begin])) ++begin;
  const size_t host = colon + 3;
  const size_t end = UrlEnd(pass.text, host);
  pass.urls_to = end;
  if (colon - begin < 2 || !HostLike(pass.text, host, end)) return 0;
  const size_t row = pass.tables.RowOf(Grammar::kUrl);
  pass.Add(row, begin, end, Recognisers()[row].plain);
  return end;
}

size_t FindWww(Pass& pass, size_t last_w) {
  if (last_w < pass.urls_to) return 0;
  if (last_w < 2 || Lower(pass.text[last_w - 1]) != 'w' || Lower(pass.text[last_w - 2]) != 'w') return 0;
  const size_t begin = last_w - 2;
  const char before = FoldBefore(pass.text, begin).c;
  if (IsAlnum(before) || before == '@' || before == '.' || before == '-') return 0;
  const size_t end = UrlEnd(pass.text, begin);
  pass.urls_to = end;
  if (end < begin + 7 || pass.text.substr(begin + 4, end - begin - 4).find('.') == std::string_view::npos) return 0;
  const size_t row = pass.tables.RowOf(Grammar::kUrl);
  pass.Add(row, begin, end, Recognisers()[row].plain);
  return end;
}

size_t FindIpv4(Pass& pass, const NumberText& number, const LeftSide& left) {
  if (number.count < 4 || left.decimal || left.digit_group || left.word) return 0;
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0 && number.words[i].separator != '.') return 0;
    const std::string_view octet = number.Word(i);
    if (!number.words[i].all_digits() || octet.size() > 3 || (octet.size() > 1 && octet[0] == '0')) return 0;
    int value = 0;
    for (char c : octet) value = value * 10 + (c - '0');
    if (value > 255) return 0;
  }
  if (number.count > 4 && number.words[4].separator == '.') return 0;
  size_t end = number.words[3].raw_end;
  // A prefix length belongs to it.
  if (number.count > 4 && number.words[4].separator == '/' && number.words[4].length() <= 2 &&
      number.words[4].all_digits()) {
    end = number.words[4].raw_end;
  }
  const size_t row = pass.tables.RowOf(Grammar::kIp);
  pass.Add(row, number.words[0].raw_begin, end, Recognisers()[row].plain);
  return end;
}

namespace {

// Groups of hexadecimal digits between colons.
struct ColonGroups {
  int groups = 0;
  int gaps = 0;       // "::"
  bool pairs = true;  // every group has two digits
  bool fits = true;
};

ColonGroups ReadColonGroups(std::string_view text) {
  ColonGroups read;
  size_t at = 0;
  while (at < text.size()) {
    size_t digits = 0;
    while (at + digits < text.size() && IsHex(text[at + digits])) ++digits;
    if (digits > 4) read.fits = false;
    if (digits != 2) read.pairs = false;
    if (digits > 0) ++read.groups;
    at += digits;
    if (at == text.size()) break;
    if (text.substr(at).starts_with("::")) {
      ++read.gaps;
      at += 2;
      continue;
    }
    // A single colon stands between two groups.
    if (digits == 0 || at + 1 == text.size()) read.fits = false;
    ++at;
  }
  return read;
}

}  // namespace

size_t FindColonAddress(Pass& pass, size_t colon, size_t floor) {
  const std::string_view text = pass.text;
  const auto inside = [](char c) { return IsHex(c) || c == ':'; };
  size_t begin = colon;
  size_t end = colon;
  while (begin > floor && colon - begin < 45 && inside(text[begin - 1])) --begin;
  while (end < text.size() && end - colon < 45 && inside(text[end])) ++end;
  if (end - begin < 3) return 0;
  // "address:2001:db8::1": the letters of a word before are no part of it.
  if (begin > 0 && (IsAlnum(text[begin - 1]) || text[begin - 1] == '_')) {
    if (begin == colon) return 0;
    return 0;
  }
  while (end > begin && text[end - 1] == ':' && !text.substr(begin, end - begin).ends_with("::")) --end;
  if (end < text.size() && IsAlnum(text[end])) return 0;
  const std::string_view address = text.substr(begin, end - begin);
  const ColonGroups read = ReadColonGroups(address);
  if (!read.fits) return 0;
  if (read.pairs && read.groups == 6 && read.gaps == 0 && address.size() == 17) {
    const size_t row = pass.tables.RowOf(Grammar::kMac);
    pass.Add(row, begin, end, Recognisers()[row].plain);
    return end;
  }
  const bool whole = read.groups == 8 && read.gaps == 0;
  const bool shortened = read.gaps == 1 && read.groups <= 7 && read.groups >= 1;
  if (!whole && !shortened) return 0;
  // "a::b" and "::ab" are as often names in programs.
  const bool digit = std::any_of(address.begin(), address.end(), [](char c) { return IsDigit(c); });
  if (!digit || (shortened && read.groups < 2 && address != "::1")) return 0;
  // The last 32 bits may be written as IPv4 ("::ffff:192.0.2.1").
  size_t tail = end;
  while (tail < text.size() && tail - end < 13 && (IsDigit(text[tail]) || text[tail] == '.')) ++tail;
  while (tail > end && text[tail - 1] == '.') --tail;
  if (std::count(text.begin() + static_cast<ptrdiff_t>(end), text.begin() + static_cast<ptrdiff_t>(tail), '.') == 3)
    end = tail;
  const size_t row = pass.tables.RowOf(Grammar::kIp);
  pass.Add(row, begin, end, Recognisers()[row].plain);
  return end;
}

size_t FindMac(Pass& pass, const NumberText& number, const LeftSide& left) {
  const char mark = number.count > 1 ? number.words[1].separator : '\0';
  const size_t groups = mark == '-' ? 6 : mark == '.' ? 3 : 0;
  if (groups == 0 || number.count < groups || left.word || left.digit_group || left.decimal) return 0;
  size_t letters_or_digits = 0;
  for (size_t i = 0; i < groups; ++i) {
    if (i > 0 && number.words[i].separator != mark) return 0;
    const std::string_view word = number.Word(i);
    if (word.size() != 12 / groups || !std::all_of(word.begin(), word.end(), IsHex)) return 0;
    letters_or_digits += number.words[i].digits;
  }
  // Without a letter it is a number of another kind.
  if (letters_or_digits == 12 || (number.count > groups && number.words[groups].separator == mark)) return 0;
  const size_t row = pass.tables.RowOf(Grammar::kMac);
  pass.Add(row, number.words[0].raw_begin, number.words[groups - 1].raw_end, Recognisers()[row].plain);
  return number.words[groups - 1].raw_end;
}

}  // namespace strongroom::detect::internal
