#include "access/testing/test_vault.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/json.h"

namespace strongroom {
namespace {

void Require(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "the test vault failed to %s: %s\n", what, status.ToString().c_str());
  std::abort();
}

template <typename T>
T Require(Result<T> result, const char* what) {
  Require(result.status(), what);
  return *std::move(result);
}

PrincipalKind KindOf(std::string_view role) {
  // Administrators' and operators' keys are programs: people with these roles need a colleague for what changes rights.
  if (role == "application" || role == "importer" || role == "administrator" || role == "operator")
    return PrincipalKind::kApplication;
  if (role == "partner") return PrincipalKind::kPartner;
  if (role == "auditor") return PrincipalKind::kAuditor;
  return PrincipalKind::kStaff;
}

}  // namespace

const std::vector<std::string>& DefaultFields() {
  static const std::vector<std::string> fields = [] {
    // name, type, sensitivity, search, and what else its definition says
    constexpr std::array<std::array<std::string_view, 5>, 17> kFields = {{
        {"full_name", "person_name", "personal", "prefix", ""},
        {"email", "email", "personal", "exact", ""},
        {"phone", "phone", "personal", "exact", R"(,"region":"SE")"},
        {"birth_date", "date_of_birth", "personal", "none", ""},
        {"address", "postal_address", "personal", "none", ""},
        {"national_id", "national_id", "sensitive", "exact", R"(,"national_id":"se.personnummer")"},
        {"card", "card", "financial", "exact", ""},
        {"iban", "bank_account", "financial", "exact", ""},
        {"notes", "text", "personal", "none", R"(,"repeated":true)"},
        {"diagnosis", "text", "sensitive", "none", ""},
        {"loyalty_points", "number", "internal", "none", ""},
        {"newsletter", "boolean", "public", "none", ""},
        {"customer_since", "date", "internal", "none", ""},
        {"preferences", "json", "personal", "none", ""},
        {"portal_password", "password", "credential", "none", ""},
        {"id_scan", "file", "personal", "none", R"(,"repeated":true)"},
        {"nickname", "text", "personal", "exact", ""},
    }};
    std::vector<std::string> all;
    for (const auto& [name, type, sensitivity, search, more] : kFields) {
      all.push_back(R"({"name":")" + std::string(name) + R"(","type":")" + std::string(type) + R"(","sensitivity":")" +
                    std::string(sensitivity) + R"(","search":")" + std::string(search) +
                    R"(","purposes":["customer-service","delivery"],"legal_basis":"contract")" + std::string(more) +
                    "}");
    }
    return all;
  }();
  return fields;
}

const std::vector<std::string>& DefaultCollectionPoints() {
  static const std::vector<std::string> points = {
      R"({"name":"web-signup","description":"The sign-up form","fields":["full_name","email","phone","birth_date",)"
      R"("address","national_id","card","iban","notes","loyalty_points","newsletter","customer_since","preferences",)"
      R"("portal_password","id_scan","nickname"]})",
      R"({"name":"clinic","description":"The clinic's intake","fields":["full_name","diagnosis"]})"};
  return points;
}

std::string TestPolicy() {
  std::string policy(PolicySet::DefaultToml());
  constexpr std::string_view kRoles = "roles = [";
  policy.insert(policy.find(kRoles) + kRoles.size(), "\n  \"everything\",");
  policy += "\n[[rule]]\nname = \"everything-to-everything\"\nroles = [\"everything\"]\ndecision = \"plain\"\n";
  return policy;
}

TestVault::TestVault() {
  Require(Fill(), "be made");
  Restart();
  ApiKeys& keys = open_->api_keys();
  Principal first;
  first.id = 1;
  first.kind = PrincipalKind::kSystem;
  first.roles = {"everything"};
  first.purposes = {"*"};
  Caller caller;
  caller.principal = std::make_shared<const Principal>(first);
  caller.address = IpAddress::Loopback();
  for (const std::string_view role : kRoles) {
    ApiKeySpec spec;
    spec.name = "test " + std::string(role);
    spec.kind = KindOf(role);
    spec.roles = {std::string(role)};
    spec.purposes = {"*"};
    spec.token_domains = {"*"};
    if (role == "partner") {  // a partner names its networks and domains
      spec.token_domains = {"shop", "partner"};
      spec.networks = {*IpNetwork::Parse("127.0.0.0/8"), *IpNetwork::Parse("::1")};
    }
    const NewApiKey made = Require(keys.Create(caller, std::move(spec)).Wait(), "make a key");
    keys_[std::string(role)] = std::string(ExposeSecret(made.key_text));
    principals_[std::string(role)] =
        Require(keys.Authenticate(keys_[std::string(role)], IpAddress::Loopback()), "know its own key");
  }
  for (const std::string& text : DefaultFields()) {
    const JsonDocument document = Require(JsonDocument::ParseObject(text), "read a field");
    FieldDef field = Require(FieldFromJson(document.root()), "read a field");
    Require(open_->catalogue().PutField(As("everything"), std::move(field)).Wait().status(), "put a field");
  }
  for (const std::string& text : DefaultCollectionPoints()) {
    const JsonDocument document = Require(JsonDocument::ParseObject(text), "read a collection point");
    CollectionPoint point = Require(CollectionPointFromJson(document.root()), "read a collection point");
    Require(open_->catalogue().PutCollectionPoint(As("everything"), std::move(point)).Wait().status(), "put a point");
  }
}

TestVault::~TestVault() = default;

OpenVaultOptions TestVault::Options() const {
  OpenVaultOptions options;
  options.outbox.syslog = {"siem=udp://127.0.0.1:9"};  // where nobody listens; nothing is sent unless a test asks
  options.outbox.sms_url = sms_url;
  if (!sms_url.empty()) options.outbox.sms_body = "to={to}&text={text}";
  options.front_door.breaches = breaches;
  options.witness = witness;
  options.erasing = erasing;
  options.front_door.cost = {.memory_kib = 8 * 1024, .passes = 1};  // the least there is: tests sign in often
  options.fleet.name = "test";
  options.paper_worker = STRONGROOM_DESK_WORKER;
  return options;
}

void TestVault::Restart() {
  open_.reset();
  open_ = Require(OpenVault::Open(Require(OpenHouse(server_number), "open its house"), Options()), "open");
  if (server_number != 0) Require(open_->fleet().Round(), "look at the others");
}

std::unique_ptr<OpenVault> TestVault::OpenBeside(uint32_t number, bool ignore_changes) {
  OpenVaultOptions options = Options();
  options.fleet.ignore_changes_for_tests = ignore_changes;
  std::unique_ptr<OpenVault> beside =
      Require(OpenVault::Open(Require(OpenHouse(number), "open a house beside"), options), "open beside");
  Require(beside->fleet().Round(), "look at the others");
  return beside;
}

void TestVault::AddPersonBy(std::string_view by, std::string_view name, std::vector<std::string> roles,
                            std::vector<std::string> purposes) {
  ApiKeySpec spec;
  spec.name = std::string(name);
  spec.kind = PrincipalKind::kStaff;
  spec.roles = std::move(roles);
  spec.purposes = std::move(purposes);
  const NewApiKey made = Require(open_->api_keys().Create(As(by), std::move(spec)).Wait(), "add a person");
  keys_[std::string(name)] = std::string(ExposeSecret(made.key_text));
  principals_[std::string(name)] =
      Require(open_->api_keys().Authenticate(keys_[std::string(name)], IpAddress::Loopback()), "know its own key");
}

// The stores, and what `strongroom init` would have written into them.
Status TestVault::Fill() {
  const SecretBytes root = SecretBytes::Generate(32, random_);
  compartments_ = {{"main", 0x1111, 1, 2047}, {"vip", 0x2222, 2048, kBucketCount - 1}};
  ASSIGN_OR_RETURN(office_, TestStores::Create(root, kOffice, "strongroom/office-test", random_));
  ASSIGN_OR_RETURN(main_, TestStores::Create(root, compartments_[0].id, "strongroom/main-test", random_));
  ASSIGN_OR_RETURN(vip_, TestStores::Create(root, compartments_[1].id, "strongroom/vip-test", random_));
  const std::unique_ptr<SealedStore> sealed = office_->OpenSealed(nullptr);
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, office_->OpenJournal(clock_));
  SealedBatch batch;
  RETURN_IF_ERROR(House::WriteCompartments(*sealed, batch, compartments_));
  RETURN_IF_ERROR(sealed->OverwriteDocument(batch, Table::kPolicy, "policy", TestPolicy()));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kPolicyChange;
  entry.decision = Decision::kPlain;
  return journal->Submit(std::move(batch), std::move(entry)).Wait();
}

Result<std::unique_ptr<House>> TestVault::OpenHouse(uint32_t number) {
  for (TestStores* stores : {office_.get(), main_.get(), vip_.get()}) RETURN_IF_ERROR(stores->OpenRing());
  const auto view = std::make_shared<ServerView>(clock_, number);
  const uint32_t writer = number == 0 ? 1 : number;
  std::unique_ptr<FleetRows> fleet;
  if (number != 0) fleet = std::make_unique<FleetRows>(office_->data, office_->ring(), random_);
  auto office = std::make_unique<Room>();
  office->info.name = "office";
  office->epochs = office_->OpenEpochs(nullptr, clock_);
  office->sealed = office_->OpenSealed(nullptr, view);
  ASSIGN_OR_RETURN(office->journal, office_->OpenJournal(clock_, writer));
  office->log = office_->OpenLog();
  std::vector<std::unique_ptr<Room>> rooms;
  for (size_t i = 0; i < compartments_.size(); ++i) {
    TestStores& stores = i == 0 ? *main_ : *vip_;
    auto room = std::make_unique<Room>();
    room->info = compartments_[i];
    room->customer_keys = stores.OpenCustomerKeys(clock_, view);
    room->sealed = stores.OpenSealed(room->customer_keys.get(), view);
    ASSIGN_OR_RETURN(room->journal, stores.OpenJournal(clock_, writer));
    room->log = stores.OpenLog();
    room->epochs = stores.OpenEpochs(room->customer_keys.get(), clock_);
    rooms.push_back(std::move(room));
  }
  if (fleet != nullptr) {
    office->epochs->ShareWith(fleet.get(), view);
    for (const auto& room : rooms) room->epochs->ShareWith(fleet.get(), view);
  }
  return std::make_unique<House>(std::move(office), std::move(rooms), clock_, random_, view, std::move(fleet));
}

Caller TestVault::As(std::string_view role, std::string_view purpose) const {
  Caller caller;
  caller.principal = principals_.at(std::string(role));
  caller.address = IpAddress::Loopback();
  caller.purpose = purpose;
  caller.request_id = next_request_++;
  const bool person = caller.principal->kind == PrincipalKind::kStaff;
  caller.standing.training_current = caller.standing.agreement_signed = person;
  caller.standing.acceptable_use_accepted = person;
  return caller;
}

std::string TestVault::CreateCustomer(const Values& values, std::string_view external_id, std::string_view compartment,
                                      uint8_t tier) {
  CreateRequest request;
  request.compartment = compartment;
  request.collection_point = "web-signup";
  request.external_id = external_id;
  request.tier = tier;
  for (const auto& [field, text] : values) request.values.push_back({field, text});
  return Require(open_->customers().Create(As("everything"), request).Wait(), "create a customer").code;
}

void TestVault::SequenceAll() {
  for (TestStores* stores : {office_.get(), main_.get(), vip_.get()}) Require(stores->Sequence(), "merge a log");
}

std::shared_ptr<OpenVault> TestVault::Current() const {
  std::lock_guard lock(mutex_);
  return locked_ ? nullptr : open_;
}

ServerStatus TestVault::GetStatus() const {
  std::lock_guard lock(mutex_);
  ServerStatus status;
  status.locked = locked_;
  status.lock_kind = "passphrase";
  if (!locked_) status.compartments = {"main", "vip"};
  status.version = "test";
  return status;
}

Status TestVault::Unlock(const SecretBytes& secret) {
  std::lock_guard lock(mutex_);
  if (!locked_) return Status(Reason::kServerUnlocked);
  if (!EqualInConstantTime(ExposeSecret(secret), kPassphrase)) return Status(Reason::kUnlockFailed);
  locked_ = false;
  return Status::Ok();
}

Status TestVault::Lock(const Caller& caller) {
  Permit permit = open_->gate().Authorise(caller, Action::kServerLock);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  RETURN_IF_ERROR(permit.Finish(true).Wait().status());
  std::lock_guard lock(mutex_);
  locked_ = true;
  return Status::Ok();
}

// Asks, and looks at what is presented; there is no lock here to change.
Result<LockChanged> TestVault::ChangeLock(const Caller& caller, const LockChange& change) {
  Permit permit = open_->gate().Authorise(caller, change.rotate_root ? Action::kRootRotate : Action::kLockChange);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  const bool opens =
      change.present.size() == 1 && EqualInConstantTime(ExposeSecret(change.present.front()), kPassphrase);
  if (!opens) return permit.Fail<bool>(Status(Reason::kUnlockFailed)).Wait().status();
  RETURN_IF_ERROR(permit.Finish(true).Wait().status());
  return LockChanged{};
}

Result<ShareShown> TestVault::AcknowledgeShare(const SecretBytes& share, const IpAddress& from) {
  (void)from;
  if (!EqualInConstantTime(ExposeSecret(share), "the right share")) return Status(Reason::kUnlockFailed);
  return ShareShown{1, 3, 2, true};
}

Status TestVault::CancelPendingLock(const Caller& caller) {
  Permit permit = open_->gate().Authorise(caller, Action::kLockChange);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  return permit.Finish(true).Wait().status();
}

Result<LockView> TestVault::ShowLock(const Caller& caller) {
  Permit permit = open_->gate().Authorise(caller, Action::kServerStatus);
  if (!permit.granted()) return permit.Refuse<LockView>().Wait();
  LockView view;
  view.kind = "shares";
  view.threshold = 2;
  view.count = 3;
  view.holders = {{1, "Ada", clock_.NowMillis()}, {2, "", 0}, {3, "", 0}};
  return permit.Finish(std::move(view)).Wait();
}

Result<std::vector<std::string>> TestVault::AskAndFindNothing(const Caller& caller, Action action) {
  using Lines = std::vector<std::string>;
  Permit permit = open_->gate().Authorise(caller, action);
  if (!permit.granted()) return permit.Refuse<Lines>().Wait();
  return permit.Finish(Lines()).Wait();
}

Result<std::vector<std::string>> TestVault::Doctor(const Caller& caller) {
  return AskAndFindNothing(caller, Action::kServerStatus);
}

Result<std::vector<std::string>> TestVault::Fsck(const Caller& caller) {
  return AskAndFindNothing(caller, Action::kStoreCheck);
}

Result<BackupRecord> TestVault::MakeBackup(const Caller& caller, const BackupRequest& request) {
  BackupRecord record;
  record.id = random_.Take(BackupRecord::kIdBytes);
  record.kind = request.kind;
  record.file = "test.set";
  record.made_at = clock_.NowMillis();
  record.recipients = {"age1test"};
  if (request.kind == BackupKind::kKeys) record.expires_at = record.made_at + 35 * int64_t{86'400'000};
  const Status wrong =
      request.incremental ? Status(Reason::kBackupNotFound, "there is no data set to go on from") : Status::Ok();
  ASSIGN_OR_RETURN(BackupMaking making, open_->backups().Begin(caller, std::move(record), wrong));
  return open_->backups().Complete(std::move(making));
}

}  // namespace strongroom
