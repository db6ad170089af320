// The archaeologist has every byte that was ever written, and every secret but the keys that were declared destroyed.
// For two simulated years of customers who come, are corrected and go, he tries everything with everything.  At random
// times the data is lost, put back from a copy up to a month old, and life goes on.
//
// He has: each version of each row of data store and key store, however short its life (what write-ahead logs,
// snapshots and backups of every age hold together), the root key, every key of the ring but wrap and blinding keys of
// epochs that the key store declares destroyed.  He must not open, nor confirm by guessing, anything that was taken
// away before the last destroyed epoch ended.  With one destroyed epoch given back, the same search finds it all.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/encoding.h"
#include "keys/aad.h"
#include "keys/customer_key_row.h"
#include "keys/row_marks.h"
#include "vault/index_rows.h"
#include "vault/key_rotation.h"
#include "vault/ledger_replay.h"
#include "vault/rekey.h"
#include "vault/testing/test_house.h"

namespace strongroom {
namespace {

constexpr int64_t kDay = 86'400'000;
constexpr int kMonths = 24;
constexpr std::string_view kDomain = "crm";

uint64_t Seed() {
  const char* text = std::getenv("STRONGROOM_ARCHAEOLOGIST_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

// Everything that was ever written to one store.
struct Strata {
  std::unordered_map<Bytes, std::vector<Bytes>> rows;
  size_t versions = 0;
  size_t bytes = 0;

  void Add(const StoreBatch& batch) {
    for (const StorePut& put : batch.puts) {
      std::vector<Bytes>& values = rows[put.key];
      if (!values.empty() && values.back() == put.value) continue;
      values.push_back(put.value);
      ++versions;
      bytes += put.key.size() + put.value.size();
    }
  }
  template <typename Visit>
  void ForEach(char kind, const Visit& visit) const {
    for (const auto& [key, values] : rows) {
      if (key[0] != kind) continue;
      for (const Bytes& value : values) visit(key, value);
    }
  }
};

// A value that a customer had, and how it ended.
struct Value {
  std::string field;
  std::string text;
  Epoch gone_in = 0;  // the epoch that was open when it was taken away; 0: it is still there
  bool lost = false;  // it was newer than the copy that was put back; nobody took it away
};

struct Person {
  CustomerId id = 0;
  std::string code;
  Epoch erased_in = 0;  // 0: living
  bool lost = false;    // made after the copy that was put back
  std::vector<Value> values;
};

// What he gets hold of.
struct Finds {
  std::set<CustomerId> keys_of;                            // customers of whom he has some key
  std::set<CustomerId> records_of;                         // of whom some version of the record opens
  std::set<CustomerId> named_by_index;                     // some index row opens and leads to them
  std::set<std::pair<CustomerId, std::string>> values;     // read in records
  std::set<std::pair<CustomerId, std::string>> elsewhere;  // read in items and documents
  std::set<std::pair<CustomerId, std::string>> guessed;    // confirmed without opening
};

class Archaeologist {
 public:
  // `given_back`: a destroyed epoch whose keys he has after all; 0: none.
  Archaeologist(const Strata& data, const Strata& keys, const KeyRing& ring, const std::vector<EpochInfo>& infos,
                Epoch given_back)
      : data_(data), keys_(keys), ring_(ring) {
    const KeyWrap root(TestLog::Root());
    const auto ring_key = [&](std::string_view name, Epoch epoch) -> std::optional<SecretBytes> {
      const auto found = keys_.rows.find(RingRowKey(name, epoch));
      if (found == keys_.rows.end()) return std::nullopt;
      Result<SecretBytes> key = root.Unwrap(found->second.front(), aad::RingKey(ring_.compartment(), name, epoch));
      EXPECT_TRUE(key.ok());
      if (!key.ok()) return std::nullopt;
      return *std::move(key);
    };
    for (const EpochInfo& info : infos) {
      if (info.state == EpochState::kDestroyed && info.epoch != given_back) continue;
      const std::optional<SecretBytes> wrap = ring_key("wrap", info.epoch);
      const std::optional<SecretBytes> blind = ring_key("blind", info.epoch);
      if (wrap && blind) epochs_.held[info.epoch] = std::make_shared<const EpochKeys>(info.epoch, *wrap, *blind);
    }
  }

  size_t epochs() const { return epochs_.held.size(); }

  Finds Dig(const std::vector<Person>& people, const Catalogue& catalogue, const SealedStore& sealed,
            const Clock& clock) {
    Finds finds;
    FindKeys(finds);
    OpenRecords(finds);
    OpenItems(people, finds);
    OpenIndex(finds);
    Guess(people, catalogue, sealed, clock, finds);
    return finds;
  }

 private:
  // Every wrap ever written, with every wrap key he has, whatever epoch its row names.
  void FindKeys(Finds& finds) {
    keys_.ForEach(kPastKeyKind, [&](const Bytes& row_key, const Bytes& value) {
      Result<PastKeyRow> row = PastKeyRow::Decode(row_key, value);
      ASSERT_TRUE(row.ok());
      ++past_keys;
      std::map<uint32_t, Aead>& known = customer_keys_[row->customer];
      for (const auto& [epoch, keys] : epochs_.held) {
        row->epoch = epoch;
        Result<SecretBytes> key = row->Open(epochs_, ring_.compartment());
        if (key.ok()) known.emplace(row->generation, Aead(*key));
      }
      if (!known.empty()) finds.keys_of.insert(row->customer);
    });
    keys_.ForEach('K', [&](const Bytes& row_key, const Bytes& value) {
      const CustomerId customer = *CustomerOfKeyRow(row_key);
      Result<CustomerKeyRow> row = CustomerKeyRow::Decode(value);
      ASSERT_TRUE(row.ok());
      std::map<uint32_t, Aead>& known = customer_keys_[customer];
      for (const auto& [epoch, keys] : epochs_.held) {
        row->epoch = epoch;
        if (!known.contains(row->generation)) {
          Result<SecretBytes> key = row->Open(epochs_, ring_.compartment(), customer);
          if (key.ok()) known.emplace(row->generation, Aead(*key));
        }
        if (!row->wrapped_before.empty() && !known.contains(row->generation - 1)) {
          Result<SecretBytes> key = row->OpenBefore(epochs_, ring_.compartment(), customer);
          if (key.ok()) known.emplace(row->generation - 1, Aead(*key));
        }
      }
      if (!known.empty()) finds.keys_of.insert(customer);
    });
  }

  std::optional<Bytes> OpenWithAny(CustomerId customer, ByteView sealed, ByteView item) const {
    const auto known = customer_keys_.find(customer);
    if (known == customer_keys_.end()) return std::nullopt;
    for (const auto& [generation, aead] : known->second) {
      Result<Bytes> content = aead.Open(sealed, aad::CustomerItem(ring_.compartment(), customer, generation, item));
      if (content.ok()) return *std::move(content);
    }
    return std::nullopt;
  }

  void OpenRecords(Finds& finds) const {
    data_.ForEach('c', [&](const Bytes& row_key, const Bytes& value) {
      ByteReader reader(ByteView(row_key).substr(1));
      const CustomerId customer = reader.U64();
      const std::optional<Bytes> content = OpenWithAny(customer, value, "record");
      if (!content) return;
      finds.records_of.insert(customer);
      const Result<Record> record = Record::Parse(*content);
      ASSERT_TRUE(record.ok());
      for (const RecordValue& one : record->values) finds.values.emplace(customer, std::string(one.text));
    });
  }

  // In items and in documents of the house: any value that anybody ever had, wherever it stands in them; and of
  // documents, what an index row would be called, from which a guess can be confirmed.
  void OpenItems(const std::vector<Person>& people, Finds& finds) {
    std::map<CustomerId, const Person*> by_id;
    for (const Person& person : people) by_id[person.id] = &person;
    data_.ForEach('d', [&](const Bytes& row_key, const Bytes& value) {
      ByteReader reader(ByteView(row_key).substr(1));
      const CustomerId customer = reader.U64();
      const std::optional<Bytes> content = OpenWithAny(customer, value, reader.Rest());
      const auto person = by_id.find(customer);
      if (!content || person == by_id.end()) return;
      ++items_opened;
      for (const Value& one : person->second->values) {
        if (content->find(one.text) != Bytes::npos) finds.elsewhere.emplace(customer, one.text);
      }
    });
    data_.ForEach('n', [&](const Bytes& row_key, const Bytes& value) {
      Result<Bytes> content = ring_.rows().Open(value, aad::Row(ring_.compartment(), row_key));
      if (content.ok()) documents_.push_back(*std::move(content));
    });
  }

  void OpenIndex(Finds& finds) const {
    for (const char kind : {kReferenceKind, kUniqueKind}) {
      data_.ForEach(kind, [&](const Bytes& row_key, const Bytes& value) {
        for (const auto& [epoch, keys] : epochs_.held) {
          const Result<Bytes> content = keys->blinder.refs.Open(value, aad::Row(ring_.compartment(), row_key));
          if (!content.ok()) continue;
          if (content->size() < 8) continue;
          ByteReader reader(*content);
          finds.named_by_index.insert(reader.U64());  // of a token row, the customer whose token it was first
        }
      });
    }
  }

  // He knows what everybody was called, and asks of each value whether it was theirs.
  void Guess(const std::vector<Person>& people, const Catalogue& catalogue, const SealedStore& sealed,
             const Clock& clock, Finds& finds) {
    std::unordered_set<Bytes> references;  // keys without tails
    for (const auto& [key, values] : data_.rows) {
      if (key[0] == kReferenceKind || key[0] == kUniqueKind) references.insert(key);
    }
    Bytes all_documents;
    for (const Bytes& document : documents_) all_documents += document;
    for (const Person& person : people) {
      for (const Value& value : person.values) {
        const FieldDef* const field = catalogue.FindField(value.field);
        ASSERT_NE(field, nullptr);
        if (field->search == SearchKind::kNone) continue;
        const Result<std::vector<IndexRow>> rows = IndexRowsOfQuery(*field, {.value = value.text}, clock);
        ASSERT_TRUE(rows.ok() && rows->size() == 1);
        const RowMark mark = sealed.MarkOfReference(rows->front().label, rows->front().value, person.id);
        bool confirmed = all_documents.find(View(mark.mark)) != Bytes::npos;
        for (const auto& [epoch, keys] : epochs_.held) {
          confirmed = confirmed || references.contains(RowKeyOfMark(keys->blinder, mark));
        }
        if (confirmed) finds.guessed.emplace(person.id, value.text);
      }
    }
  }

  const Strata& data_;
  const Strata& keys_;
  const KeyRing& ring_;
  EpochSet epochs_;
  std::unordered_map<CustomerId, std::map<uint32_t, Aead>> customer_keys_;
  std::vector<Bytes> documents_;

 public:
  size_t items_opened = 0;
  size_t past_keys = 0;
};

class ArchaeologistTest : public testing::Test {
 protected:
  ArchaeologistTest() {
    TestLog& log = house_.LogOf(TestHouse::kMain);
    // What the fixture wrote before it could be watched: the ring.
    StoreBatch begun;
    const std::vector<StoreRow> rows = *log.key_memory->Scan({.begin = {}, .end = {}, .limit = 1000});
    for (const StoreRow& row : rows) begun.puts.push_back({row.key, row.value});
    keys_.Add(begun);
    log.data.SetAfterCommit([this](const StoreBatch& batch) { data_.Add(batch); });
    log.keys.SetAfterCommit([this](const StoreBatch& batch) { keys_.Add(batch); });
    house_.FillCatalogue();
    TokenDomain domain;
    domain.name = kDomain;
    EXPECT_TRUE(house_.tokens->PutDomain(house_.As("everything"), domain).Wait().ok());
    rotation_ = std::make_unique<KeyRotation>(*house_.gate, KeyRotationOptions{.rotate_days = 30, .keep_days = 35});
  }

  Epoch OpenEpoch() { return house_.RoomAt(TestHouse::kMain).sealed->ring().epoch(); }
  std::string Fresh(const char* what) { return std::string(what) + std::to_string(++serial_); }

  void CreateOne() {
    Person person;
    const std::string email = Fresh("anna.") + "@example.com";
    const std::string name = "Agneta" + Fresh("");
    const std::string note = Fresh("allergic to nuts, case ");
    const auto made =
        house_.customers
            ->Create(house_.As("application"),
                     house_.RequestFor(Fresh("ext-"), {{"given_name", name}, {"email", email}, {"health_note", note}}))
            .Wait();
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    person.code = made->code;
    person.id = house_.customers->Open(made->code)->id;
    person.values = {{"given_name", name, 0}, {"email", email, 0}, {"health_note", note, 0}};
    living_.push_back(people_.size());
    people_.push_back(std::move(person));
  }
  Person& Anybody() { return people_[living_[rng_() % living_.size()]]; }
  void Change(const ChangeRequest& change) {
    const auto changed = house_.customers->Change(house_.As("everything"), change).Wait();
    ASSERT_TRUE(changed.ok()) << changed.status().ToString();
  }
  static void Leave(Person& person, std::string_view field, Epoch epoch) {
    for (Value& value : person.values) {
      if (value.gone_in == 0 && !value.lost && (field.empty() || value.field == field)) value.gone_in = epoch;
    }
  }
  void CorrectOne() {
    Person& person = Anybody();
    const std::string email = Fresh("corrected.") + "@example.com";
    ChangeRequest change;
    change.code = person.code;
    change.any_version = true;
    change.collection_point = TestHouse::kPoint;
    change.set = {{"email", email}};
    if (rng_() % 3 == 0) change.remove = {"health_note"};
    Change(change);
    Leave(person, "email", OpenEpoch());
    if (!change.remove.empty()) Leave(person, "health_note", OpenEpoch());
    person.values.push_back({"email", email, 0});
  }
  void TokenOne() {
    TokenRequest request;
    const Person& person = Anybody();
    const bool has_email = std::any_of(person.values.begin(), person.values.end(), [](const Value& value) {
      return value.field == "email" && value.gone_in == 0 && !value.lost;
    });
    if (!has_email) return;
    request.code = person.code;
    request.field = "email";
    request.format = rng_() % 2 == 0 ? TokenFormat::kRandom : TokenFormat::kDeterministic;
    const auto made = house_.tokens->Create(house_.As("everything"), kDomain, std::span(&request, 1)).Wait();
    ASSERT_TRUE(made.ok() && made->front().ok());
  }
  void EraseOne() {
    const size_t at = rng_() % living_.size();
    Person& person = people_[living_[at]];
    const Epoch epoch = OpenEpoch();
    const auto erased = house_.customers->Erase(house_.As("everything"), person.code).Wait();
    ASSERT_TRUE(erased.ok()) << erased.status().ToString();
    person.erased_in = epoch;
    Leave(person, {}, epoch);
    living_.erase(living_.begin() + static_cast<ptrdiff_t>(at));
  }
  void LiveAMonth(int people) {
    for (int i = 0; i < people; ++i) CreateOne();
    if (rng_() % 2 == 0) MaybeRestore();
    for (int i = 0; i < people / 4; ++i) CorrectOne();
    for (int i = 0; i < people / 4; ++i) TokenOne();
    MakeCopy();
    for (int i = 0; i < people / 4; ++i) CorrectOne();
    for (int i = 0; i < people / 4; ++i) EraseOne();
    MaybeRestore();
    if (HasFatalFailure()) return;
    house_.clock.AdvanceMillis(30 * kDay);
    const Status done = rotation_->RunDue();
    ASSERT_TRUE(done.ok()) << done.ToString();
    for (int i = 0; i < 20; ++i) {
      const Person& person = Anybody();
      ASSERT_TRUE(house_.customers->OpenById(person.id).ok());
    }
  }
  std::vector<EpochInfo> Infos() { return *house_.RoomAt(TestHouse::kMain).epochs->List(); }
  Epoch LastDestroyed() {
    Epoch last = 0;
    for (const EpochInfo& info : Infos()) {
      if (info.state == EpochState::kDestroyed) last = info.epoch;
    }
    return last;
  }
  Finds Dig(Epoch given_back) {
    Room& room = house_.RoomAt(TestHouse::kMain);
    Archaeologist archaeologist(data_, keys_, room.sealed->ring(), Infos(), given_back);
    const Finds finds = archaeologist.Dig(people_, *house_.catalogue->Current(), *room.sealed, house_.clock);
    items_opened_ = archaeologist.items_opened;
    past_keys_ = archaeologist.past_keys;
    return finds;
  }

  // The data is lost; what there is is the copy.
  void Restore() {
    rotation_.reset();
    house_.PutBackData(TestHouse::kMain, copy_);
    Room& room = house_.RoomAt(TestHouse::kMain);
    const auto report = ReplayLedger(*house_.house, room, *house_.catalogue->Current());
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_TRUE(report->lost_codes.empty()) << report->lost_codes.size() << " living customers do not open";
    EXPECT_EQ(report->unique_conflicts, 0u);
    ++restores_;
    moved_ += report->moved_to_new_key;
    taken_again_ += report->fields_taken_again;
    erased_again_ += report->erased_again;
    std::vector<CustomerId> without_record;
    std::vector<size_t> living;
    for (const size_t at : living_) {
      Person& person = people_[at];
      person.lost = at >= people_in_copy_;
      person.lost ? without_record.push_back(person.id) : living.push_back(at);
    }
    living_ = living;
    ASSERT_TRUE(room.customer_keys->DropOrphans(without_record).ok());  // as fsck does
    for (const Person& person : people_) {
      if (person.erased_in == 0) continue;
      ASSERT_EQ(room.sealed->GetRecord(person.id).reason(), Reason::kCustomerNotFound);
    }
    for (const size_t at : living_) CompareWithRecord(people_[at]);
    rotation_ = std::make_unique<KeyRotation>(*house_.gate, KeyRotationOptions{.rotate_days = 30, .keep_days = 35});
  }
  void CompareWithRecord(Person& person) {
    const auto customer = house_.customers->OpenById(person.id);
    ASSERT_TRUE(customer.ok()) << customer.status().ToString();
    std::set<std::string> texts;
    for (const RecordValue& value : customer->record.values) texts.emplace(value.text);
    for (Value& value : person.values) {
      const bool there = texts.contains(value.text);
      EXPECT_FALSE(there && value.gone_in != 0) << value.field << " came back";
      if (!there && value.gone_in == 0) value.lost = true;
      EXPECT_FALSE(there && value.lost) << "what the copy was too old for is there";
    }
  }
  void MaybeRestore() {
    if (copy_.empty() || rng_() % 3 != 0) return;
    Restore();
    copy_.clear();  // the next is made of what there is now
  }
  void MakeCopy() {
    copy_ = house_.CopyData(TestHouse::kMain);
    people_in_copy_ = people_.size();
  }

  TestHouse house_;
  Strata data_;
  Strata keys_;
  std::unique_ptr<KeyRotation> rotation_;
  std::mt19937_64 rng_{Seed()};
  std::vector<Person> people_;
  std::vector<size_t> living_;
  uint64_t serial_ = 0;
  size_t items_opened_ = 0;
  size_t past_keys_ = 0;
  std::vector<StoreRow> copy_;
  size_t people_in_copy_ = 0;
  uint64_t restores_ = 0, moved_ = 0, taken_again_ = 0, erased_again_ = 0;
};

TEST_F(ArchaeologistTest, FindsNothingThatWasTakenAwayBeforeTheLastDestroyedEpochEnded) {
  for (int month = 0; month < kMonths; ++month) {
    LiveAMonth(month == 0 ? 400 : 80);
    if (HasFatalFailure()) return;
  }
  const Epoch destroyed = LastDestroyed();
  ASSERT_GT(destroyed, static_cast<Epoch>(kMonths) - 5);

  const Finds finds = Dig(0);
  // He is no fool: he opens everybody who lives, and what is not beyond recall yet.
  size_t recent = 0, gone = 0, gone_values = 0;
  for (const Person& person : people_) {
    if (person.lost) {
      // Nobody took these customers away; their keys went as orphans.
    } else if (person.erased_in == 0) {
      EXPECT_TRUE(finds.records_of.contains(person.id));
      EXPECT_TRUE(house_.customers->OpenById(person.id).ok());
      for (const Value& value : person.values) {
        if (value.gone_in != 0 || value.lost) continue;
        EXPECT_TRUE(finds.values.contains({person.id, value.text}));
        const bool searchable = value.field == "email" || value.field == "given_name";
        EXPECT_EQ((finds.guessed.contains({person.id, value.text})), searchable) << value.field;
      }
    } else if (person.erased_in > destroyed) {
      recent += finds.records_of.contains(person.id) ? 1 : 0;
    } else {
      ++gone;
      EXPECT_FALSE(finds.keys_of.contains(person.id));
      EXPECT_FALSE(finds.records_of.contains(person.id));
      EXPECT_FALSE(finds.named_by_index.contains(person.id));
    }
    for (const Value& value : person.values) {
      if (value.gone_in == 0 || value.gone_in > destroyed) continue;
      ++gone_values;
      EXPECT_FALSE(finds.values.contains({person.id, value.text})) << value.field << " of epoch " << value.gone_in;
      EXPECT_FALSE(finds.elsewhere.contains({person.id, value.text})) << value.field << " of epoch " << value.gone_in;
      EXPECT_FALSE(finds.guessed.contains({person.id, value.text})) << value.field << " of epoch " << value.gone_in;
    }
  }
  EXPECT_GT(recent, 0u);
  EXPECT_GT(items_opened_, 0u);
  EXPECT_GT(past_keys_, 100u);
  EXPECT_GT(restores_, 4u);
  EXPECT_GT(moved_, 0u);
  EXPECT_GT(taken_again_, 0u);
  EXPECT_GT(erased_again_, 0u);
  std::printf("%llu restores: %llu customers moved to their new key, %llu values taken again, %llu erased again\n",
              static_cast<unsigned long long>(restores_), static_cast<unsigned long long>(moved_),
              static_cast<unsigned long long>(taken_again_), static_cast<unsigned long long>(erased_again_));
  std::printf(
      "%zu people, %zu living; %zu of the erased and %zu values are beyond recall, %zu erased are not yet; "
      "%zu versions of rows, %.1f MB\n",
      people_.size(), living_.size(), gone, gone_values, recent, data_.versions + keys_.versions,
      static_cast<double>(data_.bytes + keys_.bytes) / 1e6);

  // The control: one destroyed epoch given back.
  const Epoch given_back = destroyed;
  const Finds more = Dig(given_back);
  size_t records = 0, values = 0, guessed = 0, named = 0;
  for (const Person& person : people_) {
    if (person.erased_in == given_back) {
      records += more.records_of.contains(person.id) ? 1 : 0;
      named += more.named_by_index.contains(person.id) ? 1 : 0;
    }
    for (const Value& value : person.values) {
      if (value.gone_in != given_back) continue;
      values += more.values.contains({person.id, value.text}) ? 1 : 0;
      guessed += more.guessed.contains({person.id, value.text}) ? 1 : 0;
    }
  }
  std::printf("with epoch %u given back: %zu erased open, %zu values are read, %zu confirmed by guessing\n", given_back,
              records, values, guessed);
  EXPECT_GT(records, 0u);
  EXPECT_GT(named, 0u);
  EXPECT_GT(values, 0u);
  EXPECT_GT(guessed, 0u);
}

}  // namespace
}  // namespace strongroom
