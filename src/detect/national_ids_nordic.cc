// Sweden, Norway, Denmark, Finland.
#include "detect/national_id_parts.h"

namespace strongroom::detect::internal {
namespace {

// Luhn over ten digits that do not stand in one piece of text.
bool LuhnOfTail(const IdText& id, size_t from) { return LuhnValid(id.view().substr(from)); }

}  // namespace

// Folkbokföringslag (1991:481) 18 §: YYMMDD-NNNC, a plus sign from the year the person turns 100; coordination numbers
// (18 a §) add 60 to the day.  The check digit is Luhn over the ten digits.  Canonical form: YYYYMMDDNNNC.  Numbers
// with a letter in place of the first serial digit (interim numbers of hospitals) are not personal numbers and are
// refused.
Parsed ParseSePersonnummer(std::string_view text, const CivilDate& today) {
  const bool plus = text.size() >= 11 && text[text.size() - 5] == '+';
  Parsed written;
  if (plus) {
    written = ReadShape(text, "dddddd+dddd");
    if (!written) written = ReadShape(text, "dddddddd+dddd");
  } else if (text.find_first_of(" ./\xC2\xAF") == std::string_view::npos) {  // hyphens only, no form of space
    written = ReadShape(text, "dddddd?dddd");
    if (!written) written = ReadShape(text, "dddddddd?dddd");
  }
  if (!written) return std::nullopt;
  IdText digits;
  for (char c : written->view()) {
    if (c != '+' && !digits.Append(c)) return std::nullopt;
  }
  const size_t year_digits = digits.size() == 12 ? 4 : 2;
  int year = Number(digits, 0, year_digits);
  const int month = Number(digits, year_digits, 2);
  int day = Number(digits, year_digits + 2, 2);
  const bool coordination = day >= 60;
  if (coordination) day -= 60;
  if (year_digits == 2) {
    // The latest century that is not in the future; the plus sign goes back one more.
    year += today.year / 100 * 100;
    if (CivilDate{year, month, day} > today) year -= 100;
    if (plus) year -= 100;
  }
  const CivilDate born{year, month, day};
  if (year < 1840 || born > today) return std::nullopt;
  // Coordination numbers may have month or day 00 (unknown), and among the tax agency's own are days such as the 31st
  // of September, so only the ranges hold for them.
  if (coordination ? month > 12 || day > 31 : !IsRealDate(born)) return std::nullopt;
  if (!LuhnOfTail(digits, year_digits - 2) || Number(digits, year_digits + 4, 3) == 0) return std::nullopt;
  IdText id;
  for (int scale : {1000, 100, 10, 1}) (void)id.Append(static_cast<char>('0' + year / scale % 10));
  for (char c : digits.view().substr(year_digits)) (void)id.Append(c);
  return id;
}

// Lag (1974:174) om identitetsbeteckning för juridiska personer: the third digit is at least 2, so that the number
// cannot be read as a birth date; Luhn.
Parsed ParseSeOrgnr(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dddddd?dddd");
  if (!id || (*id)[0] == '0' || (*id)[2] < '2' || !LuhnValid(id->view())) return std::nullopt;
  return id;
}

// Skatteetaten: DDMMYY, three individual digits that tell the century, two check digits modulo 11.  D numbers add 40 to
// the day, H numbers 40 to the month.
Parsed ParseNoFodselsnummer(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dddddd?ddddd");
  if (!id) return std::nullopt;
  const int first = (11 - WeightedSum(*id, {3, 7, 6, 1, 8, 9, 4, 5, 2}) % 11) % 11;
  const int second = (11 - WeightedSum(*id, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11;
  if (first != (*id)[9] - '0' || second != (*id)[10] - '0') return std::nullopt;
  int day = Number(*id, 0, 2);
  int month = Number(*id, 2, 2);
  int year = Number(*id, 4, 2);
  if (day > 40) day -= 40;
  if (month > 40) month -= 40;
  const int individual = Number(*id, 6, 3);
  if (individual < 500) {
    year += 1900;
  } else if (individual < 750 && year >= 54) {
    year += 1800;
  } else if (year < 40) {
    year += 2000;
  } else if (individual >= 900) {
    year += 1900;
  } else {
    return std::nullopt;
  }
  if (!IsBirthDate({year, month, day}, today)) return std::nullopt;
  return id;
}

// CPR-kontoret, "Personnummeret i CPR-systemet": DDMMYY-SSSS, the seventh digit tells the century.  The modulus 11
// check was given up in 2007, so a real date is all there is to check.  The serial 0000 is not given.
Parsed ParseDkCpr(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dddddd?dddd");
  if (!id || Number(*id, 6, 4) == 0) return std::nullopt;
  int year = Number(*id, 4, 2);
  const char century = (*id)[6];
  if (century <= '3' || ((century == '4' || century == '9') && year >= 37)) {
    year += 1900;
  } else if (century == '4' || century == '9' || year <= 57) {
    year += 2000;
  } else {
    year += 1800;
  }
  if (!IsBirthDate({year, Number(*id, 2, 2), Number(*id, 0, 2)}, today)) return std::nullopt;
  return id;
}

// Digital and Population Data Services Agency: DDMMYY, a century sign (several per century since 2023), three digits
// from 002, and a check character modulo 31.  900 to 999 are temporary and test codes; they are well formed.
Parsed ParseFiHetu(std::string_view text, const CivilDate& today) {
  if (text.size() != 11) return std::nullopt;
  IdText id;
  for (char c : text) (void)id.Append(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  for (size_t i : {0, 1, 2, 3, 4, 5, 7, 8, 9}) {
    if (!IsDigit(id[i])) return std::nullopt;
  }
  int year = Number(id, 4, 2);
  if (id[6] == '+') {
    year += 1800;
  } else if (std::string_view("-UVWXY").find(id[6]) != std::string_view::npos) {
    year += 1900;
  } else if (std::string_view("ABCDEF").find(id[6]) != std::string_view::npos) {
    year += 2000;
  } else {
    return std::nullopt;
  }
  if (!IsBirthDate({year, Number(id, 2, 2), Number(id, 0, 2)}, today) || Number(id, 7, 3) < 2) return std::nullopt;
  const int checked = Number(id, 0, 6) * 1000 + Number(id, 7, 3);
  if (id[10] != "0123456789ABCDEFHJKLMNPRSTUVWXY"[checked % 31]) return std::nullopt;
  return id;
}

}  // namespace strongroom::detect::internal
