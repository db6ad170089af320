// SealedStore: the one door from personal data to a compartment's data store, and it seals.
//
// Five kinds of rows (docs/formats/data-store.md):
//   'c' || customer                        the customer's record, sealed with the customer's key
//   'd' || customer || kind || item        items beside the record (files, token lists), sealed with the same key
//   'i' || PRP(HMAC(label, value)) || tail references: from a blinded value to a customer; many may stand beside each
//   other 'x' || PRP(HMAC(label, value))         unique rows: from a blinded value to one content 'n' || table ||
//   HMAC(name)             documents: named rows of the house itself, sealed with the ring's row key
// ('e', 'm', 'l', 'q', 'a' belong to the audit log, 'o' to keys/key_epochs.h, 'v' to keys/fleet_rows.h.)
//
// References and unique rows are blinded by the open epoch's blinding key; they are hints: whoever follows one opens
// the record, compares, and only then answers.  They move from epoch to epoch while requests run (keys/ring_epochs.h):
// looks and deletes go through every live epoch, and a batch that puts or deletes any holds a lease on the open one.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "keys/customer_keys.h"
#include "keys/ids.h"
#include "keys/key_ring.h"
#include "keys/plain_bytes.h"
#include "keys/row_marks.h"
#include "keys/sealed_batch.h"
#include "keys/server_view.h"
#include "store/store.h"

namespace strongroom {

struct OpenRecord {
  PlainBytes content;
  StoreVersion version = kAbsent;
  CustomerKeyPtr key;
  Digest sealed_hash{};  // SHA-256 of the row as stored; only filled by GetRecord with `want_hash`
};

// What a search is made over: which field, how normalised, equality or which prefix length.
struct IndexLabel {
  uint8_t kind = 0;  // 'e' equality, 'p' prefix, ... chosen by the vault
  FieldId field = 0;
  uint8_t normaliser_version = 0;
  uint8_t length = 0;  // of a prefix, in code points
  auto operator<=>(const IndexLabel&) const = default;
};

// Document tables.  Numbers are part of the format.
enum class Table : uint8_t {
  kHouse = 1,  // singletons: compartments, routing
  kField = 2,  // catalogue
  kCollectionPoint = 3,
  kTokenDomain = 4,
  kToken = 5,  // in the customer's compartment, by token id
  kPolicy = 6,
  kApiKey = 7,
  kIdempotency = 8,
  kDisclosure = 9,
  kImport = 10,
  kTokenDirectory = 11,  // office: format-preserving tokens in use
  kIntent = 12,          // work that spans two stores and must be finished after a crash
  kStaff = 13,           // people who sign in, by id
  kStaffName = 14,       // the name they sign in with, to the id
  kSession = 15,
  kDevice = 16,
  kApproval = 17,
  kBudget = 18,  // what a person has used
  kReview = 19,  // access reviews, signed
  kOutbox = 20,
  kAttempt = 21,         // failed sign-ins
  kRegister = 22,        // training, agreements, acceptable use: what there is, by version
  kAccess = 23,          // settings of access; the built-in certificate authority
  kCustomerSignIn = 24,  // in the compartment: factors of a customer of the company's own applications
  kSingleSignOn = 25,    // identities at an identity provider, to the person
  kBackup = 28,          // copies of the stores that were made
  kRekey = 29,           // in the compartment: customers who are to get a new key
  kErasure = 30,  // in the compartment: certificates of erasures.  32: server/custodians.cc, 33: outbox/log_export.cc
  kMoveTurn = 34,  // in the compartment: customers who are moved, and whose turn it is to do it
};

struct OpenItem {
  PlainBytes content;
  StoreVersion version = kAbsent;
};

struct Document {
  Bytes content;
  StoreVersion version = kAbsent;
};

// What one call of ResealItems did.
struct ResealedItems {
  size_t resealed = 0;
  size_t unreadable = 0;  // open with no key: parts of uploads that broke off before an earlier key was dropped
  Bytes next;             // where the next call begins
  bool last = false;
};

// What one call of CopyItems or CompareItems looked at.
struct CopiedItems {
  size_t items = 0;
  size_t unreadable = 0;  // in the store they come from
  bool same = true;       // of CompareItems
  Bytes next;             // where the next call begins
  bool last = false;
};

// Where a row stands now.
struct RowPlace {
  Bytes row_key;
  StoreVersion version = kAbsent;
  Epoch epoch = 0;
};

struct UniqueRow {
  Bytes content;
  RowPlace place;
};

struct ListedDocument {
  Bytes row_key;  // for a cursor, or for DeleteRows
  Bytes content;
};

// Any thread.
class SealedStore {
 public:
  // `data`, `customer_keys` and `random` must outlive this.  `customer_keys` may be null for the office.
  // `view`: null when no other server works on the vault.
  SealedStore(Store& data, std::shared_ptr<const KeyRing> ring, CustomerKeys* customer_keys, Random& random,
              std::shared_ptr<const ServerView> view = nullptr);

  CompartmentId compartment() const { return ring_->compartment(); }
  const KeyRing& ring() const { return *ring_; }
  const std::shared_ptr<const KeyRing>& ring_ptr() const { return ring_; }
  CustomerKeys& customer_keys() const { return *customer_keys_; }

  // Records.  A blocked customer (keys/customer_keys.h) is kCustomerNotFound.
  Result<OpenRecord> GetRecord(CustomerId customer, bool want_hash = false) const;
  // The same with these keys alone, whichever of them opens it: that one is the answer's `key`.
  Result<OpenRecord> GetRecordWith(CustomerId customer, const CustomerKeyPtr& keys) const;
  // For what must go on while a customer is blocked: keeping index, keys and erasure right.  Shows nobody anything.
  Result<OpenRecord> GetRecordEvenBlocked(CustomerId customer, bool want_hash = false) const;
  // One answer per id, in order; a missing customer is kCustomerNotFound in its place.
  Result<std::vector<Result<OpenRecord>>> GetRecords(const std::vector<CustomerId>& customers) const;
  // Seals and adds the record; the change holds only if the stored one still has `expected`.  Answers the new row's
  // hash.
  Result<Digest> PutRecord(SealedBatch& batch, CustomerId customer, const CustomerKey& key, ByteView content,
                           StoreVersion expected) const;
  // The batch holds only if the record is still this version (a reveal's batch carries this).
  void ExpectRecord(SealedBatch& batch, CustomerId customer, StoreVersion version) const;
  void DeleteRecord(SealedBatch& batch, CustomerId customer) const;
  // Ids with a record, ascending, from `begin`.
  Result<std::vector<CustomerId>> ScanRecords(CustomerId begin, size_t limit) const;

  // Items beside the record.
  Status PutItem(SealedBatch& batch, CustomerId customer, const CustomerKey& key, char kind, ByteView item,
                 ByteView content) const;
  Result<std::optional<OpenItem>> GetItem(CustomerId customer, const CustomerKey& key, char kind, ByteView item) const;
  void ExpectItem(SealedBatch& batch, CustomerId customer, char kind, ByteView item, StoreVersion version) const;
  void DeleteItem(SealedBatch& batch, CustomerId customer, char kind, ByteView item) const;
  // Item names of a kind, or with kind 0 every item's kind and name.
  Result<std::vector<Bytes>> ListItems(CustomerId customer, char kind, size_t limit) const;
  // Deletes every item of the customer (up to `limit` per call; answers how many were added to the batch).
  Result<size_t> DeleteAllItems(SealedBatch& batch, CustomerId customer, size_t limit) const;

  // Ids with items, ascending, from `begin`.
  Result<std::vector<CustomerId>> ScanItemOwners(CustomerId begin, size_t limit) const;

  // Seals items with `key` that are still sealed with one before it, from `after` on (empty: the first), until the
  // batch has `limit_bytes`; each on condition that it is unchanged.
  Result<ResealedItems> ResealItems(SealedBatch& batch, CustomerId customer, const CustomerKey& key, const Bytes& after,
                                    size_t limit_bytes) const;

  // Moves (vault/customer_moves.h): items of `from`, which open with `from_key`, sealed for this store with `key`, from
  // `after` on (empty: the first), until the batch has `limit_bytes`.  What stands here under the same name is
  // replaced.
  Result<CopiedItems> CopyItems(SealedBatch& batch, const SealedStore& from, CustomerId customer,
                                const CustomerKey& from_key, const CustomerKey& key, const Bytes& after,
                                size_t limit_bytes) const;
  // Whether the same items lie in both stores and hold the same, `limit` of them at a time.
  Result<CopiedItems> CompareItems(const SealedStore& from, CustomerId customer, const CustomerKey& from_key,
                                   const CustomerKey& key, const Bytes& after, size_t limit) const;

  // Whoever writes a row because there is none takes the lease before looking; otherwise the first put or delete of an
  // index row takes it.  Waits while one epoch gives way to the next; kRecordBusy when that takes too long.
  Status TakeLease(SealedBatch& batch) const;

  // References (index rows).
  Status PutReference(SealedBatch& batch, const IndexLabel& label, ByteView value, CustomerId customer) const;
  Status DeleteReference(SealedBatch& batch, const IndexLabel& label, ByteView value, CustomerId customer) const;
  // At most `limit` + 1, so that the caller sees there were more.
  Result<std::vector<CustomerId>> FindReferences(const IndexLabel& label, ByteView value, size_t limit) const;
  // For fsck and for proving an erasure: is this very row there?
  Result<bool> HasReference(const IndexLabel& label, ByteView value, CustomerId customer) const;

  // Deletes index rows of the kind ('i', 'x') whatever epoch they stand under, from `after` on (empty: the first); to
  // be made anew.  Answers where to go on; empty: that was the last.
  Result<Bytes> DeleteIndexRows(SealedBatch& batch, char kind, const Bytes& after, size_t limit) const;

  // Plans that must outlive the keys they were computed with (erasure).
  RowMark MarkOfReference(const IndexLabel& label, ByteView value, CustomerId customer) const;
  RowMark MarkOfUnique(const IndexLabel& label, ByteView value) const;
  // The mark of a row by its key in that epoch, for plans of older formats.  kKeyMissing when the epoch's keys are
  // gone.
  Result<RowMark> MarkOfRow(Epoch epoch, const Bytes& row_key, CustomerId customer) const;
  Status DeleteMarked(SealedBatch& batch, const std::vector<RowMark>& marks) const;
  // How many of them are there.
  Result<size_t> CountMarked(const std::vector<RowMark>& marks) const;
  // Without opening it.
  Result<std::optional<RowPlace>> FindRow(const RowMark& mark) const;
  static void ExpectRow(SealedBatch& batch, const RowPlace& place);
  static void DeleteRows(SealedBatch& batch, const std::vector<Bytes>& row_keys);

  // What must not outlast the epoch: it opens as long as the keys of the epoch do under which the batch writes, and
  // holds that epoch's number in front.  Whoever keeps it longer writes it anew before an epoch is proved empty.
  struct EpochContent {
    Bytes content;
    Epoch epoch = 0;
  };
  Result<Bytes> SealForEpoch(SealedBatch& batch, ByteView content, ByteView name) const;
  // kKeyMissing when the epoch's keys are destroyed, kDataCorrupt.
  Result<EpochContent> OpenForEpoch(ByteView sealed, ByteView name) const;

  // Unique rows.  A put takes the place of `known`, which was found after the batch took its lease, and holds only if
  // that is still there; of none: if there still is none.
  Status PutUnique(SealedBatch& batch, const IndexLabel& label, ByteView value, ByteView content,
                   const std::optional<RowPlace>& known = std::nullopt) const;
  Status DeleteUnique(SealedBatch& batch, const IndexLabel& label, ByteView value) const;
  Result<std::optional<UniqueRow>> GetUnique(const IndexLabel& label, ByteView value) const;
  // One answer per value, in order, by one read of the store for each live epoch.
  Result<std::vector<std::optional<UniqueRow>>> GetUniques(const IndexLabel& label,
                                                           const std::vector<ByteView>& values) const;
  // By mark, for who kept that and not the value.
  Result<std::optional<UniqueRow>> GetMarked(const RowMark& mark) const;
  Status PutMarked(SealedBatch& batch, const RowMark& mark, ByteView content,
                   const std::optional<RowPlace>& known) const;

  // Documents.
  Status PutDocument(SealedBatch& batch, Table table, ByteView name, ByteView content, StoreVersion expected) const;
  // Without a condition.
  Status OverwriteDocument(SealedBatch& batch, Table table, ByteView name, ByteView content) const;
  Result<std::optional<Document>> GetDocument(Table table, ByteView name) const;
  void DeleteDocument(SealedBatch& batch, Table table, ByteView name) const;
  // A rule over all documents of a table (numbers no two of them share) needs more than a condition on one of them: the
  // change before a look, and a batch that puts such a document holds only if nobody changed any since.  With one
  // server, which has a lock of its own for that, they do nothing.
  Result<StoreVersion> ChangeOf(Table table) const;
  void ExpectNoChangeSince(SealedBatch& batch, Table table, StoreVersion change) const;
  // For plans that delete by key: 18 bytes, whatever the name's length.
  Bytes DocumentRowKey(Table table, ByteView name) const { return DocumentKey(table, name); }
  void ExpectDocument(SealedBatch& batch, Table table, ByteView name, StoreVersion version) const;
  // In the order of their blinded keys; `after` is a row_key answered before, or empty.
  Result<std::vector<ListedDocument>> ListDocuments(Table table, ByteView after, size_t limit) const;

 private:
  Bytes RecordKey(CustomerId customer) const;
  Bytes ItemKey(CustomerId customer, char kind, ByteView item) const;
  Bytes DocumentKey(Table table, ByteView name) const;
  template <typename Look>
  auto InLiveEpochs(const Look& look) const;
  Block MarkOf(const IndexLabel& label, ByteView value) const;
  Result<std::vector<std::optional<UniqueRow>>> GetAllMarked(const std::vector<RowMark>& marks) const;
  Result<Bytes> OpenSealed(CustomerId customer, const CustomerKey& key, ByteView sealed, ByteView item,
                           CustomerKeyPtr* fresh) const;
  Result<OpenRecord> OpenStored(CustomerId customer, const StoreValue& stored, CustomerKeyPtr key) const;
  Status AddSealedRow(SealedBatch& batch, const Aead& aead, Bytes row_key, ByteView content) const;

  void TellOthers(SealedBatch& batch, Table table) const;

  Store& data_;
  const std::shared_ptr<const KeyRing> ring_;
  CustomerKeys* const customer_keys_;
  Random& random_;
  const std::shared_ptr<const ServerView> view_;
};

}  // namespace strongroom
