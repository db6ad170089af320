// Customers: the records of people.  Every method takes the caller first and opens with the gate.
//
// Methods that only read never block beyond the store and may run on an I/O thread: their Receipted answer opens when
// the entry is durable.  Methods that change things may take longer (a password's hash) and wait for a store; they
// belong on a worker.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "vault/catalogue_service.h"
#include "vault/gate.h"
#include "vault/guesses.h"
#include "vault/index_rows.h"
#include "vault/prepared_values.h"
#include "vault/record.h"
#include "vault/stand_in.h"

namespace strongroom {

// One value of a request.  Views live during the call.
struct ValueIn {
  std::string_view field;
  std::string_view text;
};

struct CreateRequest {
  std::string_view compartment;       // empty: the first
  std::string_view collection_point;  // who gathers; required
  std::string_view external_id;       // the application's own id; makes the create idempotent; empty: none
  std::vector<ValueIn> values;
  uint8_t tier = 0;
  bool upsert = false;  // an existing external id is changed instead of refused
};

struct CreateAnswer {
  std::string code;
  bool created = false;  // false: it was there already (same external id)
  bool changed = false;  // by an upsert
  std::string etag;
};

struct ChangeRequest {
  std::string_view code;
  std::optional<std::string> if_match;  // the ETag the change was decided on; required unless `any_version`
  bool any_version = false;
  std::string_view collection_point;
  std::vector<ValueIn> set;              // replaces all values of each field named
  std::vector<std::string_view> remove;  // fields
  std::optional<uint8_t> tier;
};

struct ShownValue {
  const FieldDef* field = nullptr;
  std::string text;  // masked, unless `plain`
  bool plain = false;
};

// What may be seen of a customer without a reason: masks.
struct MaskedCustomer {
  CataloguePtr catalogue;  // keeps `field` alive
  std::string code;
  std::string compartment;
  uint8_t tier = 0;
  std::string etag;
  std::vector<ShownValue> values;
};

struct ListAnswer {
  std::vector<MaskedCustomer> customers;
  std::string next_cursor;  // empty: the end
};

struct RevealedValue {
  const FieldDef* field = nullptr;
  ByteView text;  // points into `content`
};

struct Revealed {
  CataloguePtr catalogue;
  PlainBytes content;
  std::string code;
  std::vector<RevealedValue> values;
};

struct RevealRequest {
  std::string_view code;
  std::vector<std::string_view> fields;
  const std::vector<std::string_view>* shared_fields = nullptr;  // instead, for many requests; outlives the call
};

struct ErasureOptions {
  static constexpr int kMaxUndoDays = 30;
  int undo_days = 0;          // so long a customer is blocked before the key is destroyed; 0: destroyed at once
  int certificate_days = 90;  // so long the certificate can be asked for; 0: none is kept
  int rotate_days = 30;       // of the keys' epochs (vault/key_rotation.h): for the date a certificate names
  int keep_days = 35;
  int64_t merge_millis = 2'000;  // so long a certificate waits for its entry to be merged into the log
};

struct ErasureAnswer {
  std::string code;
  UnixMillis asked_at = 0;
  UnixMillis undo_until = 0;  // not 0: blocked, not destroyed, and nothing of what follows was done
  UnixMillis erased_at = 0;
  size_t rows_deleted = 0;  // record, index rows, items
  size_t tokens_gone = 0;
  bool key_gone = false;  // each looked up again afterwards
  bool record_gone = false;
  bool index_rows_gone = false;  // false also when a token could not be listed and may have left a row
};

struct UndoAnswer {
  std::string code;
  bool undone = false;  // false: no erasure was to be undone
};

struct RekeyAnswer {
  std::string code;
  uint32_t generation = 0;    // of the key: how many the customer has had
  size_t items_resealed = 0;  // beside the record
};

// What became of erasures that a crash or failure interrupted, or that are due.
struct FinishedErasures {
  size_t finished = 0;
  size_t unfinished = 0;  // their intents or blocks stay, for the next time
  Status first_failure;
};

struct ErasurePlan;

// A customer whose record is open.  For the services of the vault.
struct OpenCustomer {
  Room* room = nullptr;
  CustomerId id = 0;
  OpenRecord stored;
  Record record;  // points into stored.content
};

// Any thread.
class Customers {
 public:
  static constexpr size_t kMaxBatch = 10'000;
  static constexpr size_t kMaxHits = 50;
  static constexpr size_t kMaxPage = 200;

  Customers(Gate& gate, CatalogueService& catalogue, const ErasureOptions& erasing = {})
      : gate_(gate), house_(gate.house()), catalogue_(catalogue), erasing_(erasing), stand_in_(gate.house().random()) {}

  // kExternalIdTaken when the external id stands for a customer with other values (and not upsert).  A new customer is
  // made without waiting: the answer opens when key and record are durable.  kStorageConflict when somebody took the
  // external id meanwhile: ask again.
  Receipted<CreateAnswer> Create(const Caller& caller, const CreateRequest& request);
  // One answer per request, in order; a bad one does not stop the others.  One log entry per compartment and 500.
  Receipted<std::vector<Result<CreateAnswer>>> CreateMany(const Caller& caller,
                                                          std::span<const CreateRequest> requests);

  Receipted<MaskedCustomer> Read(const Caller& caller, std::string_view code);
  Receipted<ListAnswer> List(const Caller& caller, std::string_view compartment, std::string_view cursor, size_t limit);
  // By equality, by the beginning of the value, between two values, or by likeness, the most alike first.  kTooManyHits
  // above kMaxHits, or when what is asked for is too common to look through.  kIndexBuilding: people might be missing;
  // ask again later. By likeness people may be missed (docs/search-leakage.md says how many); in the other ways nobody
  // is.
  Receipted<std::vector<MaskedCustomer>> Search(const Caller& caller, std::string_view compartment,
                                                std::string_view field, const SearchQuery& query);
  Receipted<std::vector<MaskedCustomer>> Search(const Caller& caller, std::string_view compartment,
                                                std::string_view field, std::string_view value, bool prefix) {
    return Search(caller, compartment, field, {.by = prefix ? SearchBy::kBeginning : SearchBy::kEqual, .value = value});
  }

  // The caller's purpose is required.  All fields or none.  kStorageConflict when the record changed meanwhile: ask
  // again.
  Receipted<Revealed> Reveal(const Caller& caller, const RevealRequest& request);
  // One entry for all.  A customer that cannot be revealed is a failure in its place; a refusal by policy refuses all.
  Receipted<std::vector<Result<Revealed>>> RevealMany(const Caller& caller, std::span<const RevealRequest> requests);

  // Does what a person says match what is held?  Nothing is shown.  Wrong answers are counted for each customer and
  // field, and for the network they come from (guesses.h): `answers_from` if the application names it, else the
  // caller's. kRateLimited: too many of them.  kStorageConflict: somebody was counted meanwhile; ask again.
  Receipted<bool> Compare(const Caller& caller, std::string_view code, std::string_view field, std::string_view claimed,
                          std::optional<IpAddress> answers_from = std::nullopt);
  // Does this password open?  Constant work whether or not one is set.  Counted as above, also for codes of nobody.
  Receipted<bool> VerifyPassword(const Caller& caller, std::string_view code, std::string_view field,
                                 std::string_view password, std::optional<IpAddress> answers_from = std::nullopt);

  // Answers the new ETag.  kPreconditionFailed when the record is another version.
  Receipted<std::string> Change(const Caller& caller, const ChangeRequest& request);

  // For good: the key is destroyed, the ledger written and every row deleted before this answers.  What a crash or a
  // failure comes between is finished by FinishErasures(), or by erasing the same code again.
  // With `undo_days`, unless `now`: the customer is blocked first.  From the answer on nobody is shown anything of
  // them, and DestroyDue() does the rest when the time to undo it is over.  Asked again, the same answer.
  Receipted<ErasureAnswer> Erase(const Caller& caller, std::string_view code, bool now = false);
  // Opens the ways to a blocked customer again.  kCustomerErasing: the time for that is over.  Action erasure.undo.
  Receipted<UndoAnswer> UndoErasure(const Caller& caller, std::string_view code);
  // The certificate, a signed note.  kCustomerNotFound: none is kept; kCustomerErasing: it is not destroyed yet.
  // kNotInitialised before the log's first checkpoint.  Action erasure.read.
  Receipted<std::string> ErasureCertificate(const Caller& caller, std::string_view code);
  // A new key for the customer at once, and everything sealed with it: what was sealed before, of values that were
  // erased or corrected since, opens no more when the old key's wraps are beyond recall.  The ETag changes.  Otherwise
  // this is done within a day of such a change (rekey.h).  Action customer.rekey.
  Receipted<RekeyAnswer> Rekey(const Caller& caller, std::string_view code);

  // What a crash left.  Called when the house opens.  One that fails stops no other.
  FinishedErasures FinishErasures();
  // Destroys the customers whose time to undo is over.
  FinishedErasures DestroyDue();
  // Deletes what is kept of erasures for longer than `certificate_days`; answers how many.
  Result<size_t> SweepCertificates();

  // For the vault's other services and the offline check, which authorise for themselves.
  // `code` may also be "ext:" and an external id.  kCodeMistyped, kCustomerNotFound; kRecordBusy while a move has
  // the customer.
  Result<OpenCustomer> Open(std::string_view code) const;
  // Where this customer lives, or would; null for a bucket of no compartment.
  Room* RoomNow(CustomerId customer) const;
  // Where a customer of this code would live; null when the code says nothing of it ("ext:", mistyped).
  Room* RoomOfCode(std::string_view code) const;
  // Open(), for a permit whose caller may not know of every customer: those answer kCustomerNotFound.  The entry goes
  // where the customer lives, or would.
  Result<OpenCustomer> OpenFor(Permit& permit, std::string_view code) const;
  Result<OpenCustomer> OpenById(CustomerId customer, bool want_hash = false) const;
  // For what must go on while a customer is blocked (keys/customer_keys.h): shows nobody anything.
  Result<OpenCustomer> OpenEvenBlocked(std::string_view code) const;
  Result<OpenCustomer> OpenByIdEvenBlocked(CustomerId customer) const;
  bool IsBlocked(CustomerId customer) const;
  // `failure` of opening this code, as the caller may hear it: whoever may erase the customer hears of an erasure that
  // can still be undone, with the date (kCustomerErasing); everybody else that there is nobody.
  Status ToldOf(const Caller& caller, std::string_view code, const Status& failure) const;

 private:
  Receipted<CreateAnswer> AnswerExisting(Permit permit, const Catalogue& catalogue, const CreateRequest& request,
                                         const PreparedValues& values, CustomerId existing);
  Permit AuthoriseChange(const Caller& caller, const ChangeRequest& request,
                         const Result<OpenCustomer>& customer) const;
  Result<Receipt> ChangeOnce(Permit& permit, const Catalogue& catalogue, const OpenCustomer& customer,
                             const PreparedValues& values, std::span<const FieldId> removed,
                             std::optional<uint8_t> tier);
  // `taken`: gets the names of the values that go.
  Result<Receipt> SubmitChange(Permit& permit, const Catalogue& catalogue, const OpenCustomer& customer,
                               const PreparedValues& values, std::span<const FieldId> removed,
                               std::optional<uint8_t> tier, std::vector<Bytes>& taken);
  static Receipt WriteNewCustomer(Permit permit, Room& room, CustomerId customer, DrawnKeys key, SealedBatch batch,
                                  AuditEntry entry, CataloguePtr catalogue);
  Status AddNewCustomer(SealedBatch& batch, Room& room, CustomerId customer, const CustomerKey& key,
                        const Catalogue& catalogue, const PreparedValues& values, std::string_view external_id,
                        uint8_t tier, AuditEntry& entry) const;
  struct Chunk;
  void CreateChunk(Permit& permit, Room& room, std::span<const CreateRequest> requests, std::span<const size_t> indices,
                   std::vector<Result<CreateAnswer>>& answers, std::vector<Receipt>& receipts);
  Result<Chunk> SortChunk(const Room& room, const Catalogue& catalogue, std::span<const CreateRequest> requests,
                          std::span<const size_t> indices, std::vector<Result<CreateAnswer>>& answers) const;
  void AnswerUnchanged(Permit& permit, Room& room, Chunk& chunk, std::vector<Result<CreateAnswer>>& answers,
                       std::vector<Receipt>& receipts) const;
  Status CreateTogether(Permit& permit, Room& room, const Catalogue& catalogue, std::span<const CreateRequest> requests,
                        const Chunk& chunk, const std::vector<CustomerId>& ids, const std::vector<CustomerKeyPtr>& keys,
                        SealedBatch batch) const;
  Result<CustomerId> FindByExternalId(const Room& room, std::string_view external_id) const;
  using Submit = std::function<Receipt(SealedBatch, AuditEntry)>;
  Result<CustomerId> IdOf(std::string_view code) const;
  static Result<OpenCustomer> Opened(Room& room, CustomerId id, Result<OpenRecord> stored);
  Result<ErasurePlan> WriteIntent(const OpenCustomer& customer, UnixMillis asked_at, AuditEntry entry,
                                  const Submit& submit);
  Result<ErasurePlan> BeginErasure(Permit& permit, const Result<OpenCustomer>& customer, std::string_view code,
                                   UnixMillis asked_at);
  Result<size_t> CarryOut(Room& room, ErasurePlan& plan, const AuditEntry& entry, UnixMillis now) const;
  Result<size_t> DeleteEverything(Room& room, ErasurePlan& plan, const AuditEntry& entry) const;
  Status KeepCertificate(const Room& room, const ErasurePlan& plan, SealedBatch& batch, AuditEntry& entry) const;
  Receipted<ErasureAnswer> BlockFor(Permit permit, const OpenCustomer& customer,
                                    const std::optional<ErasureBlock>& known);
  Status DestroyOne(Room& room, CustomerId customer);
  Result<bool> VerifyCounted(Permit& permit, const Result<OpenCustomer>& customer, std::string_view code,
                             const FieldDef& field, std::string_view password, const IpAddress& from,
                             SealedBatch& batch);
  uint64_t NobodyOf(std::string_view code) const;
  MaskedCustomer MaskFor(Permit& permit, const CataloguePtr& catalogue, const OpenCustomer& customer) const;
  Result<Revealed> RevealOne(Permit& permit, const CataloguePtr& catalogue, const RevealRequest& request,
                             SealedBatch& batch) const;

  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  const ErasureOptions erasing_;
  std::mutex beginning_;  // whether a customer is destroyed, blocked or free again is settled by one call at a time
  NobodysGuesses nobodys_guesses_;
  const StandIn stand_in_;
};

// "W/"-less strong ETag of a record version, with quotes.
std::string EtagOf(StoreVersion version);

}  // namespace strongroom
