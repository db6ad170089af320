#include "vault/testing/test_house.h"

#include <utility>

#include "audit/inbox.h"

namespace strongroom {
namespace {

constexpr std::string_view kEverythingRule = R"toml(
[[rule]]
name = "test-everything"
roles = ["everything"]
decision = "plain"
)toml";

// The default policy with one more role.
std::string TestPolicy() {
  std::string toml(PolicySet::DefaultToml());
  const size_t roles = toml.find("roles = [");
  EXPECT_NE(roles, std::string::npos);
  toml.insert(roles + std::string_view("roles = [").size(), "\n  \"everything\",");
  return toml + std::string(kEverythingRule);
}

FieldDef Field(std::string name, FieldType type, Sensitivity sensitivity, SearchKind search = SearchKind::kNone) {
  FieldDef field;
  field.name = std::move(name);
  field.type = type;
  field.sensitivity = sensitivity;
  field.purposes = {"support", "delivery"};
  field.legal_basis = "contract";
  field.search = search;
  return field;
}

std::vector<AuditEntry> ReadEntries(const TestLog& log) {
  std::vector<AuditEntry> entries;
  const Bytes prefix = InboxKey(1, 0).substr(0, 5);
  for (const StoreRow& stored : log.Rows(prefix)) {
    const Result<InboxRow> row = OpenInboxRow(*log.ring, stored.key, stored.value);
    EXPECT_TRUE(row.ok()) << row.status().ToString();
    if (!row.ok()) continue;
    for (const Bytes& encoded : row->entries) {
      Result<AuditEntry> entry = AuditEntry::Decode(encoded);
      EXPECT_TRUE(entry.ok());
      entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

// One committer writes in order: when this entry is durable, all before it are.
std::vector<AuditEntry> SettledEntries(const Room& room, const TestLog& log) {
  AuditEntry last;
  last.actor_kind = PrincipalKind::kSystem;
  last.action = Action::kStoreCheck;
  EXPECT_TRUE(room.journal->Submit({}, std::move(last)).Wait().ok());
  std::vector<AuditEntry> entries = ReadEntries(log);
  std::erase_if(entries, [](const AuditEntry& entry) { return entry.action == Action::kStoreCheck; });
  return entries;
}

void PutBack(Store& store, const std::vector<StoreRow>& copy) {
  StoreBatch batch;
  const Result<std::vector<StoreRow>> rows = store.Scan({.begin = {}, .end = {}, .limit = 1'000'000});
  ASSERT_TRUE(rows.ok());
  for (const StoreRow& row : *rows) {
    batch.deletes.push_back(row.key);
    if (batch.deletes.size() < 5'000) continue;
    ASSERT_TRUE(store.Commit(batch).ok());
    batch = {};
  }
  ASSERT_TRUE(store.Commit(batch).ok());
  batch = {};
  for (const StoreRow& row : copy) {
    batch.puts.push_back({row.key, row.value});
    if (batch.ApproximateSizeBytes() < 500'000 && batch.puts.size() < 1'000) continue;
    ASSERT_TRUE(store.Commit(batch).ok());
    batch = {};
  }
  ASSERT_TRUE(store.Commit(batch).ok());
}

}  // namespace

void TestHouse::PutBackData(size_t compartment, const std::vector<StoreRow>& copy) {
  Close();
  PutBack(*logs_[compartment]->memory, copy);
  Reopen();
}

std::vector<StoreRow> TestHouse::CopyKeys(size_t compartment) const {
  return *logs_[compartment]->key_memory->Scan({.begin = {}, .end = {}, .limit = 1'000'000});
}

void TestHouse::PutBackKeys(size_t compartment, const std::vector<StoreRow>& copy) {
  Close();
  PutBack(*logs_[compartment]->key_memory, copy);
  Reopen();
}

TestHouse::TestHouse() : office_log_(std::make_unique<TestLog>(kOffice)) {
  logs_.push_back(std::make_unique<TestLog>(101));
  logs_.push_back(std::make_unique<TestLog>(202));
  Result<std::shared_ptr<const PolicySet>> parsed = PolicySet::Parse(TestPolicy());
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  policy = std::make_unique<PolicyInForce>(*std::move(parsed));
  Reopen();
}

std::unique_ptr<Room> TestHouse::OpenRoom(TestLog& log, CompartmentInfo info) {
  auto room = std::make_unique<Room>();
  log.data.Reopen();
  log.keys.Reopen();
  log.OpenRing(info.id);
  if (info.id != kOffice) room->customer_keys = std::make_unique<CustomerKeys>(log.keys, log.ring, clock, random);
  room->sealed = std::make_unique<SealedStore>(log.data, log.ring, room->customer_keys.get(), random);
  room->journal = log.OpenJournal();
  room->log = std::make_unique<LogReader>(log.data, log.ring);
  room->epochs = log.OpenEpochs(room->customer_keys.get(), clock);
  room->info = std::move(info);
  return room;
}

void TestHouse::Close() {
  tokens.reset();
  customers.reset();
  catalogue.reset();
  gate.reset();
  house.reset();
}

void TestHouse::Reopen() {
  Close();
  std::vector<std::unique_ptr<Room>> rooms;
  rooms.push_back(OpenRoom(*logs_[kMain], {.name = "main", .id = 101, .first_bucket = 1, .last_bucket = 3000}));
  rooms.push_back(OpenRoom(*logs_[kVip], {.name = "vip", .id = 202, .first_bucket = 3001, .last_bucket = 4095}));
  house = std::make_unique<House>(OpenRoom(*office_log_, {.name = "office"}), std::move(rooms), clock, random);
  gate = std::make_unique<Gate>(*house, *policy);
  Result<std::unique_ptr<CatalogueService>> opened = CatalogueService::Open(*gate);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  catalogue = *std::move(opened);
  customers = std::make_unique<Customers>(*gate, *catalogue, erasing);
  Result<std::unique_ptr<Tokens>> opened_tokens = Tokens::Open(*gate, *catalogue, *customers);
  ASSERT_TRUE(opened_tokens.ok()) << opened_tokens.status().ToString();
  tokens = *std::move(opened_tokens);
}

Caller TestHouse::As(std::string_view role, std::string_view purpose) const {
  auto principal = std::make_shared<Principal>();
  principal->id = 0x77;
  principal->kind = role == "application" || role == "importer" ? PrincipalKind::kApplication : PrincipalKind::kStaff;
  principal->roles = {std::string(role)};
  principal->purposes = {"*"};
  principal->token_domains = {"*"};
  Caller caller;
  caller.principal = std::move(principal);
  caller.address = IpAddress::Loopback();
  caller.purpose = purpose;
  caller.standing.training_current = caller.standing.agreement_signed = true;
  caller.standing.acceptable_use_accepted = true;
  return caller;
}

void TestHouse::FillCatalogue() {
  std::vector<FieldDef> fields;
  fields.push_back(Field("given_name", FieldType::kPersonName, Sensitivity::kPersonal, SearchKind::kPrefix));
  fields.push_back(Field("email", FieldType::kEmail, Sensitivity::kPersonal, SearchKind::kExact));
  fields.push_back(Field("phone", FieldType::kPhone, Sensitivity::kPersonal, SearchKind::kExact));
  fields.push_back(Field("date_of_birth", FieldType::kDateOfBirth, Sensitivity::kPersonal));
  fields.push_back(Field("card", FieldType::kCard, Sensitivity::kFinancial));
  fields.push_back(Field("health_note", FieldType::kText, Sensitivity::kSensitive));
  fields.push_back(Field("nickname", FieldType::kText, Sensitivity::kPersonal, SearchKind::kExact));
  fields.back().repeated = true;
  fields.push_back(Field("language", FieldType::kText, Sensitivity::kInternal));
  fields.push_back(Field("passport", FieldType::kFile, Sensitivity::kPersonal));
  fields.push_back(Field("password", FieldType::kPassword, Sensitivity::kCredential));
  CollectionPoint point;
  point.name = std::string(kPoint);
  for (FieldDef& field : fields) {
    point.fields.push_back(field.name);
    const Result<FieldDef> put = catalogue->PutField(As("privacy-officer"), std::move(field)).Wait();
    ASSERT_TRUE(put.ok()) << put.status().ToString();
  }
  const Result<CollectionPoint> put = catalogue->PutCollectionPoint(As("privacy-officer"), std::move(point)).Wait();
  ASSERT_TRUE(put.ok()) << put.status().ToString();
}

CreateRequest TestHouse::RequestFor(std::string_view external_id, std::vector<ValueIn> values,
                                    std::string_view compartment) const {
  CreateRequest request;
  request.compartment = compartment;
  request.collection_point = kPoint;
  request.external_id = external_id;
  request.values = std::move(values);
  return request;
}

std::string TestHouse::MakeCustomer(std::string_view external_id, std::string_view email,
                                    std::string_view compartment) {
  const Result<CreateAnswer> answer =
      customers
          ->Create(
              As("application"),
              RequestFor(
                  external_id,
                  {{"given_name", "Agneta"}, {"email", email}, {"phone", "+46701740679"}, {"card", "4242421462365030"}},
                  compartment))
          .Wait();
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  return answer.ok() ? answer->code : std::string();
}

std::vector<AuditEntry> TestHouse::Entries(size_t compartment) {
  return SettledEntries(RoomAt(compartment), *logs_[compartment]);
}

std::vector<AuditEntry> TestHouse::OfficeEntries() { return SettledEntries(house->office(), *office_log_); }

bool TestHouse::StoresContain(size_t compartment, std::string_view text) const {
  const TestLog& log = *logs_[compartment];
  for (const auto* memory : {&log.memory, &log.key_memory}) {
    const auto rows = (*memory)->Scan({.begin = "", .end = "", .limit = 10'000'000});
    EXPECT_TRUE(rows.ok());
    for (const StoreRow& row : *rows) {
      if (row.key.find(text) != Bytes::npos || row.value.find(text) != Bytes::npos) return true;
    }
  }
  return false;
}

}  // namespace strongroom
