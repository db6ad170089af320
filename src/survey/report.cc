#include "survey/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/json.h"
#include "detect/finding.h"
#include "redact/text.h"

namespace strongroom::survey {
namespace {

using detect::Kind;

constexpr JsonLimits kReportLimits = {32, size_t{512} << 20, 10'000'000};

struct TypeKind {
  std::string_view type;
  Kind kind;
};
// docs/reference/catalogue.md says what the types are.
constexpr TypeKind kTypeKinds[] = {
    {"person_name", Kind::kPerson},
    {"email", Kind::kEmail},
    {"phone", Kind::kPhone},
    {"date", Kind::kDate},
    {"date_of_birth", Kind::kDateOfBirth},
    {"postal_address", Kind::kStreetAddress},
    {"postal_address", Kind::kLocation},
    {"national_id", Kind::kNationalId},
    {"national_id", Kind::kUsSsn},
    {"card", Kind::kCreditCard},
    {"bank_account", Kind::kIban},
    {"password", Kind::kSecret},
};

struct KindWords {
  Kind kind;
  std::string_view words;  // short ones must be whole words, others may stand within one
};
constexpr KindWords kNames[] = {
    {Kind::kPerson, "name namn person customer contact recipient owner holder surname förnamn efternamn 姓名"},
    {Kind::kStreetAddress, "address adress street gata post zip 地址"},
    {Kind::kLocation, "city place town country ort stad 城市"},
    {Kind::kOrganization, "company employer organisation organization firma företag 公司"},
    {Kind::kDate, "date day datum 日期"},
    {Kind::kDateOfBirth, "birth born dob bday födelse född 生日"},
    {Kind::kAge, "age ålder 年龄"},
    {Kind::kEmail, "mail epost mejl 邮箱"},
    {Kind::kPhone, "phone tel mobile mobil cell fax telefon 电话 手机"},
    {Kind::kUrl, "url link website homepage"},
    {Kind::kIpAddress, "ip ipaddress addr remote client"},
    {Kind::kMacAddress, "mac hwaddr macaddress"},
    {Kind::kCreditCard, "card kort pan 卡号"},
    {Kind::kIban, "iban account bank konto 账号"},
    {Kind::kUsSsn, "ssn socialsecurity social"},
    {Kind::kNationalId, "personnummer personal nationalid pnr ssn passport identity citizen 身份证"},
    {Kind::kSecret, "secret password token apikey key passwd"},
};

// "customerEmail", "customer_email" and "Customer E-mail" are " customer email " or " customer e mail ".
std::string WordsOf(std::string_view name) {
  std::string words = " ";
  for (const char c : name) {
    const bool part = redact::IsAlnum(c) || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (redact::IsUpper(c) && redact::IsLower(words.back())) words += ' ';
    if (part) words += redact::ToLower(c);
    if (!part && words.back() != ' ') words += ' ';
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

std::string Squeezed(const std::string& words) {
  std::string squeezed;
  for (const char c : words) {
    if (c != ' ') squeezed += c;
  }
  return squeezed;
}

bool Suggests(Kind kind, const std::string& words) {
  const std::string squeezed = Squeezed(words);
  for (const KindWords& known : kNames) {
    if (known.kind != kind) continue;
    std::string_view list = known.words;
    while (!list.empty()) {
      const std::string word(list.substr(0, list.find(' ')));
      list.remove_prefix(std::min(word.size() + 1, list.size()));
      if (word.size() > 3 ? squeezed.find(word) != std::string::npos
                          : words.find(" " + word + " ") != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

bool Holds(const CatalogueField& field, Kind kind) {
  if (TypeHolds(field.type, kind)) return true;
  // Kinds without a type of their own are kept as text under their name.
  const bool own_type = std::any_of(std::begin(kTypeKinds), std::end(kTypeKinds),
                                    [&](const TypeKind& known) { return known.kind == kind; });
  return !own_type && (field.type == "text" || field.type == "number") && Suggests(kind, WordsOf(field.name));
}

template <typename Each>
void ForHoldings(const Report& report, const Each& each) {
  for (const Place& place : report.places) {
    for (const Item& item : place.items) {
      for (const Field& field : item.fields) {
        for (const Holding& holding : field.holds) each(place, item, field, holding);
      }
    }
  }
}

std::string KeyText(std::string_view place, std::string_view item, std::string_view field, std::string_view kind,
                    std::string_view subtype) {
  std::string key;
  for (const std::string_view part : {place, item, field, kind, subtype}) key.append(part).append("\n");
  return key;
}

}  // namespace

void TakeItem(Place& place, Item item) {
  item.name = Shown(item.name);
  item.reason = Shown(item.reason);
  if (item.state == ItemState::kNotLookedInto) {
    ++place.items_not_looked_into;
  } else if (item.state == ItemState::kUnchanged) {
    ++place.items_unchanged;
  } else {
    ++place.items_read;
  }
  place.bytes += item.bytes;
  place.rows += item.rows;
  if (!item.HoldsAnything() && item.state != ItemState::kNotLookedInto && item.reason.empty()) return;
  std::erase_if(item.fields, [](const Field& field) { return field.holds.empty(); });
  for (Field& field : item.fields) field.name = Shown(field.name);
  place.items.push_back(std::move(item));
}

std::string_view NameOf(Known known) {
  switch (known) {
    case Known::kNotCompared:
      return "not-compared";
    case Known::kKnown:
      return "known";
    case Known::kStray:
      return "stray";
    case Known::kUnknown:
      return "unknown";
  }
  return "";
}

Result<std::vector<CatalogueField>> ReadCatalogue(ByteView json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(json));
  ASSIGN_OR_RETURN(const JsonValue fields, document.root().GetArray("fields"));
  std::vector<CatalogueField> catalogue;
  for (const JsonValue& field : fields) {
    ASSIGN_OR_RETURN(const std::string_view name, field.GetString("name"));
    ASSIGN_OR_RETURN(const std::string_view type, field.GetString("type"));
    catalogue.push_back({std::string(name), std::string(type)});
  }
  return catalogue;
}

bool TypeHolds(std::string_view type, Kind kind) {
  return std::any_of(std::begin(kTypeKinds), std::end(kTypeKinds),
                     [&](const TypeKind& known) { return known.type == type && known.kind == kind; });
}

Known Compare(const std::vector<CatalogueField>& catalogue, Kind kind, std::string_view place_name) {
  const std::string words = WordsOf(place_name);
  const std::string squeezed = Squeezed(words);
  bool held = false;
  bool named = Suggests(kind, words);
  for (const CatalogueField& field : catalogue) {
    if (!Holds(field, kind)) continue;
    held = true;
    named = named || squeezed.find(Squeezed(WordsOf(field.name))) != std::string::npos;
  }
  if (!held) return Known::kUnknown;
  return named ? Known::kKnown : Known::kStray;
}

std::string FieldsOfKind(const std::vector<CatalogueField>& catalogue, Kind kind) {
  std::string names;
  for (const CatalogueField& field : catalogue) {
    if (Holds(field, kind)) names += (names.empty() ? "" : ", ") + field.name;
  }
  return names;
}

std::string KeyOf(const Place& place, const Item& item, const Field& field, const Holding& holding) {
  return KeyText(place.name, item.name, field.name, detect::NameOf(holding.kind), holding.subtype);
}

Result<std::set<std::string>> KeysOfReport(ByteView json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(json, kReportLimits));
  ASSIGN_OR_RETURN(const JsonValue places, document.root().GetArray("places"));
  std::set<std::string> keys;
  for (const JsonValue& place : places) {
    ASSIGN_OR_RETURN(const std::string_view place_name, place.GetString("name"));
    ASSIGN_OR_RETURN(const JsonValue items, place.GetArray("items"));
    for (const JsonValue& item : items) {
      ASSIGN_OR_RETURN(const std::string_view item_name, item.GetString("name"));
      ASSIGN_OR_RETURN(const JsonValue fields, item.GetArray("fields"));
      for (const JsonValue& field : fields) {
        ASSIGN_OR_RETURN(const std::string_view field_name, field.GetString("name"));
        ASSIGN_OR_RETURN(const JsonValue holds, field.GetArray("holds"));
        for (const JsonValue& holding : holds) {
          ASSIGN_OR_RETURN(const std::string_view type, holding.GetString("type"));
          ASSIGN_OR_RETURN(const std::optional<std::string_view> subtype, holding.OptString("subtype"));
          keys.insert(KeyText(place_name, item_name, field_name, type, subtype.value_or("")));
        }
      }
    }
  }
  return keys;
}

Totals TotalsOf(const Report& report) {
  Totals totals;
  for (const Place& place : report.places) {
    totals.not_looked_into += place.items_not_looked_into;
    totals.complete = totals.complete && place.complete && place.failure.empty();
  }
  ForHoldings(report, [&](const Place& place, const Item& item, const Field& field, const Holding& holding) {
    if (holding.doubtful) {
      ++totals.doubtful;
      return;
    }
    ++totals.holdings;
    if (report.catalogue && Compare(*report.catalogue, holding.kind, field.name) != Known::kKnown) ++totals.not_known;
    if (report.before && !report.before->contains(KeyOf(place, item, field, holding))) ++totals.fresh;
  });
  return totals;
}

std::string PercentText(double share) {
  const double percent = share * 100;
  if (percent > 0 && percent < 0.1) return "under 0.1 %";
  char text[32];
  const int size =
      snprintf(text, sizeof text, percent < 10 && percent != std::floor(percent) ? "%.1f %%" : "%.0f %%", percent);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

}  // namespace strongroom::survey
