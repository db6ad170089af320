// Europe outside the Nordic countries, and Turkey.
#include "detect/national_id_parts.h"

namespace strongroom::detect::internal {

// Royal decree of 3 April 1984: YYMMDD, serial, 97 minus the first nine digits (with a 2 before them from 2000 on)
// modulo
// 97.  Month or day 00 means unknown, and months may be raised by 20 or 40 (bis numbers).
Parsed ParseBeNn(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dd?dd?dd?ddd?dd");
  if (!id) return std::nullopt;
  const int64_t nine = Number(*id, 0, 9);
  const int check = Number(*id, 9, 2);
  const int month = Number(*id, 2, 2) % 20;
  const int day = Number(*id, 4, 2);
  if (Number(*id, 2, 2) >= 60 || month > 12 || day > 31 || Number(*id, 6, 3) == 0) return std::nullopt;
  for (int century : {1900, 2000}) {
    const int64_t base = century == 2000 ? nine + 2'000'000'000 : nine;
    if (97 - base % 97 != check) continue;
    const int year = century + Number(*id, 0, 2);
    if (month == 0 || day == 0 ? year <= today.year : IsBirthDate({year, month, day}, today)) return id;
  }
  return std::nullopt;
}

// AHVN13: an EAN-13 under the country prefix 756.
Parsed ParseChSsn(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "756?dddd?dddd?dd");
  if (!id || WeightedSum(*id, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1}) % 10 != 0) return std::nullopt;
  return id;
}

// Abgabenordnung 139b, Steueridentifikationsnummerverordnung: among the first ten digits exactly one occurs twice or
// three times, the others at most once; ISO 7064 MOD 11,10.
Parsed ParseDeIdnr(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dd?ddd?ddd?ddd");
  if (!id || (*id)[0] == '0') return std::nullopt;
  int counts[10] = {};
  for (size_t i = 0; i < 10; ++i) ++counts[(*id)[i] - '0'];
  int repeated = 0;
  for (int count : counts) {
    if (count > 3) return std::nullopt;
    if (count > 1) ++repeated;
  }
  if (repeated != 1 || !Mod11_10Valid(id->view())) return std::nullopt;
  return id;
}

namespace {

// Ministerio del Interior: the number modulo 23 picks the letter.
bool SpanishLetterFits(int number, char letter) { return letter == "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]; }

}  // namespace

Parsed ParseEsDni(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dddddddd?L");
  if (!id || Number(*id, 0, 8) == 0 || !SpanishLetterFits(Number(*id, 0, 8), (*id)[8])) return std::nullopt;
  return id;
}

// X, Y and Z stand for a leading 0, 1 and 2.
Parsed ParseEsNie(std::string_view text, const CivilDate&) {
  Parsed id = ReadShape(text, "L?ddddddd?L");
  if (!id) id = ReadShape(text, "L?dddddddL");
  if (!id || (*id)[0] < 'X') return std::nullopt;
  if (!SpanishLetterFits(((*id)[0] - 'X') * 10'000'000 + Number(*id, 1, 7), (*id)[8])) return std::nullopt;
  return id;
}

// INSEE: sex, YY, MM, place of birth (2A and 2B for Corsica count as 19 and 18), serial, and a key of 97 minus the rest
// modulo 97.  Months above 12 stand for unknown ones.
Parsed ParseFrNir(std::string_view text, const CivilDate&) {
  Parsed id = ReadShape(text, "d?dd?dd?dX?ddd?ddd?dd");
  if (!id) id = ReadShape(text, "ddddddXdddddd?dd");
  if (!id || (*id)[0] == '0' || (*id)[0] > '8' || (*id)[0] == '5' || (*id)[0] == '6') return std::nullopt;
  const int month = Number(*id, 3, 2);
  if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) return std::nullopt;
  int64_t number = 0;
  for (size_t i = 0; i < 13; ++i) {
    char c = (*id)[i];
    if (i == 6 && !IsDigit(c)) {
      if ((*id)[5] != '2' || (c != 'A' && c != 'B')) return std::nullopt;
      number -= 1;  // the department's first digit becomes 1
      c = c == 'A' ? '9' : '8';
    }
    number = number * 10 + (c - '0');
  }
  if (97 - number % 97 != Number(*id, 13, 2)) return std::nullopt;
  return id;
}

// NHS Data Dictionary: ten digits, modulus 11.
Parsed ParseGbNhs(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?ddd?dddd");
  if (!id || IsRepeated(*id) || WeightedSum(*id, {10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) % 11 != 0) return std::nullopt;
  return id;
}

// HMRC, National Insurance Manual NIM39110: the letters never used, the prefixes never allocated, suffix A to D.
Parsed ParseGbNino(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "LL?dd?dd?dd?L");
  if (!id || (*id)[8] > 'D') return std::nullopt;
  const std::string_view prefix = id->view().substr(0, 2);
  if (prefix.find_first_of("DFIQUV") != std::string_view::npos || prefix[1] == 'O') return std::nullopt;
  for (std::string_view unused : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}) {
    if (prefix == unused) return std::nullopt;
  }
  return id;
}

// HMRC: the first digit checks the other nine, modulus 11.
Parsed ParseGbUtr(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddddd?ddddd");
  if (!id || IsRepeated(*id)) return std::nullopt;
  const int sum = WeightedSum(*id, {0, 6, 7, 8, 9, 10, 5, 4, 3, 2});
  if ((*id)[0] != "21987654321"[sum % 11]) return std::nullopt;
  return id;
}

// Decreto ministeriale of 23 December 1976: six letters of the names, year, a month letter, the day (women add 40), the
// place, and a letter that weighs odd places by a table.  Digits may be replaced by letters when two people would share
// a code (omocodia).
Parsed ParseItCodiceFiscale(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "LLL?LLL?XXLXX?LXXXL");
  if (!id) return std::nullopt;
  constexpr int kOdd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  constexpr std::string_view kReplacements = "LMNPQRSTUV";
  int value[16] = {};
  for (size_t i : {6, 7, 9, 10, 12, 13, 14}) {
    const char c = (*id)[i];
    const size_t replaced = kReplacements.find(c);
    if (!IsDigit(c) && replaced == std::string_view::npos) return std::nullopt;
    value[i] = IsDigit(c) ? c - '0' : static_cast<int>(replaced);
  }
  const size_t month = std::string_view("ABCDEHLMPRST").find((*id)[8]);
  if (month == std::string_view::npos) return std::nullopt;
  const int day = (value[9] * 10 + value[10]) % 40;
  // The century is not written, so the 29th of February passes for every year that has it in one century.
  const int year = 2000 + value[6] * 10 + value[7];
  if (value[9] * 10 + value[10] > 71 || !IsRealDate({year, static_cast<int>(month) + 1, day})) return std::nullopt;
  int sum = 0;
  for (size_t i = 0; i < 15; ++i) {
    const char c = (*id)[i];
    const int rank = IsDigit(c) ? c - '0' : c - 'A';
    sum += i % 2 == 0 ? kOdd[rank] : rank;
  }
  if ((*id)[15] != 'A' + sum % 26) return std::nullopt;
  return id;
}

// Besluit burgerservicenummer: the eleven test, with weight -1 for the last digit.
Parsed ParseNlBsn(std::string_view text, const CivilDate&) {
  Parsed id = ReadShape(text, "dddd?dd?ddd");
  if (!id) id = ReadShape(text, "ddd?ddd?ddd");
  if (!id || Number(*id, 0, 9) == 0) return std::nullopt;
  if (WeightedSum(*id, {9, 8, 7, 6, 5, 4, 3, 2, -1}) % 11 != 0) return std::nullopt;
  return id;
}

// Ustawa o ewidencji ludności: YYMMDD with the century in the month, serial and sex, weights 1 3 7 9.
Parsed ParsePlPesel(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "ddddddddddd");
  if (!id || WeightedSum(*id, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1}) % 10 != 0) return std::nullopt;
  constexpr int kCenturies[] = {1900, 2000, 2100, 2200, 1800};
  const int month = Number(*id, 2, 2);
  const int year = kCenturies[month / 20] + Number(*id, 0, 2);
  if (!IsBirthDate({year, month % 20, Number(*id, 4, 2)}, today)) return std::nullopt;
  return id;
}

// Decreto-Lei 14/2013: weights 9 to 2, modulus 11.
Parsed ParsePtNif(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?ddd?ddd");
  // 45 is given to people who live abroad; no other 4 is used.
  if (!id || (*id)[0] == '0' || ((*id)[0] == '4' && (*id)[1] != '5')) return std::nullopt;
  const int check = (11 - WeightedSum(*id, {9, 8, 7, 6, 5, 4, 3, 2}) % 11) % 11 % 10;
  if (check != (*id)[8] - '0') return std::nullopt;
  return id;
}

// Nüfus ve Vatandaşlık İşleri: the tenth digit is 7 x (odd places) - (even places), the eleventh the sum of the ten.
Parsed ParseTrTckimlik(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddddddddddd");
  if (!id || (*id)[0] == '0') return std::nullopt;
  const int tenth = WeightedSum(*id, {7, -1, 7, -1, 7, -1, 7, -1, 7}) % 10;
  const int eleventh = WeightedSum(*id, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}) % 10;
  if ((tenth + 10) % 10 != (*id)[9] - '0' || eleventh != (*id)[10] - '0') return std::nullopt;
  return id;
}

}  // namespace strongroom::detect::internal
