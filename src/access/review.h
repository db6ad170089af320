// Review: who can see which kind of data, who does not use it, and the signed record that somebody looked.
//
// What people can see is asked of policy (sight.h), when they last used it comes from the days counted of the logs
// (last_use.h).  The signed record is a note under the office log's key, verifiable offline (docs/formats/review.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/ceiling.h"
#include "access/last_use.h"
#include "audit/receipt.h"
#include "audit/review_note.h"
#include "vault/gate.h"

namespace strongroom {

// Somebody who holds rights: a person, or whoever has an API key.
struct ReviewedHolder {
  PrincipalId id = 0;
  std::string name;   // for people; not in the signed record
  std::string kind;   // "staff", or the kind of the key
  std::string state;  // of staff, or "key"
  std::vector<std::string> roles;
  Sight sight;
  UnixMillis since = 0;              // invited, or made
  std::optional<uint32_t> last_day;  // that data was last used: days since 1970
  int64_t unused_days = 0;           // since then, or since `since`
  // By kind of use, where there was any.
  std::vector<std::pair<UseKind, uint32_t>> uses;
};

struct SignedReview {
  std::string id;
  UnixMillis at = 0;
  PrincipalId by = 0;
  std::string by_name;  // today's
  int64_t sees_everything = 0;
};

struct AccessReview {
  UnixMillis as_of = 0;
  std::string policy_digest;
  int64_t ceiling = 0;
  int64_t sees_everything = 0;
  int64_t unused_after_days = 0;
  std::vector<ReviewedHolder> people;  // those who can see most first
  std::optional<SignedReview> last_signed;
  UnixMillis due_at = 0;  // of the next
};

// Any thread; calls wait.
class Review {
 public:
  static constexpr size_t kMaxReviews = 1000;

  // All must outlive this.
  Review(Gate& gate, const StaffDirectory& directory, const AccessSettingsService& settings, const ApiKeys& keys,
         const Ceiling& ceiling, LastUse& last_use)
      : gate_(gate), directory_(directory), settings_(settings), keys_(keys), ceiling_(ceiling), last_use_(last_use) {}

  Receipted<AccessReview> Read(const Caller& caller) const;  // review.read
  // What Read() answers at this moment, signed and kept.  review.sign.  Answers the note.  kNotInitialised: the
  // office's log was never merged yet.
  Receipted<std::string> Sign(const Caller& caller);
  Receipted<std::vector<SignedReview>> List(const Caller& caller) const;        // review.read; newest first
  Receipted<std::string> Get(const Caller& caller, std::string_view id) const;  // review.read; the note
  // For the score and reminders: when the next is due; in the past when none was ever signed.
  Result<UnixMillis> DueAt() const;

 private:
  Result<AccessReview> Make() const;
  Result<std::vector<SignedReview>> Stored() const;
  std::string LabelOf(PrincipalId id) const;
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }

  Gate& gate_;
  const StaffDirectory& directory_;
  const AccessSettingsService& settings_;
  const ApiKeys& keys_;
  const Ceiling& ceiling_;
  LastUse& last_use_;
};

}  // namespace strongroom
