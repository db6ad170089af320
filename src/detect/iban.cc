// IBAN: ISO 13616-1; lengths and structures from the SWIFT IBAN Registry (release 100).
#include <algorithm>

#include "detect/validators.h"

namespace strongroom::detect {
namespace {

// The structure of the part after country and check digits: runs of n (digit), a (upper-case letter), c (either).
struct Country {
  char code[3] = {};
  const char* structure = nullptr;
};

// Sorted by code.
constexpr Country kCountries[] = {
    {"AD", "8n12c"},   {"AE", "19n"},    {"AL", "8n16c"},    {"AT", "16n"},      {"AZ", "4a20c"},    {"BA", "16n"},
    {"BE", "12n"},     {"BG", "4a6n8c"}, {"BH", "4a14c"},    {"BI", "23n"},      {"BR", "23n1a1c"},  {"BY", "4c4n16c"},
    {"CH", "5n12c"},   {"CR", "18n"},    {"CY", "8n16c"},    {"CZ", "20n"},      {"DE", "18n"},      {"DJ", "23n"},
    {"DK", "14n"},     {"DO", "4c20n"},  {"EE", "16n"},      {"EG", "25n"},      {"ES", "20n"},      {"FI", "14n"},
    {"FK", "2a12n"},   {"FO", "14n"},    {"FR", "10n11c2n"}, {"GB", "4a14n"},    {"GE", "2a16n"},    {"GI", "4a15c"},
    {"GL", "14n"},     {"GR", "7n16c"},  {"GT", "24c"},      {"HN", "4a20n"},    {"HR", "17n"},      {"HU", "24n"},
    {"IE", "4a14n"},   {"IL", "19n"},    {"IQ", "4a15n"},    {"IS", "22n"},      {"IT", "1a10n12c"}, {"JO", "4a4n18c"},
    {"KW", "4a22c"},   {"KZ", "3n13c"},  {"LB", "4n20c"},    {"LC", "4a24c"},    {"LI", "5n12c"},    {"LT", "16n"},
    {"LU", "3n13c"},   {"LV", "4a13c"},  {"LY", "21n"},      {"MC", "10n11c2n"}, {"MD", "20c"},      {"ME", "18n"},
    {"MK", "3n10c2n"}, {"MN", "16n"},    {"MR", "23n"},      {"MT", "4a5n18c"},  {"MU", "4a19n3a"},  {"NI", "4a20n"},
    {"NL", "4a10n"},   {"NO", "11n"},    {"OM", "3n16c"},    {"PK", "4a16c"},    {"PL", "24n"},      {"PS", "4a21c"},
    {"PT", "21n"},     {"QA", "4a21c"},  {"RO", "4a16c"},    {"RS", "18n"},      {"RU", "14n15c"},   {"SA", "2n18c"},
    {"SC", "4a20n3a"}, {"SD", "14n"},    {"SE", "20n"},      {"SI", "15n"},      {"SK", "20n"},      {"SM", "1a10n12c"},
    {"SO", "19n"},     {"ST", "21n"},    {"SV", "4a20n"},    {"TL", "19n"},      {"TN", "20n"},      {"TR", "5n1n16c"},
    {"UA", "6n19c"},   {"VA", "18n"},    {"VG", "4a16n"},    {"XK", "16n"},      {"YE", "4a4n18c"},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool FitsStructure(std::string_view text, const char* structure) {
  size_t at = 0;
  while (*structure != '\0') {
    int run = 0;
    while (IsDigit(*structure)) run = run * 10 + (*structure++ - '0');
    const char kind = *structure++;
    for (int i = 0; i < run; ++i, ++at) {
      if (at >= text.size()) return false;
      const bool digit = IsDigit(text[at]);
      const bool letter = IsUpper(text[at]);
      if (kind == 'n' ? !digit : kind == 'a' ? !letter : !(digit || letter)) return false;
    }
  }
  return at == text.size();
}

// The text as a number modulo 97, letters counting as 10..35 (ISO 7064).
int Mod97(std::string_view text, int start) {
  int remainder = start;
  for (char c : text) {
    remainder = IsDigit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder;
}

}  // namespace

bool IbanValid(std::string_view iban) {
  if (iban.size() < 15 || iban.size() > 34) return false;
  const auto* const end = std::end(kCountries);
  const auto* const country =
      std::lower_bound(std::begin(kCountries), end, iban.substr(0, 2),
                       [](const Country& a, std::string_view code) { return std::string_view(a.code, 2) < code; });
  if (country == end || std::string_view(country->code, 2) != iban.substr(0, 2)) return false;
  if (!IsDigit(iban[2]) || !IsDigit(iban[3]) || !FitsStructure(iban.substr(4), country->structure)) return false;
  // Check digits run from 02 to 98; 00, 01 and 99 would be second spellings of the same remainder.
  const int check = (iban[2] - '0') * 10 + (iban[3] - '0');
  return check >= 2 && check <= 98 && Mod97(iban.substr(0, 4), Mod97(iban.substr(4), 0)) == 1;
}

}  // namespace strongroom::detect
