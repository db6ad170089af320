// SealedStore: the one door from personal data to a compartment's data store, and it seals.
//
// Five kinds of rows (docs/formats/data-store.md):
//   'c' || customer                        the customer's record, sealed with the customer's key
//   'd' || customer || kind || item        items beside the record (files, token lists), sealed with the same key
//   'i' || PRP(HMAC(label, value)) || tail references: from a blinded value to a customer; many may stand beside each other
//   'x' || PRP(HMAC(label, value))         unique rows: from a blinded value to one content
//   'n' || table || HMAC(name)             documents: named rows of the house itself, sealed with the ring's row key
// ('e', 'm', 'l', 'q', 'a' belong to the audit log.)
//
// References and unique rows are blinded by the epoch's blinding key; they are hints: whoever follows one opens the
// record, compares, and only then answers.
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
#include "keys/sealed_batch.h"
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
  kHouse = 1,          // singletons: compartments, routing
  kField = 2,          // catalogue
  kCollectionPoint = 3,
  kTokenDomain = 4,
  kToken = 5,          // in the customer's compartment, by token id
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
  kBudget = 18,          // what a person has used
  kReview = 19,          // access reviews, signed
  kOutbox = 20,
  kAttempt = 21,         // failed sign-ins
  kRegister = 22,        // training, agreements, acceptable use: what there is, by version
  kAccess = 23,          // settings of access; the built-in certificate authority
  kCustomerSignIn = 24,  // in the compartment: factors of a customer of the company's own applications
  kSingleSignOn = 25,    // identities at an identity provider, to the person
};

struct OpenItem {
  PlainBytes content;
  StoreVersion version = kAbsent;
};

struct Document {
  Bytes content;
  StoreVersion version = kAbsent;
};

struct UniqueRow {
  Bytes content;
  StoreVersion version = kAbsent;
  Epoch epoch = 0;
};

struct ListedDocument {
  Bytes row_key;  // for a cursor, or for DeleteRows
  Bytes content;
};

// Any thread.
class SealedStore {
 public:
  // `data`, `customer_keys` and `random` must outlive this.  `customer_keys` may be null for the office.
  SealedStore(Store& data, std::shared_ptr<const KeyRing> ring, CustomerKeys* customer_keys, Random& random);

  CompartmentId compartment() const { return ring_->compartment(); }
  const KeyRing& ring() const { return *ring_; }
  CustomerKeys& customer_keys() { return *customer_keys_; }

  // Records.
  Result<OpenRecord> GetRecord(CustomerId customer, bool want_hash = false) const;
  // One answer per id, in order; a missing customer is kCustomerNotFound in its place.
  Result<std::vector<Result<OpenRecord>>> GetRecords(const std::vector<CustomerId>& customers) const;
  // Seals and adds the record; the change holds only if the stored one still has `expected`.  Answers the new row's hash.
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

  // References (index rows).  `epoch` is the one the customer's record names.
  Status PutReference(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value, CustomerId customer) const;
  Status DeleteReference(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value, CustomerId customer) const;
  // At most `limit` + 1, so that the caller sees there were more.
  Result<std::vector<CustomerId>> FindReferences(const IndexLabel& label, ByteView value, size_t limit) const;
  // For fsck and for proving an erasure: is this very row there?
  Result<bool> HasReference(Epoch epoch, const IndexLabel& label, ByteView value, CustomerId customer) const;

  // Plans that must outlive the keys they were computed with (erasure): the row keys `batch` would delete, the same as
  // deletes of another batch, and how many of them are there.
  static std::vector<Bytes> PlannedDeletes(const SealedBatch& batch);
  static void DeleteRows(SealedBatch& batch, const std::vector<Bytes>& row_keys);
  Result<size_t> CountRows(const std::vector<Bytes>& row_keys) const;
  // A row of such a plan, to be deleted only as long as it is this version.  kAbsent when there is none.
  Result<StoreVersion> RowVersion(const Bytes& row_key) const;
  static void ExpectRow(SealedBatch& batch, const Bytes& row_key, StoreVersion version);

  // Unique rows.
  Status PutUnique(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value, ByteView content,
                   StoreVersion expected) const;
  Status DeleteUnique(SealedBatch& batch, Epoch epoch, const IndexLabel& label, ByteView value) const;
  Result<std::optional<Document>> GetUnique(const IndexLabel& label, ByteView value) const;
  // One answer per value, in order, by one read of the store.
  Result<std::vector<std::optional<Document>>> GetUniques(const IndexLabel& label, const std::vector<ByteView>& values) const;
  Result<Bytes> UniqueRowKey(Epoch epoch, const IndexLabel& label, ByteView value) const;
  // By key, for who kept the key and not the value.
  Result<std::optional<UniqueRow>> GetUniqueRow(const Bytes& row_key) const;
  Status PutUniqueRow(SealedBatch& batch, Epoch epoch, const Bytes& row_key, ByteView content, StoreVersion expected) const;

  // Documents.
  Status PutDocument(SealedBatch& batch, Table table, ByteView name, ByteView content, StoreVersion expected) const;
  // Without a condition.
  Status OverwriteDocument(SealedBatch& batch, Table table, ByteView name, ByteView content) const;
  Result<std::optional<Document>> GetDocument(Table table, ByteView name) const;
  void DeleteDocument(SealedBatch& batch, Table table, ByteView name) const;
  // For plans that delete by key: 18 bytes, whatever the name's length.
  Bytes DocumentRowKey(Table table, ByteView name) const { return DocumentKey(table, name); }
  void ExpectDocument(SealedBatch& batch, Table table, ByteView name, StoreVersion version) const;
  // In the order of their blinded keys; `after` is a row_key answered before, or empty.
  Result<std::vector<ListedDocument>> ListDocuments(Table table, ByteView after, size_t limit) const;

 private:
  Bytes RecordKey(CustomerId customer) const;
  Bytes ItemKey(CustomerId customer, char kind, ByteView item) const;
  Bytes DocumentKey(Table table, ByteView name) const;
  Block Blind(const Blinder& blinder, const IndexLabel& label, ByteView value) const;
  Bytes ReferenceKey(const Blinder& blinder, const IndexLabel& label, ByteView value, CustomerId customer) const;
  Result<OpenRecord> OpenStored(CustomerId customer, const StoreValue& stored) const;
  Status AddSealedRow(SealedBatch& batch, const Aead& aead, Bytes row_key, ByteView content) const;

  Store& data_;
  const std::shared_ptr<const KeyRing> ring_;
  CustomerKeys* const customer_keys_;
  Random& random_;
};

}  // namespace strongroom
