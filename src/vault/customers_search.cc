// Searching customers.  Index rows are hints: every record is opened and decides for itself whether it fits.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "vault/customers.h"
#include "vault/fuzzy_text.h"
#include "vault/index_rows.h"

namespace strongroom {
namespace {

constexpr size_t kMaxCandidates = 1'000;  // records opened for a search between two values
constexpr size_t kMaxOpened = 400;        // records opened for a search by likeness, the most promising
// A key of names that many share tells little: it is read up to here, and only if rarer ones are not enough.
constexpr size_t kRowsOfKey[] = {250, 2'500, 10'000};
constexpr size_t kMaxRowsRead = 100'000;
constexpr double kHopeless = 0.3;   // of the best promise: who shares less is not opened
constexpr double kNearBest = 0.15;  // what is less alike than the best by more than this is another name

// Found under these rows of the query, by their place in it.
struct Candidate {
  std::vector<size_t> rows;
  double promise = 0;
};
using Candidates = std::map<CustomerId, Candidate>;

Status TooMany() { return Status(Reason::kTooManyHits, "more than 50 customers fit; search for something more exact"); }

Result<Candidates> FindUnder(const SealedStore& sealed, const std::vector<IndexRow>& rows, size_t limit,
                             uint32_t& count) {
  Candidates found;
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(const auto ids, sealed.FindReferences(rows[i].label, rows[i].value, limit));
    count += static_cast<uint32_t>(ids.size());
    for (const CustomerId id : ids) found[id].rows.push_back(i);
    if (found.size() > limit) return TooMany();
  }
  return found;
}

struct LikeKey {
  std::vector<CustomerId> found;
  bool whole = false;  // all that stand under it are in `found`
  bool any = false;
};

// Reads the rarest keys first: those with few rows to their end, more common ones as long as less than half of the keys
// that lead to anybody have been read.
Result<std::vector<LikeKey>> ReadKeys(const SealedStore& sealed, const std::vector<IndexRow>& rows) {
  std::vector<LikeKey> keys(rows.size());
  size_t read = 0;
  for (const size_t limit : kRowsOfKey) {
    size_t any = 0;
    size_t whole = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      LikeKey& key = keys[i];
      if (!key.whole && read < kMaxRowsRead) {
        ASSIGN_OR_RETURN(key.found, sealed.FindReferences(rows[i].label, rows[i].value, limit));
        read += key.found.size();
        key.any = !key.found.empty();
        key.whole = key.found.size() <= limit;
        if (!key.whole) key.found.clear();
      }
      any += key.any ? 1 : 0;
      whole += key.any && key.whole ? 1 : 0;
    }
    if (whole * 2 >= any) break;
  }
  return keys;
}

Result<Candidates> FindLike(const SealedStore& sealed, const std::vector<IndexRow>& rows, uint32_t& count) {
  ASSIGN_OR_RETURN(const std::vector<LikeKey> keys, ReadKeys(sealed, rows));
  const bool any = std::any_of(keys.begin(), keys.end(), [](const LikeKey& key) { return key.any; });
  const bool read = std::any_of(keys.begin(), keys.end(), [](const LikeKey& key) { return key.any && key.whole; });
  if (any && !read) {
    return Status(Reason::kTooManyHits,
                  "too many customers have a name like this; add another name, or search by another field");
  }
  Candidates found;
  for (size_t i = 0; i < keys.size(); ++i) {
    const double promise = 1.0 / (1.0 + std::log2(1.0 + static_cast<double>(keys[i].found.size())));
    for (const CustomerId id : keys[i].found) {
      found[id].rows.push_back(i);
      found[id].promise += promise;
    }
  }
  count = static_cast<uint32_t>(found.size());
  double most = 0;
  for (const auto& [id, candidate] : found) most = std::max(most, candidate.promise);
  std::erase_if(found, [most](const auto& one) { return one.second.promise < most * kHopeless; });
  if (found.size() <= kMaxOpened) return found;
  std::vector<std::pair<double, CustomerId>> best;
  best.reserve(found.size());
  for (const auto& [id, candidate] : found) best.emplace_back(-candidate.promise, id);
  std::nth_element(best.begin(), best.begin() + kMaxOpened, best.end());
  for (size_t i = kMaxOpened; i < best.size(); ++i) found.erase(best[i].second);
  return found;
}

Result<Candidates> Find(const SealedStore& sealed, SearchBy by, const std::vector<IndexRow>& rows, uint32_t& count) {
  switch (by) {
    case SearchBy::kEqual:
    case SearchBy::kBeginning:
      return FindUnder(sealed, rows, Customers::kMaxHits, count);
    case SearchBy::kBetween:
      return FindUnder(sealed, rows, kMaxCandidates, count);
    case SearchBy::kLike:
      return FindLike(sealed, rows, count);
  }
  return Status(Reason::kInternal);
}

bool IsBetween(FieldType type, std::string_view value, const SearchQuery& query) {
  const auto above = query.from.empty() ? std::optional(0) : CompareInOrder(type, query.from, value);
  const auto below = query.to.empty() ? std::optional(0) : CompareInOrder(type, value, query.to);
  return above.has_value() && below.has_value() && *above <= 0 && *below <= 0;
}

// How well the record fits: 0 not at all, 1 exactly.
double Fit(const FieldDef& field, const SearchQuery& query, const FuzzyWords& words, const Record& record) {
  double best = 0;
  for (const RecordValue& value : record.values) {
    if (value.field != field.id) continue;
    if (query.by == SearchBy::kBetween) {
      best = std::max(best, IsBetween(field.type, value.text, query) ? 1.0 : 0.0);
    } else {
      best = std::max(best, FuzzySimilarity(words, FuzzyWordsOf(value.text)));
    }
  }
  return best;
}

// Rows the record may have for the field.
std::set<IndexRow> RowsOfField(const FieldDef& field, const Record& record, const Clock& clock) {
  std::set<IndexRow> rows = IndexRowsByRule(field, field.Rule(), record, clock);
  if (field.replaced.has_value()) rows.merge(IndexRowsByRule(field, field.replaced->rule, record, clock));
  return rows;
}

struct Hit {
  double fit = 0;
  OpenCustomer customer;
};

// The most alike first, without what is clearly less so.  Of more than may be listed, those that are more alike than
// the rest; none such: kTooManyHits.
Status KeepMostAlike(std::vector<Hit>& hits) {
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.fit > b.fit; });
  if (hits.empty()) return Status::Ok();
  double least = hits.front().fit - kNearBest;
  if (hits.size() > Customers::kMaxHits) least = std::max(least, std::nextafter(hits[Customers::kMaxHits].fit, 2.0));
  std::erase_if(hits, [least](const Hit& hit) { return hit.fit < least; });
  return hits.empty() ? TooMany() : Status::Ok();
}

std::string_view WordFor(SearchBy by) {
  constexpr std::string_view kWords[] = {"", "by beginning", "between", "alike"};
  return kWords[static_cast<size_t>(by)];
}

}  // namespace

Receipted<std::vector<MaskedCustomer>> Customers::Search(const Caller& caller, std::string_view compartment,
                                                         std::string_view field_name, const SearchQuery& query) {
  using Hits = std::vector<MaskedCustomer>;
  const Result<Room*> room = house_.RoomByName(compartment);
  Permit permit =
      gate_.AuthoriseFields(caller, Action::kCustomerSearch, /*needs_purpose=*/false, room.ok() ? *room : nullptr);
  if (!permit.granted()) return permit.Refuse<Hits>();
  if (!room.ok()) return permit.Fail<Hits>(room.status());
  const CataloguePtr catalogue = catalogue_.Current();
  const Result<const FieldDef*> found_field = catalogue->Field(field_name);
  if (!found_field.ok()) return permit.Fail<Hits>(found_field.status());
  const FieldDef& field = **found_field;
  permit.DecideField(field, 0, Decision::kMasked, /*required=*/true);
  if (!permit.granted()) return permit.Refuse<Hits>();
  permit.entry().detail = WordFor(query.by);
  const Result<std::vector<IndexRow>> rows = IndexRowsOfQuery(field, query, house_.clock());
  if (!rows.ok()) return permit.Fail<Hits>(rows.status());
  if (!SearchableMeanwhile(field, query.by)) {
    return permit.Fail<Hits>(Status(Reason::kIndexBuilding, "the index of field '" + field.name + "' is being built (" +
                                                                std::to_string(catalogue_.ProgressOf(field.id)) +
                                                                " %)"));
  }

  const auto alarm = [&] {
    AuditEntry entry = permit.entry();
    entry.action = Action::kMismatchAlarm;
    entry.outcome = Reason::kDataCorrupt;
    entry.detail = "index row of field " + field.name;
    permit.SubmitStep({}, std::move(entry));
  };
  uint32_t count = 0;
  const Result<Candidates> candidates = Find(*(*room)->sealed, query.by, *rows, count);
  permit.entry().count = count;
  if (!candidates.ok()) {
    if (candidates.reason() == Reason::kDataCorrupt) alarm();  // a row that was moved or altered does not open
    return permit.Fail<Hits>(candidates.status());
  }
  const bool graded = query.by == SearchBy::kBetween || query.by == SearchBy::kLike;
  const FuzzyWords words = query.by == SearchBy::kLike ? FuzzyWordsOf(query.value) : FuzzyWords();
  std::vector<Hit> hits;
  for (const auto& [id, candidate] : *candidates) {
    Result<OpenCustomer> customer = OpenById(id);
    if (!customer.ok() && customer.reason() != Reason::kCustomerNotFound) return permit.Fail<Hits>(customer.status());
    if (!customer.ok() && IsBlocked(id)) continue;
    if (customer.ok() && customer->room != *room) continue;  // moved away, and the rows are about to go
    // A row without its record is an erasure's remainder or tampering.
    const std::set<IndexRow> its =
        customer.ok() ? RowsOfField(field, customer->record, house_.clock()) : std::set<IndexRow>();
    const auto is_its_row = [&](size_t row) { return its.contains((*rows)[row]); };
    if (!std::all_of(candidate.rows.begin(), candidate.rows.end(), is_its_row)) {
      alarm();
      if (std::none_of(candidate.rows.begin(), candidate.rows.end(), is_its_row)) continue;
    }
    const double fit = graded ? Fit(field, query, words, customer->record) : 1.0;
    if (fit <= 0) continue;
    const Decided decided = permit.DecideField(field, customer->record.tier, Decision::kMasked, /*required=*/false);
    if (decided.decision != Decision::kMasked && decided.decision != Decision::kPlain) continue;  // looks like no hit
    if (!permit.MayKnow(customer->record.tier)) continue;                                         // the same
    hits.push_back({fit, *std::move(customer)});
    if (query.by != SearchBy::kLike && hits.size() > kMaxHits) return permit.Fail<Hits>(TooMany());
  }
  if (const Status few = KeepMostAlike(hits); !few.ok()) return permit.Fail<Hits>(few);
  Hits answer;
  answer.reserve(hits.size());
  for (const Hit& hit : hits) answer.push_back(MaskFor(permit, catalogue, hit.customer));
  return permit.Finish(std::move(answer));
}

}  // namespace strongroom
