// Registers: training, confidentiality agreement, acceptable use: what is asked of everybody who signs in, in which
// version and since when, who has done it, and who is behind.
//
// Three registers are there from the beginning, "training", "agreement" and "acceptable-use", each in version "1" and
// due at once: whoever has done nothing is behind, and policy shows them masks only.  More trainings may be added; each
// that is needed must be current for Standing::training_current.  A new version may become due later: until then the
// one before it serves.  A training is recorded by somebody else; what is signed or accepted, by oneself or by whoever
// holds the paper.
//
// One document a register (Table::kRegister, by name; docs/formats/register.md).  Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/staff_directory.h"
#include "audit/receipt.h"
#include "policy/principal.h"
#include "vault/gate.h"

namespace strongroom {

// Numbers are part of the format.
enum class RegisterKind : uint8_t { kTraining = 1, kAgreement = 2, kAcceptableUse = 3 };
std::string_view NameOf(RegisterKind kind);  // "acceptable-use"
std::optional<RegisterKind> RegisterKindFromName(std::string_view name);

struct RegisterVersion {
  std::string version;  // [A-Za-z0-9._-]{1,64}
  UnixMillis due_from = 0;
  std::string reference;  // where the text or the course is
};

struct Register {
  static constexpr size_t kMaxVersions = 100;

  std::string name;  // [a-z][a-z0-9-]{0,47}
  RegisterKind kind = RegisterKind::kTraining;
  bool needed = true;
  std::optional<int64_t> valid_days;      // of what is recorded from now on; absent: until the next version is due
  std::vector<RegisterVersion> versions;  // oldest first, never empty

  // What a person must have done by now: this one or a later one.  Null: nothing is due yet.
  const RegisterVersion* DueAt(UnixMillis now) const;
  Bytes Encode() const;
  static Result<Register> Decode(ByteView bytes);  // kDataCorrupt
};

// Of one register, for one person: behind, or soon to be.
struct DueMark {
  std::string name;
  RegisterKind kind = RegisterKind::kTraining;
  std::string version;    // to be done
  bool overdue = false;   // now; else at `due_at`
  UnixMillis due_at = 0;  // when it became, or becomes, overdue; of what was never done: since it is due
};

// A change of a register: a new version, or of what is said of the newest.
struct RegisterChange {
  std::optional<RegisterKind> kind;    // of a new register
  std::string version;                 // of the newest, or a new one
  std::optional<UnixMillis> due_from;  // absent: at once, or as it was
  std::optional<std::string> reference;
  std::optional<int64_t> valid_days;  // 1 to 3,660; absent: as it was
  std::optional<bool> needed;
};

struct PersonsDue {
  StaffMemberPtr person;
  std::vector<DueMark> due;
};

struct RegisterReport {
  std::vector<Register> registers;
  std::vector<PersonsDue> due;  // people who are behind or will be within kSoonDays
};

class Registers {
 public:
  static constexpr int64_t kSoonDays = 30;

  // Both must outlive this.
  static Result<std::unique_ptr<Registers>> Open(Gate& gate, StaffDirectory& directory);

  Receipted<RegisterReport> Read(const Caller& caller) const;  // register.read
  // register.change.  kInvalidArgument: no such version can be; a version that was replaced is not brought back.
  Receipted<Register> Put(const Caller& caller, std::string_view name, const RegisterChange& change);
  // For somebody else: register.change.  kOwnCaseRefused, kRegisterUnknown, kInvalidArgument (no such version).
  Receipted<StaffMemberPtr> Record(const Caller& caller, PrincipalId id, RegisterMark mark);
  // By oneself: staff.self.  A training is nobody's own to record.
  Receipted<StaffMemberPtr> Accept(const Caller& caller, RegisterMark mark);

  // For the services of access, from memory.  The time of the week and the device are not known here.
  Standing StandingOf(const StaffMember& member, UnixMillis now) const;
  // When the standing may next become another by the passing of time; nothing: never.
  std::optional<UnixMillis> StandingChangesAfter(const StaffMember& member, UnixMillis now) const;
  // Another number after each change of what is asked.
  uint64_t Generation() const { return generation_.load(std::memory_order_acquire); }
  // What is behind, or will be within `soon_days`.
  std::vector<DueMark> DueOf(const StaffMember& member, UnixMillis now, int64_t soon_days = kSoonDays) const;
  // Of everybody who may sign in or will be able to.
  std::vector<PersonsDue> DueOfAll(UnixMillis now, int64_t soon_days = kSoonDays) const;
  // Told when what is asked changed, on the changing thread.  Before the first request.
  void AddListener(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

  // Reads again what other servers changed.
  Status Refresh();

 private:
  using ByName = std::map<std::string, Register, std::less<>>;
  using ByNamePtr = std::shared_ptr<const ByName>;
  Registers(Gate& gate, StaffDirectory& directory) : gate_(gate), directory_(directory) {}
  ByNamePtr table() const { return std::atomic_load(&table_); }
  void Publish(Register changed);
  // Checks against the register, and fills in when and until when.
  Status Complete(RegisterMark& mark, PrincipalId by) const;
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }

  Gate& gate_;
  StaffDirectory& directory_;
  std::mutex change_mutex_;
  ByNamePtr table_;
  std::atomic<uint64_t> generation_{1};
  std::vector<std::function<void()>> listeners_;
};

}  // namespace strongroom
