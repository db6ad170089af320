// IndexJobs: makes the index of a field anew while the vault is in use, when the catalogue changes how the field is
// searched.
//
// From the change on, every write makes rows by the rule in force and takes away what either rule may have left (RowsOf
// in index_rows.h), and searches that would miss people answer kIndexBuilding.  The job then (1) waits until nobody
// works with a catalogue from before the change any more: such a write would leave rows by the rule before; (2) walks
// all customers of each compartment: adds what the rule in force wants, deletes what only the rule before made; (3)
// proves: walks them again and looks every row up.  What is not as it should be is put right, and a walk that had to,
// is repeated; (4) tells the catalogue, which forgets the rule before: searches answer. Each piece of work is one
// commit: rows, conditional on the records they were computed from, the place in the walk (docs/formats/data-store.md,
// "index-job") and an entry in the log.  A stop or crash anywhere goes on from there.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/status.h"
#include "vault/catalogue_service.h"
#include "vault/house.h"
#include "vault/index_rows.h"

namespace strongroom {

// How far one compartment has come with one change.
struct IndexJobState {
  enum class Phase : uint8_t { kMaking = 1, kProving = 2, kDone = 3 };
  uint64_t change = 0;
  Phase phase = Phase::kMaking;
  CustomerId next = 0;     // the walk goes on here
  uint64_t looked_at = 0;  // customers, of all walks
  uint64_t written = 0;    // rows
  uint64_t deleted = 0;
  uint64_t repairs = 0;            // rows this proof had to write or delete
  uint64_t rounds = 0;             // proofs begun
  StoreVersion version = kAbsent;  // of the document; not part of it

  Bytes Encode() const;
  static Result<IndexJobState> Decode(ByteView content);  // kDataCorrupt
};

// RunPiece and the thread exclude each other; otherwise any thread.
class IndexJobs {
 public:
  // Both must outlive this.
  IndexJobs(House& house, CatalogueService& catalogue) : house_(house), catalogue_(catalogue) {}
  ~IndexJobs();
  // On a thread of its own, until destroyed.
  void Start();

  enum class Step : uint8_t { kNothing, kWaiting, kWorked };
  // One commit's worth.  What fails is tried again by the next call.
  Result<Step> RunPiece();
  // Until there is nothing to do.
  Status RunAll();

  // What the last failure of the thread was; Ok after a piece that worked.
  Status last_status() const;

 private:
  struct Piece;
  Result<Step> WorkOn(const FieldDef& field);
  Status Walk(Room& room, const FieldDef& field, IndexJobState& state);
  Status AddCustomer(const Room& room, const FieldDef& field, CustomerId id, Piece& piece) const;
  void TellProgress(const FieldDef& field);
  void Run();

  House& house_;
  CatalogueService& catalogue_;
  std::mutex work_mutex_;
  bool OthersHadTime(uint64_t change);
  std::map<uint64_t, int64_t> seen_since_;  // changes, by when this server first heard of them (monotonic)
  std::set<uint64_t> settled_;              // changes nobody works without any more
  size_t piece_customers_ = 200;            // fewer after a conflict with a customer's change
  mutable std::mutex mutex_;                // of what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  Status last_status_;
  std::thread thread_;
};

}  // namespace strongroom
