// What the parsers of national identity numbers share.  Internal to detect.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "detect/folding.h"
#include "detect/validators.h"

namespace strongroom::detect::internal {

// Reads `text` in the grouping of `shape`: 'd' a digit, 'L' a letter, 'X' either, '?' a place where a separator may
// stand, anything else itself.  Separators (space, hyphen, full stop, slash, and the no-break and dash forms word
// processors make of them) stand in all the places or in none.  Letters come out in upper case, separators do not.
std::optional<IdText> ReadShape(std::string_view text, std::string_view shape);

inline int Number(const IdText& id, size_t from, size_t count) {
  int number = 0;
  for (size_t i = from; i < from + count; ++i) number = number * 10 + (id[i] - '0');
  return number;
}

// The sum of digits times weights, from the first digit.
inline int WeightedSum(const IdText& id, std::initializer_list<int> weights) {
  int sum = 0;
  size_t i = 0;
  for (int weight : weights) sum += weight * (id[i++] - '0');
  return sum;
}

// Whether all characters are the same: fillers such as 0000000000, which many check sums let through.
inline bool IsRepeated(const IdText& id) {
  for (size_t i = 1; i < id.size(); ++i) {
    if (id[i] != id[0]) return false;
  }
  return true;
}

// A real day, not after `today`.
inline bool IsBirthDate(const CivilDate& date, const CivilDate& today) { return IsRealDate(date) && date <= today; }

using Parsed = std::optional<IdText>;

// Parsers, one per type; the table is in national_ids.cc, the rules in the file named beside the block.
// national_ids_nordic.cc
Parsed ParseSePersonnummer(std::string_view text, const CivilDate& today);
Parsed ParseSeOrgnr(std::string_view text, const CivilDate& today);
Parsed ParseNoFodselsnummer(std::string_view text, const CivilDate& today);
Parsed ParseDkCpr(std::string_view text, const CivilDate& today);
Parsed ParseFiHetu(std::string_view text, const CivilDate& today);
// national_ids_europe.cc
Parsed ParseBeNn(std::string_view text, const CivilDate& today);
Parsed ParseChSsn(std::string_view text, const CivilDate& today);
Parsed ParseDeIdnr(std::string_view text, const CivilDate& today);
Parsed ParseEsDni(std::string_view text, const CivilDate& today);
Parsed ParseEsNie(std::string_view text, const CivilDate& today);
Parsed ParseFrNir(std::string_view text, const CivilDate& today);
Parsed ParseGbNhs(std::string_view text, const CivilDate& today);
Parsed ParseGbNino(std::string_view text, const CivilDate& today);
Parsed ParseGbUtr(std::string_view text, const CivilDate& today);
Parsed ParseItCodiceFiscale(std::string_view text, const CivilDate& today);
Parsed ParseNlBsn(std::string_view text, const CivilDate& today);
Parsed ParsePlPesel(std::string_view text, const CivilDate& today);
Parsed ParsePtNif(std::string_view text, const CivilDate& today);
Parsed ParseTrTckimlik(std::string_view text, const CivilDate& today);
// national_ids_world.cc
Parsed ParseAuAbn(std::string_view text, const CivilDate& today);
Parsed ParseAuTfn(std::string_view text, const CivilDate& today);
Parsed ParseBrCpf(std::string_view text, const CivilDate& today);
Parsed ParseCaSin(std::string_view text, const CivilDate& today);
Parsed ParseCnRic(std::string_view text, const CivilDate& today);
Parsed ParseCnUscc(std::string_view text, const CivilDate& today);
Parsed ParseInAadhaar(std::string_view text, const CivilDate& today);
Parsed ParseInPan(std::string_view text, const CivilDate& today);
Parsed ParseJpIn(std::string_view text, const CivilDate& today);
Parsed ParseKrRrn(std::string_view text, const CivilDate& today);
Parsed ParseUsEin(std::string_view text, const CivilDate& today);
Parsed ParseUsItin(std::string_view text, const CivilDate& today);
Parsed ParseUsRtn(std::string_view text, const CivilDate& today);
Parsed ParseUsSsn(std::string_view text, const CivilDate& today);
Parsed ParseZaIdnr(std::string_view text, const CivilDate& today);

}  // namespace strongroom::detect::internal
