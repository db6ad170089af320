#include "access/sessions.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "access/session_live.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom session v1";
constexpr std::string_view kCookiePrefix = "srs_";
constexpr size_t kCookieLength = 4 + 43;

}  // namespace

size_t Sessions::DigestHash::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

Sessions::Sessions(const Parts& parts)
    : gate_(parts.gate),
      directory_(parts.directory),
      registers_(parts.registers),
      settings_(parts.settings),
      rules_(parts.rules),
      attempts_(parts.attempts),
      notices_(parts.notices),
      mac_(parts.gate.house().office().sealed->ring().Derive(kMacPurpose)),
      tidied_ms_(parts.gate.house().clock().MonotonicMillis()) {}

// --- looking ---------------------------------------------------------------------------------------------------------

Sessions::LivePtr Sessions::Look(std::string_view cookie) const {
  if (cookie.size() != kCookieLength || !cookie.starts_with(kCookiePrefix)) return nullptr;
  const Digest mac = MacOf(cookie);
  const Shard& shard = ShardOf(mac);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_mac.find(mac);
  return found == shard.by_mac.end() ? nullptr : found->second;
}

Sessions::LivePtr Sessions::LookById(uint64_t id) const {
  LivePtr found;
  ForEach([&](const LivePtr& live) {
    if (live->id == id && live->is_current() && !live->ended.load()) found = live;
  });
  return found;
}

std::vector<Sessions::LivePtr> Sessions::Of(PrincipalId person) const {
  std::vector<LivePtr> of;
  ForEach([&](const LivePtr& live) {
    if (live->person_id == person && live->is_current() && !live->ended.load()) of.push_back(live);
  });
  std::sort(of.begin(), of.end(), [](const LivePtr& a, const LivePtr& b) { return a->last_seen > b->last_seen; });
  return of;
}

void Sessions::Insert(const LivePtr& live) {
  Shard& shard = ShardOf(live->mac);
  const std::lock_guard lock(shard.mutex);
  shard.by_mac[live->mac] = live;
}

void Sessions::Remove(const LivePtr& live) {
  live->ended.store(true);
  Shard& shard = ShardOf(live->mac);
  const std::lock_guard lock(shard.mutex);
  shard.by_mac.erase(live->mac);
}

// --- a request -------------------------------------------------------------------------------------------------------

PersonNowPtr Sessions::PersonOf(Live& live, UnixMillis now) const {
  PersonNowPtr known = std::atomic_load(&live.person);
  StaffMemberPtr member = directory_.Find(live.person_id);
  if (member == nullptr) return nullptr;
  SignInRulesPtr rules = rules_.Get();
  if (known != nullptr && known->member == member && known->rules == rules && now < known->until &&
      known->registers == registers_.Generation()) {
    return known;
  }
  known = MakePersonNow(std::move(member), std::move(rules), now, &registers_);
  std::atomic_store(&live.person, known);
  return known;
}

bool Sessions::IsOver(const Live& live, const PersonNow& person, UnixMillis now) const {
  const UnixMillis replaced = live.replaced_until.load();
  return live.ended.load() || !person.may_sign_in || !live.GoesWith(person.credentials) ||
         (replaced != 0 && now >= replaced) || now - live.last_seen.load() > person.rules->idle_seconds * 1000 ||
         now - live.created_at > person.rules->longest_seconds * 1000;
}

Status Sessions::Refuse(const SessionRequest& request, const Live* live, Reason reason, std::string_view detail,
                        std::string_view alarm) {
  AuditEntry entry;
  if (live != nullptr) {
    entry.actor_kind = PrincipalKind::kStaff;
    entry.actor = live->person_id;
  }
  if (!alarm.empty()) entry.action = Action::kAlarm;
  entry.address = request.address;
  entry.request_id = request.request_id;
  entry.outcome = reason;
  entry.detail = "session: " + std::string(detail);
  attempts_.Record(std::move(entry), [&](SealedBatch& batch) {
    if (!alarm.empty()) notices_.AddAlarm(batch, alarm);
  });
  return Status(reason);
}

Caller Sessions::CallerOf(const Live& live, const PersonNow& person, const SessionRequest& request,
                          UnixMillis now) const {
  Caller caller;
  caller.principal = person.principal;
  caller.address = request.address;
  caller.request_id = request.request_id;
  // A text message opens the door and no more, at sign-in as at a step-up: it is not what policy asks a factor for.
  if (live.factor != FactorKind::kSms) {
    caller.second_factor_age_seconds = std::max<int64_t>(now - live.factor_at, 0) / 1000;
  }
  caller.standing = person.standing;
  caller.standing.minute_of_week = settings_.MinuteOfWeekNow();
  caller.session_id = live.id;
  return caller;
}

Result<DeviceState> Sessions::DeviceOf(const Live& live, const SessionRequest& request, UnixMillis now) {
  const auto refuse = [&](std::string_view alarm) {
    return Refuse(request, &live, Reason::kDeviceRefused, alarm, alarm);
  };
  DeviceCheck check;
  if (devices_ != nullptr && request.certificate.has_value()) {
    check = devices_->Check(*request.certificate, live.person_id, now);
    if (!check.alarm.empty()) return refuse(check.alarm);
  }
  if (live.device_id != 0 && check.device != live.device_id) return refuse("session-without-its-device");
  if (check.state == DeviceState::kUnknown && live.bound_passkey && settings_.Current()->passkey_counts_as_device) {
    return DeviceState::kEnrolled;
  }
  return check.state;
}

Result<Caller> Sessions::Authenticate(const SessionRequest& request) {
  const LivePtr live = Look(request.cookie);
  if (live == nullptr) return Refuse(request, nullptr, Reason::kSessionEnded, "unknown");
  const UnixMillis now = gate_.house().clock().NowMillis();
  const PersonNowPtr person = PersonOf(*live, now);
  if (person == nullptr || IsOver(*live, *person, now)) {
    return Refuse(request, live.get(), Reason::kSessionEnded, "ended");
  }
  if (request.from_other_site)
    return Refuse(request, live.get(), Reason::kSessionUnproved, "other site", "session-from-other-site");
  if (!live->proof.VerifyProof(request.method, request.target, request.proof, now).ok()) {
    return Refuse(request, live.get(), Reason::kSessionUnproved, "no proof", "session-unproved");
  }
  if (!person->MayComeFrom(request.address)) {
    return Refuse(request, live.get(), Reason::kNetworkRefused, "network", "session-from-outside");
  }
  ASSIGN_OR_RETURN(const DeviceState device, DeviceOf(*live, request, now));
  if (live->is_current()) live->last_seen.store(now, std::memory_order_relaxed);
  TidyIfDue(now);
  Caller caller = CallerOf(*live, *person, request, now);
  caller.standing.device = device;
  return caller;
}

// --- what people ask -------------------------------------------------------------------------------------------------

SessionInfo Sessions::InfoOf(const Live& live, const SignInRules& rules) {
  SessionInfo info;
  info.id = live.id;
  info.person = live.person_id;
  info.created_at = live.created_at;
  info.last_seen_at = live.last_seen.load();
  info.factor_at = live.factor_at;
  info.password_at = live.password_at;
  info.ends_at = live.created_at + rules.longest_seconds * 1000;
  info.factor = live.factor;
  info.address = live.address;
  info.device = live.device;
  info.device_id = live.device_id;
  return info;
}

std::optional<SessionInfo> Sessions::Find(uint64_t id) const {
  const LivePtr live = LookById(id);
  if (live == nullptr) return std::nullopt;
  return InfoOf(*live, *rules_.Get());
}

Receipted<std::vector<SessionInfo>> Sessions::List(const Caller& caller, PrincipalId person) const {
  const bool own = caller.principal != nullptr && caller.principal->id == person;
  Permit permit = gate_.Authorise(caller, own ? Action::kStaffSelf : Action::kSessionRead);
  if (!permit.granted()) return permit.Refuse<std::vector<SessionInfo>>();
  permit.entry().detail = "sessions listed";
  const UnixMillis now = gate_.house().clock().NowMillis();
  std::vector<SessionInfo> infos;
  for (const LivePtr& live : Of(person)) {
    const PersonNowPtr view = PersonOf(*live, now);
    if (view != nullptr && !IsOver(*live, *view, now)) infos.push_back(InfoOf(*live, *view->rules));
  }
  permit.entry().count = static_cast<uint32_t>(infos.size());
  return permit.Finish(std::move(infos));
}

Receipted<bool> Sessions::End(const Caller& caller, uint64_t id) {
  const LivePtr live = LookById(id);
  const bool own = live != nullptr && caller.principal != nullptr && caller.principal->id == live->person_id;
  Permit permit = gate_.Authorise(caller, own ? Action::kStaffSelf : Action::kSessionEnd);
  if (!permit.granted()) return permit.Refuse<bool>();
  permit.entry().detail = "session " + FormatSessionId(id) + " ended";
  if (live == nullptr) return permit.Fail<bool>(Status(Reason::kSessionEnded));
  Remove(live);
  SealedBatch batch;
  office().DeleteDocument(batch, Table::kSession, NameOf(id));
  return permit.Finish(true, std::move(batch));
}

}  // namespace strongroom
