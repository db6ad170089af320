#include "access/tier_suggestions.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "vault/disclosure_note.h"
#include "vault/token_item.h"

namespace strongroom {
namespace {

constexpr size_t kMaxCounted = 1'000;

using RevealCounts = std::map<AuditId, uint32_t>;

// One pass over the newest entries: a look-up for each customer would read as many digests of the log.
Result<bool> CountReveals(const LogReader& log, UnixMillis from, RevealCounts& counts) {
  size_t read = 0;
  for (const Action action : {Action::kCustomerReveal, Action::kTokenResolve, Action::kFileGet}) {
    std::optional<uint64_t> before;
    do {
      LogFilter filter;
      filter.action = action;
      filter.from = from;
      ASSIGN_OR_RETURN(const LogPage page, log.Find(filter, 1'000, before));
      for (const IndexedEntry& indexed : page.entries) {
        if (indexed.entry.outcome != Reason::kOk) continue;
        for (const AuditId& customer : indexed.entry.customers) ++counts[customer];
      }
      read += page.entries.size();
      before = page.next_before;
    } while (before.has_value() && read < TierSuggestions::kMaxRevealEntries);
    if (before.has_value()) return false;
  }
  return true;
}

Result<Exposure> ExposureOf(const Catalogue& catalogue, const OpenCustomer& customer, const RevealCounts& reveals) {
  Exposure exposure;
  std::set<FieldId> precious;
  for (const RecordValue& value : customer.record.values) {
    const FieldDef* field = catalogue.FindField(value.field);
    if (field == nullptr) continue;
    if (field->sensitivity == Sensitivity::kSensitive || field->sensitivity == Sensitivity::kFinancial) {
      precious.insert(field->id);
    }
  }
  exposure.precious_fields = static_cast<uint32_t>(precious.size());
  const SealedStore& sealed = *customer.room->sealed;
  ASSIGN_OR_RETURN(const std::vector<Bytes> tokens, sealed.ListItems(customer.id, kTokenItemKind, kMaxCounted));
  ASSIGN_OR_RETURN(const std::vector<Bytes> disclosures, sealed.ListItems(customer.id, kDisclosureKind, kMaxCounted));
  exposure.tokens = static_cast<uint32_t>(tokens.size());
  exposure.disclosures = static_cast<uint32_t>(disclosures.size());
  const auto counted = reveals.find(customer.record.audit_id);
  if (counted != reveals.end()) exposure.reveals = counted->second;
  return exposure;
}

}  // namespace

uint32_t Exposure::Points() const {
  return 2 * precious_fields + 2 * std::min<uint32_t>(disclosures, 5) + std::min<uint32_t>(tokens, 10) / 2 +
         std::min<uint32_t>(reveals, 50) / 5;
}

Receipted<TierSuggestionPage> TierSuggestions::List(const Caller& caller, std::string_view compartment,
                                                    std::string_view cursor, uint32_t at_least) const {
  const House& house = gate_.house();
  const Result<Room*> room = house.RoomByName(compartment);
  Permit permit = gate_.Authorise(caller, Action::kCustomerList, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<TierSuggestionPage>();
  if (!room.ok()) return permit.Fail<TierSuggestionPage>(room.status());
  permit.entry().detail = "tier suggestions";
  CustomerId begin = 0;
  if (!cursor.empty()) {
    const Result<CustomerId> last = house.codes().DecodeCustomer(cursor);
    if (!last.ok()) return permit.Fail<TierSuggestionPage>(Status(Reason::kCursorInvalid));
    begin = *last + 1;
  }
  TierSuggestionPage page;
  RevealCounts reveals;
  const Result<bool> counted = CountReveals(*(*room)->log, house.clock().NowMillis() - kRevealMillis, reveals);
  if (!counted.ok()) return permit.Fail<TierSuggestionPage>(counted.status());
  page.all_reveals_counted = *counted;
  const auto ids = (*room)->sealed->ScanRecords(begin, kCustomersPerPage);
  if (!ids.ok()) return permit.Fail<TierSuggestionPage>(ids.status());
  const CataloguePtr catalogue = catalogue_.Current();
  for (const CustomerId id : *ids) {
    const Result<OpenCustomer> customer = customers_.OpenById(id);
    if (customer.reason() == Reason::kCustomerNotFound) continue;  // erased meanwhile
    if (!customer.ok()) return permit.Fail<TierSuggestionPage>(customer.status());
    ++page.looked_at;
    if (customer->record.tier > 0) continue;
    const Result<Exposure> exposure = ExposureOf(*catalogue, *customer, reveals);
    if (!exposure.ok()) return permit.Fail<TierSuggestionPage>(exposure.status());
    if (exposure->Points() < at_least) continue;
    page.suggestions.push_back({house.codes().EncodeCustomer(id), customer->record.tier, 1, *exposure});
    permit.entry().customers.push_back(customer->record.audit_id);
  }
  std::stable_sort(page.suggestions.begin(), page.suggestions.end(),
                   [](const auto& a, const auto& b) { return a.exposure.Points() > b.exposure.Points(); });
  if (ids->size() == kCustomersPerPage) page.next_cursor = house.codes().EncodeCustomer(ids->back());
  return permit.Finish(std::move(page));
}

}  // namespace strongroom
