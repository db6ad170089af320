#include "access/api_keys.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "access/key_text.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom api key v1";
constexpr size_t kPage = 1000;
constexpr UnixMillis kNever = std::numeric_limits<UnixMillis>::max();

std::shared_ptr<const Principal> PrincipalOf(const ApiKeyInfo& info) {
  auto principal = std::make_shared<Principal>();
  principal->id = info.id;
  principal->kind = info.spec.kind;
  principal->name = info.spec.name;
  principal->roles = info.spec.roles;
  principal->purposes = info.spec.purposes;
  principal->token_domains = info.spec.token_domains;
  principal->networks = info.spec.networks;
  return principal;
}

bool MayComeFrom(const Principal& principal, const IpAddress& address) {
  return principal.networks.empty() || std::any_of(principal.networks.begin(), principal.networks.end(),
                                                   [&](const IpNetwork& network) { return network.Contains(address); });
}

// Which key, and the roles it was given: the trail of who was let in to what.  No name: names are for people and may
// be a person's.
std::string DetailOf(const ApiKeyInfo& info) {
  std::string detail = "api key " + FormatPrincipalId(info.id) + " " + std::string(NameOf(info.spec.kind)) + " roles";
  for (const std::string& role : info.spec.roles) detail += " " + role;
  if (detail.size() <= AuditEntry::kMaxDetailBytes) return detail;
  return detail.substr(0, AuditEntry::kMaxDetailBytes - 4) + " ...";  // the entry's hash commits to all of it
}

auto PositionOf(std::vector<ApiKeyRecord>& records, PrincipalId id) {
  return std::lower_bound(records.begin(), records.end(), id,
                          [](const ApiKeyRecord& record, PrincipalId wanted) { return record.info.id < wanted; });
}

}  // namespace

Standing StandingOfKey(const Principal& principal) {
  Standing standing;
  const bool vouched_for = principal.kind == PrincipalKind::kStaff;
  standing.training_current = standing.agreement_signed = standing.acceptable_use_accepted = vouched_for;
  return standing;
}

size_t ApiKeys::DigestHash::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

ApiKeys::ApiKeys(Gate& gate)
    : gate_(gate),
      mac_(gate.house().office().sealed->ring().Derive(kMacPurpose)),
      refusals_(*gate.house().office().journal, gate.house().clock()) {}

ApiKeys::~ApiKeys() { refusals_.Flush(); }

Result<std::unique_ptr<ApiKeys>> ApiKeys::Open(Gate& gate) {
  std::unique_ptr<ApiKeys> keys(new ApiKeys(gate));
  RETURN_IF_ERROR(keys->Refresh());
  return keys;
}

Result<std::vector<ApiKeyRecord>> ApiKeys::ReadAll(const SealedStore& office) {
  std::vector<ApiKeyRecord> records;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office.ListDocuments(Table::kApiKey, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(ApiKeyRecord record, ApiKeyRecord::Decode(document.content));
      records.push_back(std::move(record));
    }
    if (page.size() < kPage) break;
    after = page.back().row_key;
  }
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.info.id < b.info.id; });
  return records;
}

Status ApiKeys::Refresh() {
  std::lock_guard lock(change_mutex_);
  ASSIGN_OR_RETURN(std::vector<ApiKeyRecord> records, ReadAll(office()));
  Publish(std::move(records));
  return Status::Ok();
}

void ApiKeys::Publish(std::vector<ApiKeyRecord> records) {
  auto table = std::make_shared<KeyTable>();
  table->by_mac.reserve(records.size());
  for (const ApiKeyRecord& record : records) {
    table->by_mac[record.mac] = {PrincipalOf(record.info), record.info.spec.expires_at.value_or(kNever),
                                 record.info.revoked_at.has_value()};
  }
  table->records = std::move(records);
  std::atomic_store(&table_, KeyTablePtr(std::move(table)));
}

NewApiKey ApiKeys::Draw(const Mac& mac, ApiKeySpec spec, const Clock& clock, Random& random, Digest& digest) {
  NewApiKey made;
  while (made.info.id == 0) made.info.id = random.NextU64();
  made.info.spec = std::move(spec);
  made.info.created_at = clock.NowMillis();
  ApiKeySecret secret;
  secret.Draw(random);
  digest = mac.Compute({secret.Expose()});
  made.key_text = secret.ToText();
  return made;
}

Result<NewApiKey> ApiKeys::PrepareFirst(const SealedStore& office, SealedBatch& batch, ApiKeySpec spec,
                                        const PolicySet& policy, const Clock& clock, Random& random) {
  ASSIGN_OR_RETURN(const std::vector<ListedDocument> present, office.ListDocuments(Table::kApiKey, {}, 1));
  if (!present.empty()) return Status(Reason::kAlreadyInitialised, "the office has API keys; ask one of their holders");
  RETURN_IF_ERROR(CheckApiKeySpec(spec, policy, clock.NowMillis()));
  Digest digest{};
  NewApiKey made = Draw(Mac(office.ring().Derive(kMacPurpose)), std::move(spec), clock, random, digest);
  const ApiKeyRecord record{made.info, digest};
  RETURN_IF_ERROR(office.PutDocument(batch, Table::kApiKey, FormatPrincipalId(made.info.id), record.Encode(), kAbsent));
  return made;
}

Receipted<NewApiKey> ApiKeys::Create(const Caller& caller, ApiKeySpec spec) {
  Permit permit = gate_.Authorise(caller, Action::kCredentialCreate);
  if (!permit.granted()) return permit.Refuse<NewApiKey>();
  const House& house = gate_.house();
  if (const Status fit = CheckApiKeySpec(spec, *gate_.policy().Get(), house.clock().NowMillis()); !fit.ok()) {
    return permit.Fail<NewApiKey>(fit);
  }
  Digest digest{};
  NewApiKey made = Draw(mac_, std::move(spec), house.clock(), house.random(), digest);
  made.info.created_by = caller.principal->id;
  permit.entry().detail = DetailOf(made.info);

  const ApiKeyRecord record{made.info, digest};
  // Roles, purposes, networks and domains, whole: what was granted can be proved from the log for ever.
  permit.entry().change = Sha256(record.Encode());
  SealedBatch batch;
  // Absent: should two keys ever draw one id, the second is refused and not the first replaced.
  if (const Status put =
          office().PutDocument(batch, Table::kApiKey, FormatPrincipalId(made.info.id), record.Encode(), kAbsent);
      !put.ok()) {
    return permit.Fail<NewApiKey>(put);
  }
  std::lock_guard lock(change_mutex_);
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  std::vector<ApiKeyRecord> records = Table()->records;
  records.insert(PositionOf(records, made.info.id), record);
  Publish(std::move(records));
  return Receipted<NewApiKey>(std::move(made), receipt);
}

Receipted<std::vector<ApiKeyInfo>> ApiKeys::List(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kCredentialRead);
  if (!permit.granted()) return permit.Refuse<std::vector<ApiKeyInfo>>();
  const KeyTablePtr table = Table();
  std::vector<ApiKeyInfo> infos;
  infos.reserve(table->records.size());
  for (const ApiKeyRecord& record : table->records) infos.push_back(record.info);
  permit.entry().count = static_cast<uint32_t>(infos.size());
  return permit.Finish(std::move(infos));
}

Receipted<ApiKeyInfo> ApiKeys::Revoke(const Caller& caller, PrincipalId id) {
  Permit permit = gate_.Authorise(caller, Action::kCredentialRevoke);
  if (!permit.granted()) return permit.Refuse<ApiKeyInfo>();
  permit.entry().detail = "api key " + FormatPrincipalId(id);

  std::lock_guard lock(change_mutex_);
  // What is stored decides, not the table: another server may have changed it since.
  const std::string name = FormatPrincipalId(id);
  const Result<std::optional<Document>> stored = office().GetDocument(Table::kApiKey, name);
  if (!stored.ok()) return permit.Fail<ApiKeyInfo>(stored.status());
  if (!stored->has_value()) {
    return permit.Fail<ApiKeyInfo>(
        Status(Reason::kCredentialNotFound, "there is no API key with this id; list the keys"));
  }
  Result<ApiKeyRecord> record = ApiKeyRecord::Decode((*stored)->content);
  if (!record.ok()) return permit.Fail<ApiKeyInfo>(record.status());

  SealedBatch batch;
  if (!record->info.revoked_at) {
    record->info.revoked_at = gate_.house().clock().NowMillis();
    record->info.revoked_by = caller.principal->id;
    const Status put = office().PutDocument(batch, Table::kApiKey, name, record->Encode(), (*stored)->version);
    if (!put.ok()) return permit.Fail<ApiKeyInfo>(put);
  }
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;
  std::vector<ApiKeyRecord> records = Table()->records;
  const auto position = PositionOf(records, id);
  if (position != records.end() && position->info.id == id) {
    *position = *record;
  } else {
    records.insert(position, *record);
  }
  Publish(std::move(records));
  return Receipted<ApiKeyInfo>(std::move(record->info), receipt);
}

Result<std::shared_ptr<const Principal>> ApiKeys::Authenticate(std::string_view presented, const IpAddress& address,
                                                               uint64_t request_id) const {
  if (presented.empty()) return Status(Reason::kCredentialMissing);
  ApiKeySecret secret;
  if (!secret.ParseText(presented)) {
    return RefuseSignIn(nullptr, address, request_id, Reason::kCredentialInvalid, "malformed");
  }
  const KeyTablePtr table = Table();
  const auto found = table->by_mac.find(mac_.Compute({secret.Expose()}));
  if (found == table->by_mac.end()) {
    return RefuseSignIn(nullptr, address, request_id, Reason::kCredentialInvalid, "unknown");
  }
  const Known& known = found->second;
  if (known.revoked) {
    return RefuseSignIn(known.principal.get(), address, request_id, Reason::kCredentialInvalid, "revoked");
  }
  if (known.expires_at <= gate_.house().clock().NowMillis()) {
    return RefuseSignIn(known.principal.get(), address, request_id, Reason::kCredentialInvalid, "expired");
  }
  if (!MayComeFrom(*known.principal, address)) {
    return RefuseSignIn(known.principal.get(), address, request_id, Reason::kNetworkRefused, "network");
  }
  return known.principal;
}

std::optional<ApiKeyInfo> ApiKeys::InfoById(PrincipalId id) const {
  const KeyTablePtr table = Table();
  const auto found =
      std::lower_bound(table->records.begin(), table->records.end(), id,
                       [](const ApiKeyRecord& record, PrincipalId wanted) { return record.info.id < wanted; });
  if (found == table->records.end() || found->info.id != id) return std::nullopt;
  return found->info;
}

std::vector<ApiKeyInfo> ApiKeys::AllInfos() const {
  const KeyTablePtr table = Table();
  std::vector<ApiKeyInfo> all;
  all.reserve(table->records.size());
  for (const ApiKeyRecord& record : table->records) all.push_back(record.info);
  return all;
}

// The log learns which it was; whoever knocks does not.
Status ApiKeys::RefuseSignIn(const Principal* known, const IpAddress& address, uint64_t request_id, Reason reason,
                             std::string_view detail) const {
  AuditEntry entry;
  if (known != nullptr) {
    entry.actor = known->id;
    entry.actor_kind = known->kind;
  }
  entry.address = address;
  entry.request_id = request_id;
  entry.outcome = reason;
  entry.detail = std::string(detail);
  refusals_.Record(std::move(entry));
  return Status(reason);
}

}  // namespace strongroom
