// CustomerMoves: a customer goes from one compartment to another, while the server runs.  Code and tokens stay as they
// are; whoever looks for them follows a row that stayed behind (docs/formats/customer-move.md, decision 0030).
//
// (1) The compartment that is come to: a key for the copy, which opens for nobody yet, and a row that says what goes
// on. (2) The one that is left: the customer's key opens for nobody any more, and the record is written anew, so that
//     whoever opened it before and writes beside it conflicts.  Until (5) requests are answered kRecordBusy.
// (3) Items, then record and index rows, sealed with the new key: in the log of the compartment that is come to.
// (4) Everything is read again from both stores and compared.
// (5) One batch of the key store that is left: the key becomes a past key, and a row says where the customer lives.
// (6) The key of the copy opens; what was left behind is deleted; the row of (1) goes.
// A crash before (5) leaves the customer where they were, one after it where they went: the row of (1) is what is left
// to be done, and FinishMoves() does it.
//
// Not moved: who has deterministic tokens (kTokenFormatRefused), who is being erased.  One server moves, the one on
// duty, and one customer at a time.  A server that was stopped in the middle may believe that it still is on duty while
// another one finishes or takes back what it began: so what a move writes and deletes in a data store holds only as
// long as the turn (a document there, table kMoveTurn) is the mover's, and whoever takes a move up takes the turn
// first.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "vault/catalogue_service.h"
#include "vault/customers.h"
#include "vault/gate.h"

namespace strongroom {

struct MoveAnswer {
  std::string code;
  std::string from;  // names of compartments
  std::string to;
  bool moved = false;  // false: the customer lived there already
  size_t items = 0;    // copied beside the record: tokens, parts of files, disclosures...
  size_t index_rows = 0;
};

// What became of moves that a crash or failure interrupted.
struct FinishedMoves {
  size_t finished = 0;  // carried out, or taken back
  size_t unfinished = 0;
  Status first_failure;
};

// Any thread.
class CustomerMoves {
 public:
  CustomerMoves(Gate& gate, CatalogueService& catalogue, const Customers& customers)
      : gate_(gate), house_(gate.house()), catalogue_(catalogue), customers_(customers) {}

  // Waits until the customer lives in `compartment`, everything compared, and nothing is left where they were.  Asked
  // again, for who lives there: the same answer, `moved` false.  kCompartmentUnknown, kCustomerNotFound,
  // kCustomerErasing, kTokenFormatRefused, kExternalIdTaken there, kRecordBusy, kStorageConflict when another server is
  // on duty.  Whatever fails before the cut-over leaves the customer where they were.  Action customer.move, which
  // policy must grant for both compartments.
  Receipted<MoveAnswer> Move(const Caller& caller, std::string_view code, std::string_view compartment);
  // What a crash left; one that fails stops no other.  The server on duty.
  FinishedMoves FinishMoves();
  // Whether a move broke off here and could not be taken back at once: FinishMoves() is worth another try soon.
  bool left_over() const { return left_over_; }

  // Called before each step that writes, on the thread that moves.
  void SetBeforeStepForTests(std::function<void()> hook) { before_step_ = std::move(hook); }
  // So that a test can show what turns prevent.
  void IgnoreTurnsForTests() { ignore_turns_ = true; }

 private:
  struct Journey;
  Status CheckTarget(const Room& to, const OpenCustomer& customer) const;
  Status MoveNow(Journey& journey);
  Status Begin(Journey& journey) const;
  Status Depart(Journey& journey) const;
  Status Copy(Journey& journey) const;
  Status Compare(const Journey& journey) const;
  Status Finish(const Journey& journey) const;
  Status GiveUp(const Journey& journey) const;
  Status Resume(Room& to, CustomerId customer, const AuditEntry& entry) const;
  // Deletes record, items and index rows; `keys` opens the record.  The last entry's detail is `detail`.
  // Ends the turn there.
  Status DeleteAll(Room& room, CustomerId customer, const Result<CustomerKeyPtr>& keys, StoreVersion turn,
                   AuditEntry entry, const std::string& detail) const;
  Status RecordStep(Room& room, SealedBatch batch, AuditEntry entry, std::string detail) const;
  void BeforeStep() const {
    if (before_step_) before_step_();
  }
  // A turn and its version: by what the batch writes, and by an entry of its own.  kRecordBusy: somebody else took it.
  Status PutTurn(Room& room, SealedBatch& batch, CustomerId customer, Bytes& turn) const;
  Result<StoreVersion> VersionOfTurn(const Room& room, CustomerId customer, ByteView turn) const;
  Result<StoreVersion> TakeTurn(Room& room, const Journey& journey, std::string detail) const;
  void ExpectTurn(const Room& room, SealedBatch& batch, CustomerId customer, StoreVersion turn) const;
  void EndTurn(const Room& room, SealedBatch& batch, CustomerId customer, StoreVersion turn) const;
  void DropTurns(const Journey& journey) const;
  Status GiveBackWhoOnlyLeaves(Room& from) const;
  // kRecordBusy: somebody else has ended this move.
  Status CheckArrival(const Journey& journey) const;

  Gate& gate_;
  House& house_;
  CatalogueService& catalogue_;
  const Customers& customers_;
  std::mutex moving_;  // one at a time, and nothing is taken for a crash's remainder that is under way
  std::atomic<bool> left_over_ = false;
  std::function<void()> before_step_;
  bool ignore_turns_ = false;
};

}  // namespace strongroom
