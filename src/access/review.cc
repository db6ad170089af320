#include "access/review.h"

#include <algorithm>
#include <utility>

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 200;

std::string DayText(uint32_t day) { return FormatTime(int64_t{day} * kMillisOfDay).substr(0, 10); }

// How much somebody sees, to list who sees most first.
int RankOf(const ReviewedHolder& holder) {
  int rank = holder.sight.Everything() ? 1000 : 0;
  for (const Sensitivity kind : {Sensitivity::kPersonal, Sensitivity::kSensitive, Sensitivity::kFinancial}) {
    rank += 10 * static_cast<int>(holder.sight.Best(kind));
  }
  return rank;
}

void AddUses(const Uses& uses, UnixMillis now, ReviewedHolder& holder) {
  for (const UseKind kind : {UseKind::kSignIn, UseKind::kRead, UseKind::kShow, UseKind::kExport, UseKind::kOther}) {
    if (const auto day = uses.LastDay(holder.id, kind)) holder.uses.emplace_back(kind, *day);
  }
  holder.last_day = uses.LastDataDay(holder.id);
  const UnixMillis used = holder.last_day ? int64_t{*holder.last_day} * kMillisOfDay : holder.since;
  holder.unused_days = std::max<int64_t>(0, now / kMillisOfDay - used / kMillisOfDay);
}

void AppendHolder(JsonWriter& json, const ReviewedHolder& holder) {
  json.BeginObject().String("id", FormatPrincipalId(holder.id)).String("kind", holder.kind);
  json.String("state", holder.state).Key("roles").BeginArray();
  for (const std::string& role : holder.roles) json.String(role);
  json.EndArray().Key("sees").BeginObject();
  for (int i = 0; i < kSensitivityCount; ++i) {
    const auto sensitivity = static_cast<Sensitivity>(i);
    const Reach best = holder.sight.Best(sensitivity);
    if (best != Reach::kNothing) json.String(NameOf(sensitivity), NameOf(best));
  }
  json.EndObject().Bool("everything", holder.sight.Everything());
  if (holder.last_day) json.String("last_used", DayText(*holder.last_day));
  json.Int("unused_days", holder.unused_days).EndObject();
}

// The line that is signed.
std::string LineOf(const AccessReview& review, const std::string& id, PrincipalId by) {
  Bytes line;
  JsonWriter json(line);
  json.BeginObject().String("id", id).String("as_of", FormatTime(review.as_of)).String("by", FormatPrincipalId(by));
  json.Int("as_of_millis", review.as_of);
  json.String("policy", review.policy_digest).Int("ceiling", review.ceiling);
  json.Int("sees_everything", review.sees_everything).Key("people").BeginArray();
  for (const ReviewedHolder& holder : review.people) AppendHolder(json, holder);
  json.EndArray().EndObject();
  return line;
}

Result<SignedReview> SignedFrom(std::string_view note) {
  ASSIGN_OR_RETURN(const std::string line, PeekReviewNote(note));
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(line));
  const JsonValue root = document.root();
  SignedReview review;
  ASSIGN_OR_RETURN(const std::string_view id, root.GetString("id"));
  review.id = std::string(id);
  ASSIGN_OR_RETURN(review.at, root.GetInt("as_of_millis"));
  ASSIGN_OR_RETURN(const std::string_view by, root.GetString("by"));
  ASSIGN_OR_RETURN(const Bytes by_bytes, HexDecode(by));
  review.by = ByteReader(by_bytes).U64();
  ASSIGN_OR_RETURN(review.sees_everything, root.GetInt("sees_everything"));
  return review;
}

}  // namespace

std::string Review::LabelOf(PrincipalId id) const {
  if (const StaffMemberPtr member = directory_.Find(id)) return member->display_name;
  const std::optional<ApiKeyInfo> key = keys_.InfoById(id);
  return key ? key->spec.name : FormatPrincipalId(id);
}

Result<AccessReview> Review::Make() const {
  ASSIGN_OR_RETURN(const UsesPtr uses, last_use_.CatchUp());
  const SightFinder finder = ceiling_.Finder();
  const AccessSettingsPtr settings = settings_.Current();
  AccessReview review;
  review.as_of = now();
  review.policy_digest = HexEncode(View(Sha256(gate_.policy().Get()->source())));
  review.ceiling = settings->most_who_see_everything;
  review.unused_after_days = settings->unused_days;
  for (const StaffMemberPtr& member : directory_.All()) {
    if (member->state == StaffState::kLeft) continue;
    ReviewedHolder holder;
    holder.id = member->id;
    holder.name = member->display_name;
    holder.kind = NameOf(PrincipalKind::kStaff);
    holder.state = NameOf(member->state);
    holder.roles = member->RolesAt(review.as_of);
    holder.sight = finder.Find(WhomOf(*member, review.as_of));
    holder.since = member->invited_at;
    review.people.push_back(std::move(holder));
  }
  for (const ApiKeyInfo& key : keys_.AllInfos()) {
    if (!IsInForce(key, review.as_of)) continue;
    ReviewedHolder holder;
    holder.id = key.id;
    holder.name = key.spec.name;
    holder.kind = NameOf(key.spec.kind);
    holder.state = "key";
    holder.roles = key.spec.roles;
    holder.sight = finder.Find(WhomOf(key));
    holder.since = key.created_at;
    review.people.push_back(std::move(holder));
  }
  for (ReviewedHolder& holder : review.people) {
    AddUses(*uses, review.as_of, holder);
    if (holder.kind == NameOf(PrincipalKind::kStaff) && holder.sight.Everything()) ++review.sees_everything;
  }
  std::stable_sort(review.people.begin(), review.people.end(),
                   [](const auto& a, const auto& b) { return RankOf(a) > RankOf(b); });
  ASSIGN_OR_RETURN(const std::vector<SignedReview> stored, Stored());
  if (!stored.empty()) review.last_signed = stored.front();
  const UnixMillis last = review.last_signed ? review.last_signed->at : 0;
  review.due_at = last == 0 ? review.as_of : last + settings->review_interval_days * kMillisOfDay;
  return review;
}

Result<UnixMillis> Review::DueAt() const {
  ASSIGN_OR_RETURN(const std::vector<SignedReview> stored, Stored());
  if (stored.empty()) return UnixMillis{0};
  return stored.front().at + settings_.Current()->review_interval_days * kMillisOfDay;
}

Result<std::vector<SignedReview>> Review::Stored() const {
  std::vector<SignedReview> all;
  Bytes after;
  while (all.size() < kMaxReviews) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page,
                     gate_.house().office().sealed->ListDocuments(Table::kReview, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(SignedReview one, SignedFrom(document.content));
      one.by_name = LabelOf(one.by);
      all.push_back(std::move(one));
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  return all;
}

Receipted<AccessReview> Review::Read(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kReviewRead);
  if (!permit.granted()) return permit.Refuse<AccessReview>();
  Result<AccessReview> review = Make();
  if (!review.ok()) return permit.Fail<AccessReview>(review.status());
  permit.entry().count = static_cast<uint32_t>(review->people.size());
  return permit.Finish(*std::move(review));
}

Receipted<std::string> Review::Sign(const Caller& caller) {
  Permit permit = gate_.Authorise(caller, Action::kReviewSign);
  if (!permit.granted()) return permit.Refuse<std::string>();
  const Room& office = gate_.house().office();
  const Result<VerifierKey> key = office.log->Key();
  if (!key.ok()) return permit.Fail<std::string>(key.status());
  const Result<AccessReview> review = Make();
  if (!review.ok()) return permit.Fail<std::string>(review.status());
  const std::string id = FormatPrincipalId(gate_.house().random().NextU64());
  Result<std::string> note =
      SignReviewNote(LineOf(*review, id, caller.principal->id), key->name, office.sealed->ring().log_signer());
  if (!note.ok()) return permit.Fail<std::string>(note.status());
  SealedBatch batch;
  const Status put = office.sealed->PutDocument(batch, Table::kReview, id, *note, kAbsent);
  if (!put.ok()) return permit.Fail<std::string>(put);
  permit.entry().detail = "review " + id;
  permit.entry().change = Sha256(*note);
  permit.entry().count = static_cast<uint32_t>(review->people.size());
  return permit.Finish(*std::move(note), std::move(batch));
}

Receipted<std::vector<SignedReview>> Review::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kReviewRead);
  if (!permit.granted()) return permit.Refuse<std::vector<SignedReview>>();
  Result<std::vector<SignedReview>> stored = Stored();
  if (!stored.ok()) return permit.Fail<std::vector<SignedReview>>(stored.status());
  return permit.Finish(*std::move(stored));
}

Receipted<std::string> Review::Get(const Caller& caller, std::string_view id) const {
  Permit permit = gate_.Authorise(caller, Action::kReviewRead);
  if (!permit.granted()) return permit.Refuse<std::string>();
  Result<std::optional<Document>> stored = gate_.house().office().sealed->GetDocument(Table::kReview, id);
  if (!stored.ok()) return permit.Fail<std::string>(stored.status());
  if (!stored->has_value()) {
    return permit.Fail<std::string>(Status(Reason::kRouteNotFound, "there is no review with this id; list them"));
  }
  return permit.Finish(std::move((*stored)->content));
}

}  // namespace strongroom
