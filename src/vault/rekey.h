// A new key for a customer whose values were erased or corrected: without it, whoever has an old copy of the data and
// the customer's present key reads the values that were taken away.
//
// A change that takes a value away leaves a mark in its own commit (a document of the table kRekey).  Marked customers
// are gone through within a day, and before an epoch of keys ends.  For each: (1) The key store holds a new key beside
// the old one.  Both open; what is written is sealed with the new one. (2) The record is sealed anew.  Whoever opened
// it before and writes beside it conflicts, and opens it again: from here on
//     nothing is sealed with the old key any more.
// (3) The items beside it are sealed anew, a few at a time: tokens, files part by part, disclosures, guesses, sign-in.
// (4) When a pass finds none that opens with the old key, that becomes a past key, which dies with its epoch, and then
// the mark goes.
// A crash leaves the mark, and the key store says where it was.
//
// Data of before that is restored opens with the past key.  So that it brings nothing back, the key store notes what
// was taken away (decision 0022): the mark names it, in the commit of the change; then it is noted, and only then is
// the change acknowledged.  A crash between the two leaves the mark, and the note is written from that.
#pragma once

#include <functional>
#include <vector>

#include "base/status.h"
#include "vault/house.h"

namespace strongroom {

struct Rekeyed {
  uint32_t generation = 0;
  size_t items_resealed = 0;
};

// What a note calls what was taken away: one of these letters, then field and item number, or the file's id.
constexpr char kTakenValue = 'v';
constexpr char kTakenFile = 'f';
Bytes TakenValueName(FieldId field, uint32_t item);
Bytes TakenFileName(ByteView file_id);

// Adds the mark to the batch that takes values or files away, `taken`; the batch holds only if no other mark was made
// meanwhile.  When that batch is written, NoteTaken() follows, and then the answer.
Status MarkForRekey(const SealedStore& sealed, SealedBatch& batch, CustomerId customer, UnixMillis now,
                    const std::vector<Bytes>& taken = {});
// Durable on return.  Ok when the customer has been erased meanwhile.
Status NoteTaken(const SealedStore& sealed, CustomerId customer, const std::vector<Bytes>& taken, UnixMillis now);
// Notes what the customer's mark names, if there is one: before the key goes that sealed it (vault/customer_moves.h).
Status NoteMarked(const SealedStore& sealed, CustomerId customer);
// Of a customer who is erased, or was moved.
void ForgetMark(const SealedStore& sealed, SealedBatch& batch, CustomerId customer);
// Steps 1 to 4, whether marked or not.  `entry`: who does it.  kCustomerNotFound: erased meanwhile, and the mark is
// gone. kRecordBusy: somebody changes the record again and again.
Result<Rekeyed> RekeyCustomer(Room& room, CustomerId customer, const AuditEntry& entry);
// Everybody who was marked before this time; answers how many.  One that fails stops no other, and is what is answered.
// Of the others it is noted what was taken away, where a crash came between.
// kShuttingDown when `stop`, asked between customers, says so.
Result<size_t> RekeyMarked(Room& room, UnixMillis marked_before, const std::function<bool()>& stop = {});

}  // namespace strongroom
