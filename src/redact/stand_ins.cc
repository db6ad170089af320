#include "redact/stand_ins.h"

#include <algorithm>
#include <array>
#include <vector>

#include "detect/validators.h"
#include "redact/marks.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

using detect::Kind;

constexpr std::string_view kUrl = "https://example.com/x";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kPhoneEnd = "55501";  // and two digits
constexpr std::string_view kCardBegin = "999999";
constexpr std::string_view kMacBegin = "00005e0053";  // RFC 7042 section 2.1.2: for documentation

// Letters in lower case (ASCII and Latin-1), runs of blanks as one: two spellings of one value are one value.
std::string Normal(std::string_view value) {
  std::string normal;
  normal.reserve(value.size());
  for (size_t at = 0; at < value.size();) {
    const CodePoint c = CodePointAt(value.substr(at));
    if (IsBlank(c.value)) {
      if (!normal.empty() && normal.back() != ' ') normal.push_back(' ');
    } else if (c.value >= 0xC0 && c.value <= 0xDE && c.value != 0xD7) {
      AppendUtf8(normal, c.value + 32);
    } else if (c.value < 0x80) {
      normal.push_back(ToLower(static_cast<char>(c.value)));
    } else {
      normal.append(value.substr(at, c.size));
    }
    at += c.size;
  }
  return normal;
}

std::string DigitsOf(std::string_view value) {
  std::string digits;
  for (char c : value) {
    if (IsDigit(c)) digits.push_back(c);
  }
  return digits;
}

std::string LettersOf(std::string_view value) {  // and digits, in lower case
  std::string letters;
  for (char c : value) {
    if (IsAlnum(c)) letters.push_back(ToLower(c));
  }
  return letters;
}

// A stream of small numbers out of one (Sebastiano Vigna's splitmix64): the secret is in the seed.
class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(seed) {}
  uint64_t Below(uint64_t bound) {
    uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return (z ^ z >> 31) % bound;
  }
  char Digit() { return static_cast<char>('0' + Below(10)); }

 private:
  uint64_t state_;
};

// `value` with its letters and digits replaced, in order, by those of `stand_in`; separators and capitals stay.
void AppendInFormat(std::string_view value, std::string_view stand_in, std::string& out) {
  size_t next = 0;
  for (size_t at = 0; at < value.size();) {
    const CodePoint c = CodePointAt(value.substr(at));
    if (c.value < 0x80 && IsAlnum(value[at])) {
      const char with = next < stand_in.size() ? stand_in[next++] : '0';
      out.push_back(IsUpper(value[at]) ? ToUpper(with) : with);
    } else if (!IsWordCharacter(c.value) && c.value != 0xFFFD) {
      out.append(value.substr(at, c.size));
    } else {
      out.push_back('0');  // full-width digits, letters of other scripts
    }
    at += c.size;
  }
}

std::string PhoneDigits(std::string_view value, Draw draw) {
  const size_t count = DigitsOf(value).size();
  std::string digits(count, '0');
  if (count < kPhoneEnd.size() + 2) return digits;
  digits.replace(count - 7, 5, kPhoneEnd);
  digits[count - 2] = draw.Digit();
  digits[count - 1] = draw.Digit();
  return digits;
}

std::string CardDigits(std::string_view value, Draw draw) {
  const size_t count = DigitsOf(value).size();
  if (count < 8) return std::string(count, '0');
  std::string digits(kCardBegin);
  while (digits.size() + 1 < count) digits.push_back(draw.Digit());
  digits.push_back(detect::LuhnCheckDigit(digits));
  return digits;
}

// ISO 7064 MOD 97-10 over letters as two digits.
int Mod97(std::string_view text) {
  int rest = 0;
  for (char c : text) rest = IsDigit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (ToLower(c) - 'a' + 10)) % 97;
  return rest;
}

// The country stays, the bank is 0000 or XXXX, the rest is drawn, the check digits are right.
std::string IbanLetters(std::string_view value, Draw draw) {
  std::string letters = LettersOf(value);
  if (letters.size() < 12) return std::string(letters.size(), '0');
  for (size_t i = 4; i < letters.size(); ++i) {
    letters[i] = IsLetter(letters[i]) ? 'x' : i < 8 ? '0' : draw.Digit();
  }
  letters[2] = letters[3] = '0';
  const int check = 98 - Mod97(letters.substr(4) + letters.substr(0, 4));
  letters[2] = static_cast<char>('0' + check / 10);
  letters[3] = static_cast<char>('0' + check % 10);
  return letters;
}

// The first half zeros (no such area, no such day), then digits that are drawn; letters become x.
std::string NumberLetters(std::string_view value, size_t zeros, Draw draw) {
  std::string letters = LettersOf(value);
  for (size_t i = 0; i < letters.size(); ++i) letters[i] = IsLetter(letters[i]) ? 'x' : i < zeros ? '0' : draw.Digit();
  return letters;
}

void AppendIp(std::string_view value, Draw draw, std::string& out) {
  if (value.find(':') == std::string_view::npos) {
    constexpr std::array<std::string_view, 3> kNets = {"192.0.2.", "198.51.100.", "203.0.113."};
    out += kNets[draw.Below(3)];
    out += std::to_string(draw.Below(254) + 1);
    return;
  }
  out += "2001:db8:";
  for (int group = 0; group < 2; ++group) {
    out.push_back(':');
    out.push_back(kBase32[draw.Below(6)]);  // a-f: a group never begins with 0
    for (int i = 0; i < 3; ++i) out.push_back("0123456789abcdef"[draw.Below(16)]);
  }
}

// The first of January 1900, in the way it was written.
void AppendDate(std::string_view value, std::string& out) {
  for (size_t at = 0; at < value.size();) {
    size_t end = at;
    if (IsDigit(value[at])) {
      while (end < value.size() && IsDigit(value[end])) ++end;
      const size_t size = end - at;
      out += size == 1 ? "1" : size == 2 ? "01" : size == 4 ? "1900" : size == 8 ? "19000101" : std::string(size, '0');
    } else if (IsLetter(value[at])) {
      while (end < value.size() && IsLetter(value[end])) ++end;
      const std::string_view word = value.substr(at, end - at);
      const std::string_view month = IsUpper(value[at]) ? "January" : "january";
      out += word.size() < 3 ? word : word.size() == 3 ? month.substr(0, 3) : month;
    } else {
      const CodePoint c = CodePointAt(value.substr(at));
      end = at + c.size;
      const bool foreign_digit = c.value >= 0xFF10 && c.value <= 0xFF19;
      out += foreign_digit ? std::string_view("0") : value.substr(at, c.size);
    }
    at = end;
  }
}

bool OnlyZeros(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c == '0' || c == 'X' || c == 'x' || (static_cast<unsigned char>(c) < 0x80 && !IsAlnum(c));
  });
}

// Whether all words are stand-ins or zeros.
bool OnlyStandInWords(std::string_view value) {
  std::vector<Span> marks;
  FindMarks(value, marks);
  size_t from = 0;
  marks.push_back({value.size(), value.size()});
  for (const Span& mark : marks) {
    if (!OnlyZeros(value.substr(from, mark.begin - from))) return false;
    from = mark.end;
  }
  return true;
}

bool IsStandInDate(std::string_view value) {
  std::string again;
  AppendDate(value, again);
  return again == value;
}

bool IsStandInMail(std::string_view value) {
  std::vector<Span> marks;
  FindMarks(value, marks);
  return marks.size() == 1 && marks[0].begin == 0 && marks[0].end == value.size() && value.ends_with(kStandInDomain);
}

bool StartsWithZeros(std::string_view letters, size_t zeros) {
  for (size_t i = 0; i < letters.size() && i < zeros; ++i) {
    if (letters[i] != '0' && letters[i] != 'x') return false;
  }
  return !letters.empty();
}

bool IsStandInPhone(std::string_view value) {
  const std::string digits = DigitsOf(value);
  if (digits.size() < 7) return digits.find_first_not_of('0') == std::string::npos;
  const std::string_view end = std::string_view(digits).substr(digits.size() - 7);
  return end.starts_with(kPhoneEnd) && digits.find_first_not_of('0') >= digits.size() - 7;
}

bool IsStandInIban(std::string_view value) {
  const std::string letters = LettersOf(value);
  return letters.size() >= 12 && StartsWithZeros(std::string_view(letters).substr(4), 4);
}

constexpr size_t kSsnZeros = 3;  // area 000 was never issued (SSA, "SSN Randomization", 2011)

// An identity number's stand-in: no number of a person or a telephone begins with so many zeros.
bool IsStandInNumber(std::string_view value) {
  const std::string letters = LettersOf(value);
  if (letters.size() == 9 && StartsWithZeros(letters, kSsnZeros)) return true;
  return letters.size() >= 8 && StartsWithZeros(letters, (letters.size() + 1) / 2);
}

}  // namespace

uint64_t StandIns::Number(std::string_view use, std::string_view value) const {
  const Digest digest = mac_.Compute({use, std::string_view("\0", 1), value});
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | digest[i];
  return number;
}

uint64_t StandIns::HashOf(Kind kind, std::string_view value) const {
  return Number(detect::NameOf(kind), Normal(value));
}

// Word by word; digits of a house or a postal code become zeros.
void StandIns::Words(std::string_view value, std::string& out) const {
  for (size_t at = 0; at < value.size();) {
    const CodePoint first = CodePointAt(value.substr(at));
    size_t end = at + first.size;
    if (!IsWordCharacter(first.value)) {
      out.append(first.value == 0xFFFD ? std::string_view("?") : value.substr(at, first.size));
    } else if (first.value < 0x80 && IsDigit(value[at])) {
      out.push_back('0');
    } else {
      const bool han = IsHan(first.value);
      while (end < value.size()) {
        const CodePoint c = CodePointAt(value.substr(end));
        const bool joins = IsUnseen(c.value) && c.value != 0xFFFD;
        if (!joins && (!IsWordCharacter(c.value) || IsHan(c.value) != han || (c.value < 0x80 && IsDigit(value[end]))))
          break;
        end += c.size;
      }
      const std::string word = Normal(value.substr(at, end - at));
      if (han) {
        out += StandInHanName(Number("han", word) % kStandInHanNames);
      } else {
        std::string stand_in = StandInWord(Number("word", word) % kStandInWords);
        const std::string_view whole = value.substr(at, end - at);
        const bool no_lower = std::none_of(whole.begin(), whole.end(), IsLower);
        const bool no_upper = std::none_of(whole.begin(), whole.end(), IsUpper);
        if (no_lower && !no_upper && whole.size() > 1)
          std::transform(stand_in.begin(), stand_in.end(), stand_in.begin(), ToUpper);
        if (IsLower(whole[0])) stand_in[0] = 'x';
        out += stand_in;
      }
    }
    at = end;
  }
}

void StandIns::Append(Kind kind, std::string_view value, std::string& out) const {
  const auto draw = [&](std::string_view use, std::string_view what) { return Draw(Number(use, what)); };
  switch (kind) {
    case Kind::kPerson:
    case Kind::kStreetAddress:
    case Kind::kLocation:
    case Kind::kOrganization:
      return Words(value, out);
    case Kind::kDate:
    case Kind::kDateOfBirth:
      return AppendDate(value, out);
    case Kind::kEmail:
    case Kind::kUrl: {
      Draw letters = draw(detect::NameOf(kind), Normal(value));
      out += kind == Kind::kEmail ? "x" : kUrl;
      for (int i = 0; i < 10; ++i) out.push_back(kBase32[letters.Below(32)]);
      if (kind == Kind::kEmail) out += kStandInDomain;
      return;
    }
    case Kind::kPhone:
      return AppendInFormat(value, PhoneDigits(value, draw("phone", DigitsOf(value))), out);
    case Kind::kIpAddress:
      return AppendIp(value, draw("ip", Normal(value)), out);
    case Kind::kMacAddress: {
      Draw digits = draw("mac", LettersOf(value));
      std::string address(kMacBegin);
      for (int i = 0; i < 2; ++i) address.push_back("0123456789abcdef"[digits.Below(16)]);
      return AppendInFormat(value, address, out);
    }
    case Kind::kCreditCard:
      return AppendInFormat(value, CardDigits(value, draw("card", DigitsOf(value))), out);
    case Kind::kIban:
      return AppendInFormat(value, IbanLetters(value, draw("iban", LettersOf(value))), out);
    case Kind::kUsSsn:
      return AppendInFormat(value, NumberLetters(value, kSsnZeros, draw("ssn", LettersOf(value))), out);
    case Kind::kNationalId: {
      const std::string letters = LettersOf(value);
      return AppendInFormat(value, NumberLetters(value, (letters.size() + 1) / 2, draw("id", letters)), out);
    }
    case Kind::kAge:
    case Kind::kSecret:
      return AppendInFormat(value, NumberLetters(value, value.size(), Draw(0)), out);
  }
}

bool StandIns::Is(Kind kind, std::string_view value) {
  // Without the number it was, a recogniser may take a stand-in for a number of another kind.
  const bool number = kind == Kind::kPhone || kind == Kind::kCreditCard || kind == Kind::kIban ||
                      kind == Kind::kUsSsn || kind == Kind::kNationalId || kind == Kind::kDate ||
                      kind == Kind::kDateOfBirth;
  if (number && (IsStandInNumber(value) || IsStandInPhone(value) || IsStandInIban(value) ||
                 DigitsOf(value).starts_with(kCardBegin))) {
    return true;
  }
  switch (kind) {
    case Kind::kPerson:
    case Kind::kStreetAddress:
    case Kind::kLocation:
    case Kind::kOrganization:
      return OnlyStandInWords(value);
    case Kind::kDate:
    case Kind::kDateOfBirth:
      return IsStandInDate(value);
    case Kind::kEmail:
      return IsStandInMail(value);
    case Kind::kUrl:
      return value.size() == kUrl.size() + 10 && value.starts_with(kUrl);
    case Kind::kPhone:
      return IsStandInPhone(value);
    case Kind::kIpAddress:
      return value.starts_with("192.0.2.") || value.starts_with("198.51.100.") || value.starts_with("203.0.113.") ||
             value.starts_with("2001:db8::");
    case Kind::kMacAddress:
      return LettersOf(value).starts_with(kMacBegin);
    case Kind::kCreditCard:
      return DigitsOf(value).starts_with(kCardBegin);
    case Kind::kIban:
      return IsStandInIban(value);
    case Kind::kUsSsn:
      return StartsWithZeros(LettersOf(value), kSsnZeros);
    case Kind::kNationalId: {
      const std::string letters = LettersOf(value);
      return StartsWithZeros(letters, (letters.size() + 1) / 2);
    }
    case Kind::kAge:
    case Kind::kSecret:
      return OnlyZeros(value);
  }
  return false;
}

}  // namespace strongroom::redact
