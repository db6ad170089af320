#include "vault/normalise_text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <cstring>

#include "detect/validators.h"

namespace strongroom {
namespace {

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Separators of numbers that are longer than a byte, with the white space among them first.
constexpr std::string_view kWideSpaces[] = {"\xC2\xA0",     "\xC2\x85",     "\xE1\x9A\x80", "\xE2\x80\xA8",
                                            "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE3\x80\x80"};
constexpr std::string_view kWideHyphens[] = {"\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x93", "\xE2\x88\x92"};

size_t WideSpaceAt(std::string_view text) {
  for (std::string_view space : kWideSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

// Unicode data is part of the library; failing to load it would be a broken installation, and the text stays as it is.
std::string Normalise(const icu::Normalizer2* form, std::string_view text, UErrorCode status) {
  std::string out;
  if (form == nullptr || U_FAILURE(status)) return std::string(text);
  out.reserve(text.size() + 8);
  icu::StringByteSink<std::string> sink(&out);
  form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  return U_FAILURE(status) ? std::string(text) : out;
}

// Runs of white space become one space, in place; none at either end.
void CollapseSpace(std::string& text) {
  size_t to = 0;
  bool pending = false;
  for (size_t from = 0; from < text.size();) {
    const size_t wide = static_cast<uint8_t>(text[from]) >= 0xC2 ? WideSpaceAt(std::string_view(text).substr(from)) : 0;
    if (wide != 0 || IsAsciiSpace(text[from])) {
      pending = to != 0;
      from += std::max<size_t>(wide, 1);
      continue;
    }
    if (pending) text[to++] = ' ';
    pending = false;
    text[to++] = text[from++];
  }
  text.resize(to);
}

// Takes the first choice off a list with commas.
std::string_view NextChoice(std::string_view& choices) {
  const size_t comma = std::min(choices.find(','), choices.size());
  const std::string_view choice = choices.substr(0, comma);
  choices.remove_prefix(std::min(comma + 1, choices.size()));
  return TrimSpace(choice);
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
         });
}

// A name covers one type, a country all of its types that people bear.
bool ChoiceCovers(std::string_view choice, const detect::NationalIdType& type) {
  if (!StartsWithIgnoringCase(type.name, choice)) return false;
  return choice.size() == type.name.size() || (choice.size() == 2 && type.natural_person && type.name[2] == '.');
}

}  // namespace

bool IsAscii(std::string_view text) {
  uint64_t bits = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    bits |= word;
  }
  for (; i < text.size(); ++i) bits |= static_cast<uint8_t>(text[i]);
  return (bits & 0x8080808080808080u) == 0;
}

bool IsAllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

std::string AsciiLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty()) {
    const size_t wide = WideSpaceAt(text);
    if (wide == 0 && !IsAsciiSpace(text.front())) break;
    text.remove_prefix(std::max<size_t>(wide, 1));
  }
  for (bool again = true; again && !text.empty();) {
    again = IsAsciiSpace(text.back());
    if (again) text.remove_suffix(1);
    for (std::string_view space : kWideSpaces) {
      if (text.ends_with(space)) {
        text.remove_suffix(space.size());
        again = true;
      }
    }
  }
  return text;
}

std::string CompactCode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (IsAsciiSpace(c) || c == '-' || c == '.' || c == '/') {
      ++i;
      continue;
    }
    size_t wide = 0;
    if (static_cast<uint8_t>(c) >= 0xC2) {
      wide = WideSpaceAt(text.substr(i));
      for (std::string_view hyphen : kWideHyphens) {
        if (text.substr(i).starts_with(hyphen)) wide = hyphen.size();
      }
    }
    if (wide != 0) {
      i += wide;
      continue;
    }
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    ++i;
  }
  return out;
}

bool HasControlCharacters(std::string_view text, bool lines_allowed) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c >= 0x20 && c != 0x7F && c != 0xC2) continue;
    if (c == 0xC2) {
      if (i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) return true;
    } else if (!lines_allowed || (c != '\t' && c != '\n' && c != '\r')) {
      return true;
    }
  }
  return false;
}

bool HasDirectionControls(std::string_view text) {
  for (size_t i = text.find('\xE2'); i != std::string_view::npos && i + 2 < text.size(); i = text.find('\xE2', i + 1)) {
    const auto second = static_cast<uint8_t>(text[i + 1]);
    const auto third = static_cast<uint8_t>(text[i + 2]);
    if (second == 0x80 && third >= 0xAA && third <= 0xAE) return true;
    if (second == 0x81 && third >= 0xA6 && third <= 0xA9) return true;
  }
  return false;
}

bool HasLetter(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    int32_t code_point = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) code_point = code_point << 6 | (text[i + k] & 0x3F);
    if (u_isalpha(code_point)) return true;
    i += length;
  }
  return false;
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string ToNfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFCInstance(status);
  return Normalise(form, text, status);
}

std::string FoldForSearch(std::string_view text) {
  std::string folded;
  if (IsAscii(text)) {
    folded = AsciiLower(text);
  } else {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
    folded = Normalise(form, text, status);
  }
  CollapseSpace(folded);
  return folded;
}

std::optional<detect::CivilDate> ParseIsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!IsDigit(text[i])) return std::nullopt;
  }
  const auto two = [&](size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const detect::CivilDate date{two(0) * 100 + two(2), two(5), two(8)};
  if (!detect::IsRealDate(date)) return std::nullopt;
  return date;
}

std::optional<std::string> CanonicalNumber(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() || (point != text.size() && fraction.empty())) return std::nullopt;
  if (!IsAllDigits(whole) || !IsAllDigits(fraction) || whole.size() + fraction.size() > 60) return std::nullopt;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  std::string out;
  if (negative && !(whole == "0" && fraction.empty())) out.push_back('-');
  out += whole;
  if (!fraction.empty()) {
    out.push_back('.');
    out += fraction;
  }
  return out;
}

bool AreNationalIdChoices(std::string_view choices) {
  while (!choices.empty()) {
    const std::string_view choice = NextChoice(choices);
    const auto types = detect::NationalIdTypes();
    if (!std::any_of(types.begin(), types.end(), [&](const auto& type) { return ChoiceCovers(choice, type); }))
      return false;
  }
  return true;
}

std::optional<std::string> CanonicalNationalId(std::string_view text, std::string_view choices,
                                               const detect::CivilDate& today) {
  const bool any = choices.empty();
  while (!choices.empty()) {
    const std::string_view choice = NextChoice(choices);
    for (const detect::NationalIdType& type : detect::NationalIdTypes()) {
      if (!ChoiceCovers(choice, type)) continue;
      if (const auto id = type.parse(text, today)) return std::string(id->view());
    }
  }
  if (!any) return std::nullopt;
  // Which type it is may be ambiguous, so the stored form does not depend on the answer.
  for (const detect::NationalIdType& type : detect::NationalIdTypes()) {
    if (type.parse(text, today)) return CompactCode(text);
  }
  return std::nullopt;
}

}  // namespace strongroom
