// The table of national identity numbers, and the reading of their shapes.
#include <algorithm>
#include <iterator>

#include "detect/national_id_parts.h"

namespace strongroom::detect {
namespace internal {
namespace {

// The length in bytes of the separator `text` begins with; 0 for none.
size_t SeparatorLength(std::string_view text) {
  if (text.empty() || IsAlnum(text[0])) return 0;
  if (text[0] == ' ' || text[0] == '-' || text[0] == '.' || text[0] == '/') return 1;
  if (static_cast<unsigned char>(text[0]) < 0x80) return 0;
  if (text.starts_with("\xC2\xA0")) return 2;  // no-break space
  for (std::string_view wide : {"\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x93", "\xE2\x80\xAF", "\xE2\x88\x92"}) {
    if (text.starts_with(wide)) return 3;  // hyphen, no-break hyphen, en dash, narrow no-break space, minus
  }
  return 0;
}

}  // namespace

std::optional<IdText> ReadShape(std::string_view text, std::string_view shape) {
  IdText id;
  std::optional<bool> separated;
  for (char expected : shape) {
    if (expected == '?') {
      const size_t length = SeparatorLength(text);
      if (separated.value_or(length != 0) != (length != 0)) return std::nullopt;
      separated = length != 0;
      text.remove_prefix(length);
      continue;
    }
    if (text.empty()) return std::nullopt;
    const char c = text[0] >= 'a' && text[0] <= 'z' ? static_cast<char>(text[0] - 'a' + 'A') : text[0];
    const bool letter = c >= 'A' && c <= 'Z';
    const bool fits = expected == 'd'   ? IsDigit(c)
                      : expected == 'L' ? letter
                      : expected == 'X' ? letter || IsDigit(c)
                                        : c == expected;
    if (!fits || !id.Append(c)) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return id;
}

}  // namespace internal

namespace {

using namespace internal;  // NOLINT: the table below names every parser once

constexpr std::string_view kStdnum = "python-stdnum, module documentation";

// Sorted by name.
constexpr NationalIdType kTypes[] = {
    {"au.abn", "Australian business number", IdStrength::kCheck, false, ParseAuAbn, "83 914 571 673", kStdnum},
    {"au.tfn", "Australian tax file number", IdStrength::kCheck, true, ParseAuTfn, "123 456 782", kStdnum},
    {"be.nn", "Belgian national register number", IdStrength::kCheck, true, ParseBeNn, "85.07.30-033.28", kStdnum},
    {"br.cpf", "Brazilian taxpayer number", IdStrength::kCheck, true, ParseBrCpf, "390.533.447-05", kStdnum},
    {"ca.sin", "Canadian social insurance number", IdStrength::kCheck, true, ParseCaSin, "123-456-782", kStdnum},
    {"ch.ssn", "Swiss social insurance number", IdStrength::kCheck, true, ParseChSsn, "756.9217.0769.85", kStdnum},
    {"cn.ric", "Chinese resident identity number", IdStrength::kCheck, true, ParseCnRic, "360426199101010071", kStdnum},
    {"cn.uscc", "Chinese unified social credit code", IdStrength::kCheck, false, ParseCnUscc, "91110000600037341L",
     kStdnum},
    {"de.idnr", "German tax identification number", IdStrength::kCheck, true, ParseDeIdnr, "36 574 261 809", kStdnum},
    {"dk.cpr", "Danish personal number", IdStrength::kDate, true, ParseDkCpr, "211062-5629", kStdnum},
    {"es.dni", "Spanish identity number", IdStrength::kCheck, true, ParseEsDni, "54362315-K", kStdnum},
    {"es.nie", "Spanish foreigner's identity number", IdStrength::kCheck, true, ParseEsNie, "X-2482300W", kStdnum},
    {"fi.hetu", "Finnish personal identity code", IdStrength::kCheck, true, ParseFiHetu, "131052-308T", kStdnum},
    {"fr.nir", "French social security number", IdStrength::kCheck, true, ParseFrNir, "2 95 10 99 126 111 93", kStdnum},
    {"gb.nhs", "NHS number", IdStrength::kCheck, true, ParseGbNhs, "943 476 5870", kStdnum},
    {"gb.nino", "United Kingdom national insurance number", IdStrength::kShape, true, ParseGbNino, "AB 12 34 56 C",
     "GOV.UK, developer test data"},
    {"gb.utr", "United Kingdom unique taxpayer reference", IdStrength::kCheck, true, ParseGbUtr, "3282497350",
     "Sage, Unique Taxpayer Reference help page"},
    {"in.aadhaar", "Indian Aadhaar number", IdStrength::kCheck, true, ParseInAadhaar, "2341 2341 2346", kStdnum},
    {"in.pan", "Indian permanent account number", IdStrength::kShape, true, ParseInPan, "ACUPA7085R", kStdnum},
    {"it.codicefiscale", "Italian tax code", IdStrength::kCheck, true, ParseItCodiceFiscale, "RCCMNL83S18D969H",
     kStdnum},
    {"jp.in", "Japanese individual number", IdStrength::kCheck, true, ParseJpIn, "6214 9832 0257", kStdnum},
    {"kr.rrn", "South Korean resident registration number", IdStrength::kCheck, true, ParseKrRrn, "971013-9019902",
     kStdnum},
    {"nl.bsn", "Dutch citizen service number", IdStrength::kCheck, true, ParseNlBsn, "1112.22.333", kStdnum},
    {"no.fodselsnummer", "Norwegian birth number", IdStrength::kCheck, true, ParseNoFodselsnummer, "151086 95088",
     kStdnum},
    {"pl.pesel", "Polish PESEL number", IdStrength::kCheck, true, ParsePlPesel, "44051401359", kStdnum},
    {"pt.nif", "Portuguese tax number", IdStrength::kCheck, true, ParsePtNif, "501 964 843", kStdnum},
    {"se.orgnr", "Swedish organisation number", IdStrength::kCheck, false, ParseSeOrgnr, "857209-0606",
     "personnummer/meta, orgnumber.json"},
    {"se.personnummer", "Swedish personal or coordination number", IdStrength::kCheck, true, ParseSePersonnummer,
     "19090527-1474", "personnummer/meta, from the Swedish tax agency's test numbers"},
    {"tr.tckimlik", "Turkish identification number", IdStrength::kCheck, true, ParseTrTckimlik, "17291716060", kStdnum},
    {"us.ein", "United States employer identification number", IdStrength::kShape, false, ParseUsEin, "91-1144442",
     kStdnum},
    {"us.itin", "United States individual taxpayer number", IdStrength::kShape, true, ParseUsItin, "912-90-3456",
     kStdnum},
    {"us.rtn", "United States bank routing number", IdStrength::kCheck, false, ParseUsRtn, "111000025", kStdnum},
    {"us.ssn", "United States social security number", IdStrength::kShape, true, ParseUsSsn, "536-90-4399", kStdnum},
    {"za.idnr", "South African identity number", IdStrength::kCheck, true, ParseZaIdnr, "7503305044089", kStdnum},
};

}  // namespace

std::span<const NationalIdType> NationalIdTypes() { return kTypes; }

const NationalIdType* FindNationalIdType(std::string_view name) {
  const auto* const found = std::lower_bound(std::begin(kTypes), std::end(kTypes), name,
                                             [](const NationalIdType& a, std::string_view b) { return a.name < b; });
  return found != std::end(kTypes) && found->name == name ? found : nullptr;
}

}  // namespace strongroom::detect
