// The Americas, Asia, Africa, Oceania.
#include "detect/national_id_parts.h"

namespace strongroom::detect::internal {

// Australian Business Register: subtract 1 from the first digit; the weighted sum divides by 89.
Parsed ParseAuAbn(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dd?ddd?ddd?ddd");
  if (!id || (*id)[0] == '0') return std::nullopt;
  if ((WeightedSum(*id, {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}) - 10) % 89 != 0) return std::nullopt;
  return id;
}

// Australian Taxation Office: eight (older) or nine digits, modulus 11.
Parsed ParseAuTfn(std::string_view text, const CivilDate&) {
  Parsed id = ReadShape(text, "ddd?ddd?ddd");
  if (id) return !IsRepeated(*id) && WeightedSum(*id, {1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0 ? id : std::nullopt;
  id = ReadShape(text, "ddd?ddd?dd");
  if (!id || IsRepeated(*id) || WeightedSum(*id, {10, 7, 8, 4, 6, 3, 5, 1}) % 11 != 0) return std::nullopt;
  return id;
}

// Receita Federal: two check digits modulus 11; the eleven repeated digits pass the sum and are never issued.
Parsed ParseBrCpf(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?ddd?ddd?dd");
  if (!id || IsRepeated(*id)) return std::nullopt;
  const int first = WeightedSum(*id, {10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  const int second = WeightedSum(*id, {11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  if (first != (*id)[9] - '0' || second != (*id)[10] - '0') return std::nullopt;
  return id;
}

// Employment and Social Development Canada: Luhn; a first digit of 0 or 8 is not given to people.
Parsed ParseCaSin(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?ddd?ddd");
  if (!id || (*id)[0] == '0' || (*id)[0] == '8' || !LuhnValid(id->view())) return std::nullopt;
  return id;
}

// GB 11643-1999: a division code of GB/T 2260, the birth date, a serial, and ISO 7064 MOD 11-2.
Parsed ParseCnRic(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dddddddddddddddddX");
  if (!id) return std::nullopt;
  constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
      "61 62 63 64 65 71 81 82 83 ";
  const size_t province = kProvinces.find(id->view().substr(0, 2));
  if (province == std::string_view::npos || province % 3 != 0) return std::nullopt;
  const int sum = WeightedSum(*id, {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2});
  if ((*id)[17] != "10X98765432"[sum % 11]) return std::nullopt;
  const CivilDate born{Number(*id, 6, 4), Number(*id, 10, 2), Number(*id, 12, 2)};
  if (born.year < 1850 || !IsBirthDate(born, today)) return std::nullopt;
  return id;
}

// GB 32100-2015: 31 characters (no I, O, Z, S, V), weights 3^i modulo 31.
Parsed ParseCnUscc(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "XXddddddXXXXXXXXXX");
  if (!id) return std::nullopt;
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  int sum = 0;
  int weight = 1;
  for (size_t i = 0; i < 18; ++i) {
    const size_t rank = kAlphabet.find((*id)[i]);
    if (rank == std::string_view::npos) return std::nullopt;
    sum += i < 17 ? weight * static_cast<int>(rank) : static_cast<int>(rank);
    weight = weight * 3 % 31;
  }
  if (IsRepeated(*id) || sum % 31 != 0) return std::nullopt;
  return id;
}

// UIDAI, "A UID Numbering Scheme": Verhoeff; no leading 0 or 1, no palindrome.
Parsed ParseInAadhaar(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dddd?dddd?dddd");
  if (!id || (*id)[0] < '2' || !VerhoeffValid(id->view())) return std::nullopt;
  for (size_t i = 0; i < 6; ++i) {
    if ((*id)[i] != (*id)[11 - i]) return id;
  }
  return std::nullopt;
}

// Income Tax Department: the fourth letter is the kind of holder; the last letter's algorithm is not published.
Parsed ParseInPan(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "LLLLLddddL");
  if (!id || Number(*id, 5, 4) == 0) return std::nullopt;
  if (std::string_view("ABCFGHJKLPT").find((*id)[3]) == std::string_view::npos) return std::nullopt;
  return id;
}

// Ordinance 85 of 2014, article 5: weights 2 to 7 and 2 to 6 from the right, modulus 11, 0 for remainders 0 and 1.
Parsed ParseJpIn(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dddd?dddd?dddd");
  if (!id || IsRepeated(*id)) return std::nullopt;
  const int remainder = WeightedSum(*id, {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11;
  if ((*id)[11] - '0' != (remainder <= 1 ? 0 : 11 - remainder)) return std::nullopt;
  return id;
}

// Resident Registration Act: YYMMDD, a digit for century and sex, six digits, a check digit modulus 11.  Since October
// 2020 the last six digits are random, so numbers of people born later carry no check digit.
Parsed ParseKrRrn(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dddddd?ddddddd");
  if (!id) return std::nullopt;
  constexpr int kCenturies[] = {1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800};
  const CivilDate born{kCenturies[(*id)[6] - '0'] + Number(*id, 0, 2), Number(*id, 2, 2), Number(*id, 4, 2)};
  if (!IsBirthDate(born, today)) return std::nullopt;
  if (born >= CivilDate{2020, 10, 5}) return id;
  const int check = (11 - WeightedSum(*id, {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5}) % 11) % 10;
  if (check != (*id)[12] - '0') return std::nullopt;
  return id;
}

// Internal Revenue Service, "How EINs are assigned and valid EIN prefixes".
Parsed ParseUsEin(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "dd?ddddddd");
  if (!id) return std::nullopt;
  const int prefix = Number(*id, 0, 2);
  for (int unused : {0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97}) {
    if (prefix == unused) return std::nullopt;
  }
  return id;
}

// Internal Revenue Manual 3.21.263: 9xx, and a middle pair of 50-65, 70-88, 90-92 or 94-99.
Parsed ParseUsItin(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?dd?dddd");
  if (!id || (*id)[0] != '9') return std::nullopt;
  const int group = Number(*id, 3, 2);
  if (group < 50 || (group > 65 && group < 70) || group == 89 || group == 93) return std::nullopt;
  return id;
}

// American Bankers Association: weights 3 7 1; Federal Reserve prefixes 00-12, 21-32 (thrifts), 61-72, 80.
Parsed ParseUsRtn(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddddddddd");
  if (!id || IsRepeated(*id) || WeightedSum(*id, {3, 7, 1, 3, 7, 1, 3, 7, 1}) % 10 != 0) return std::nullopt;
  const int prefix = Number(*id, 0, 2);
  const bool known = prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix == 80;
  if (!known) return std::nullopt;
  return id;
}

// Social Security Administration, randomised since 2011: areas 000, 666 and 900-999, group 00 and serial 0000 are never
// given.  Three numbers printed in advertisements were withdrawn (SSA history, "Social Security cards issued by
// Woolworth").
Parsed ParseUsSsn(std::string_view text, const CivilDate&) {
  const Parsed id = ReadShape(text, "ddd?dd?dddd");
  if (!id) return std::nullopt;
  const int area = Number(*id, 0, 3);
  if (area == 0 || area == 666 || area >= 900 || Number(*id, 3, 2) == 0 || Number(*id, 5, 4) == 0) return std::nullopt;
  for (std::string_view withdrawn : {"078051120", "219099999", "457555462"}) {
    if (id->view() == withdrawn) return std::nullopt;
  }
  return id;
}

// Identification Act 68 of 1997: YYMMDD, serial, citizenship 0, 1 or 2, Luhn.  The century is not written.
Parsed ParseZaIdnr(std::string_view text, const CivilDate& today) {
  const Parsed id = ReadShape(text, "dddddd?dddd?dd?d");
  if (!id || (*id)[10] > '2' || !LuhnValid(id->view())) return std::nullopt;
  CivilDate born{today.year / 100 * 100 + Number(*id, 0, 2), Number(*id, 2, 2), Number(*id, 4, 2)};
  if (born > today) born.year -= 100;
  if (!IsBirthDate(born, today)) return std::nullopt;
  return id;
}

}  // namespace strongroom::detect::internal
