#include "access/registers.h"

#include <algorithm>
#include <utility>

#include "access/api_key_record.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr int64_t kMillisPerDay = 86'400'000;
constexpr size_t kMaxRegisters = 100;
constexpr size_t kMaxMarks = 100;

Status Refused(std::string message) { return Status(Reason::kInvalidArgument, std::move(message)); }

bool IsRegisterName(std::string_view name) {
  return !name.empty() && name.size() <= 48 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// It reaches the log, which holds words of ours and no text.
bool IsVersion(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

bool IsReference(std::string_view text) {
  return text.size() <= 200 && IsValidUtf8(text) && !HasControlCharacters(text, /*lines_allowed=*/false) &&
         !HasDirectionControls(text);
}

Register BuiltIn(RegisterKind kind, std::optional<int64_t> valid_days) {
  Register made;
  made.name = std::string(NameOf(kind));
  made.kind = kind;
  made.valid_days = valid_days;
  made.versions = {{"1", 0, ""}};
  return made;
}

auto FindVersion(const Register& from, std::string_view version) {
  return std::find_if(from.versions.begin(), from.versions.end(),
                      [&](const RegisterVersion& one) { return one.version == version; });
}

// Until when this person's marks serve the register, if they do at `now`.
std::optional<UnixMillis> ServedUntil(const Register& what, const StaffMember& member, UnixMillis now) {
  std::optional<UnixMillis> served;
  for (const RegisterMark& mark : member.marks) {
    if (mark.name != what.name) continue;
    const auto version = FindVersion(what, mark.version);
    if (version == what.versions.end()) continue;
    UnixMillis until = mark.valid_until.value_or(INT64_MAX);
    for (auto later = version + 1; later != what.versions.end(); ++later) until = std::min(until, later->due_from);
    if (until > now) served = std::max(served.value_or(0), until);
  }
  return served;
}

// Since when this person is behind: what they had ran out, or the first version became due.
UnixMillis BehindSince(const Register& what, const StaffMember& member) {
  UnixMillis since = what.versions.front().due_from;
  for (const RegisterMark& mark : member.marks) {
    if (mark.name != what.name) continue;
    const auto version = FindVersion(what, mark.version);
    if (version == what.versions.end()) continue;
    UnixMillis until = mark.valid_until.value_or(INT64_MAX);
    for (auto later = version + 1; later != what.versions.end(); ++later) until = std::min(until, later->due_from);
    since = std::max(since, until);
  }
  return std::max(since, member.invited_at);
}

bool MayCome(StaffState state) { return state != StaffState::kLeft && state != StaffState::kSuspended; }

// The newest mark of a version stands for it.
void SetMark(StaffMember& member, const RegisterMark& mark) {
  std::erase_if(member.marks,
                [&](const RegisterMark& old) { return old.name == mark.name && old.version == mark.version; });
  member.marks.push_back(mark);
  if (member.marks.size() > kMaxMarks) member.marks.erase(member.marks.begin());
}

std::string Detail(PrincipalId id, const RegisterMark& mark) {
  return "staff " + FormatPrincipalId(id) + " " + mark.name + " " + mark.version;
}

Status CheckChange(const RegisterChange& change) {
  if (!IsVersion(change.version)) return Refused("version is 1 to 64 letters, digits, '.', '_' and '-'");
  if (change.valid_days && (*change.valid_days < 1 || *change.valid_days > 3660)) {
    return Refused("valid_days is 1 to 3660");
  }
  if (change.due_from && *change.due_from < 0) return Refused("due_from lies before 1970");
  if (change.reference && !IsReference(*change.reference)) return Refused("reference is at most 200 bytes of text");
  return Status::Ok();
}

// The register as it becomes.
Result<Register> Changed(std::optional<Register> before, std::string_view name, const RegisterChange& change,
                         UnixMillis now) {
  Register after = before.value_or(Register());
  if (!before.has_value()) {
    if (!IsRegisterName(name))
      return Refused("a register's name is 1 to 48 of a-z, 0-9 and -, beginning with a letter");
    if (!change.kind) return Status(Reason::kRegisterUnknown, "there is no such register; to make it, say its kind");
    after.name = std::string(name);
    after.kind = *change.kind;
  } else if (change.kind && *change.kind != after.kind) {
    return Refused("the kind of a register stays as it was made");
  }
  const auto known = FindVersion(after, change.version);
  if (known != after.versions.end() && known + 1 != after.versions.end()) {
    return Refused("this version was replaced by a later one; name a new one");
  }
  if (known == after.versions.end()) {
    if (after.versions.size() == Register::kMaxVersions) return Refused("a register has at most 100 versions");
    after.versions.push_back({change.version, change.due_from.value_or(now), ""});
  }
  RegisterVersion& newest = after.versions.back();
  if (change.due_from) newest.due_from = *change.due_from;
  if (after.versions.size() > 1 && newest.due_from < after.versions[after.versions.size() - 2].due_from) {
    return Refused("due_from lies before that of the version this one replaces");
  }
  if (change.reference) newest.reference = *change.reference;
  if (change.valid_days) after.valid_days = change.valid_days;
  if (change.needed) after.needed = *change.needed;
  return after;
}

}  // namespace

std::string_view NameOf(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::kTraining:
      return "training";
    case RegisterKind::kAgreement:
      return "agreement";
    case RegisterKind::kAcceptableUse:
      return "acceptable-use";
  }
  return "unknown";
}

std::optional<RegisterKind> RegisterKindFromName(std::string_view name) {
  for (const RegisterKind kind : {RegisterKind::kTraining, RegisterKind::kAgreement, RegisterKind::kAcceptableUse}) {
    if (NameOf(kind) == name) return kind;
  }
  return std::nullopt;
}

const RegisterVersion* Register::DueAt(UnixMillis now) const {
  const RegisterVersion* due = nullptr;
  for (const RegisterVersion& version : versions) {
    if (version.due_from <= now) due = &version;
  }
  return due;
}

Bytes Register::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Prefixed(name);
  writer.U8(static_cast<uint8_t>(kind));
  writer.U8(needed ? 1 : 0);
  writer.Varint(static_cast<uint64_t>(valid_days.value_or(0)));
  writer.Varint(versions.size());
  for (const RegisterVersion& version : versions) {
    writer.Prefixed(version.version);
    writer.U64(static_cast<uint64_t>(version.due_from));
    writer.Prefixed(version.reference);
  }
  return out;
}

Result<Register> Register::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  const bool known_format = reader.U8() == kFormatVersion;
  Register out;
  out.name = std::string(reader.Prefixed());
  const uint8_t kind = reader.U8();
  out.kind = static_cast<RegisterKind>(kind);
  const uint8_t needed = reader.U8();
  out.needed = needed == 1;
  const uint64_t days = reader.Varint();
  if (days != 0) out.valid_days = static_cast<int64_t>(days);
  bool times_possible = true;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    RegisterVersion version;
    version.version = std::string(reader.Prefixed());
    const uint64_t due_from = reader.U64();
    times_possible = times_possible && due_from <= static_cast<uint64_t>(INT64_MAX);
    version.due_from = static_cast<UnixMillis>(due_from);
    version.reference = std::string(reader.Prefixed());
    out.versions.push_back(std::move(version));
  }
  RETURN_IF_ERROR(reader.Finish("a register"));
  if (!known_format || kind < 1 || kind > 3 || needed > 1 || days > 3660 || out.versions.empty() || !times_possible) {
    return Status(Reason::kDataCorrupt, "a register holds an impossible value");
  }
  return out;
}

Result<std::unique_ptr<Registers>> Registers::Open(Gate& gate, StaffDirectory& directory) {
  std::unique_ptr<Registers> registers(new Registers(gate, directory));
  RETURN_IF_ERROR(registers->Refresh());
  return registers;
}

Status Registers::Refresh() {
  std::lock_guard lock(change_mutex_);
  auto next = std::make_shared<ByName>();
  for (const RegisterKind kind : {RegisterKind::kTraining, RegisterKind::kAgreement, RegisterKind::kAcceptableUse}) {
    const bool training = kind == RegisterKind::kTraining;
    Register built_in = BuiltIn(kind, training ? std::optional<int64_t>(365) : std::nullopt);
    (*next)[built_in.name] = std::move(built_in);
  }
  ASSIGN_OR_RETURN(const std::vector<ListedDocument> stored,
                   gate_.house().office().sealed->ListDocuments(Table::kRegister, {}, kMaxRegisters + 1));
  for (const ListedDocument& document : stored) {
    ASSIGN_OR_RETURN(Register one, Register::Decode(document.content));
    (*next)[one.name] = std::move(one);
  }
  std::atomic_store(&table_, ByNamePtr(std::move(next)));
  generation_.fetch_add(1, std::memory_order_release);
  for (const auto& listener : listeners_) listener();
  return Status::Ok();
}

void Registers::Publish(Register changed) {
  auto next = std::make_shared<ByName>(*table());
  (*next)[changed.name] = std::move(changed);
  std::atomic_store(&table_, ByNamePtr(std::move(next)));
  generation_.fetch_add(1, std::memory_order_release);
  for (const auto& listener : listeners_) listener();
}

Receipted<RegisterReport> Registers::Read(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kRegisterRead);
  if (!permit.granted()) return permit.Refuse<RegisterReport>();
  RegisterReport report;
  const ByNamePtr current = table();  // outlives a change made meanwhile
  for (const auto& [name, one] : *current) report.registers.push_back(one);
  report.due = DueOfAll(now());
  permit.entry().count = static_cast<uint32_t>(report.due.size());
  return permit.Finish(std::move(report));
}

Receipted<Register> Registers::Put(const Caller& caller, std::string_view name, const RegisterChange& change) {
  // Whether a register is needed decides who sees values, so its definition is a setting of access.
  Permit permit = gate_.Authorise(caller, Action::kAccessChange);
  if (!permit.granted()) return permit.Refuse<Register>();
  if (const Status fit = CheckChange(change); !fit.ok()) return permit.Fail<Register>(fit);

  std::lock_guard lock(change_mutex_);
  const SealedStore& office = *gate_.house().office().sealed;
  const Result<std::optional<Document>> stored = office.GetDocument(Table::kRegister, name);
  if (!stored.ok()) return permit.Fail<Register>(stored.status());
  std::optional<Register> before;
  if (const auto known = table()->find(name); known != table()->end()) before = known->second;
  if (stored->has_value()) {
    Result<Register> read = Register::Decode((*stored)->content);
    if (!read.ok()) return permit.Fail<Register>(read.status());
    before = *std::move(read);
  } else if (!before.has_value() && table()->size() >= kMaxRegisters) {
    return permit.Fail<Register>(Refused("there are 100 registers, which is the most there can be"));
  }
  Result<Register> after = Changed(std::move(before), name, change, now());
  if (!after.ok()) return permit.Fail<Register>(after.status());
  permit.entry().detail = "register " + after->name + " " + change.version;
  const Bytes content = after->Encode();
  permit.entry().change = Sha256(content);
  SealedBatch batch;
  const StoreVersion expected = stored->has_value() ? (*stored)->version : kAbsent;
  const Status put = office.PutDocument(batch, Table::kRegister, name, content, expected);
  if (!put.ok()) return permit.Fail<Register>(put);
  AuditEntry entry = permit.entry();
  const Receipt receipt = permit.SubmitStep(std::move(batch), std::move(entry));
  if (const Status written = receipt.Wait(); !written.ok()) {
    const bool other = written.reason() == Reason::kStorageConflict;
    return permit.Fail<Register>(other ? Status(Reason::kRecordBusy) : written);
  }
  permit.Close();
  Publish(*after);
  return Receipted<Register>(*std::move(after), receipt);
}

Status Registers::Complete(RegisterMark& mark, PrincipalId by) const {
  const ByNamePtr registers = table();
  const auto found = registers->find(mark.name);
  if (found == registers->end()) {
    return Status(Reason::kRegisterUnknown, "there is no such register; 'strongroom register list' shows them");
  }
  const Register& what = found->second;
  if (FindVersion(what, mark.version) == what.versions.end()) {
    return Refused("the register has no such version; its newest is " + what.versions.back().version);
  }
  mark.at = now();
  mark.recorded_by = by;
  if (mark.valid_until && *mark.valid_until <= mark.at) return Refused("valid_until must lie in the future");
  if (!what.valid_days) return Status::Ok();
  const UnixMillis longest = mark.at + *what.valid_days * kMillisPerDay;
  mark.valid_until = std::min(mark.valid_until.value_or(longest), longest);
  return Status::Ok();
}

Receipted<StaffMemberPtr> Registers::Record(const Caller& caller, PrincipalId id, RegisterMark mark) {
  Permit permit = gate_.Authorise(caller, Action::kRegisterChange);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  Status fit = Complete(mark, caller.principal->id);
  if (fit.ok() && caller.principal->id == id) {
    fit = Status(Reason::kOwnCaseRefused, "nobody records this of themselves; ask a colleague");
  }
  if (!fit.ok()) return permit.Fail<StaffMemberPtr>(fit);
  permit.entry().detail = Detail(id, mark);
  return directory_.Change(std::move(permit), id, [&mark](StaffMember& member) {
    if (member.state == StaffState::kLeft) return Status(Reason::kStaffStateWrong, "this person has left");
    SetMark(member, mark);
    return Status::Ok();
  });
}

Receipted<StaffMemberPtr> Registers::Accept(const Caller& caller, RegisterMark mark) {
  Permit permit = gate_.Authorise(caller, Action::kStaffSelf);
  if (!permit.granted()) return permit.Refuse<StaffMemberPtr>();
  const PrincipalId id = caller.principal->id;
  mark.valid_until.reset();
  Status fit = Complete(mark, id);
  if (fit.ok()) {
    const ByNamePtr registers = table();
    const Register& what = registers->find(mark.name)->second;
    if (what.kind == RegisterKind::kTraining) {
      fit = Status(Reason::kOwnCaseRefused, "a training is recorded by whoever gave it");
    } else if (what.versions.back().version != mark.version) {
      fit = Refused("what is signed is the newest version, " + what.versions.back().version);
    }
  }
  if (!fit.ok()) return permit.Fail<StaffMemberPtr>(fit);
  permit.entry().detail = Detail(id, mark);
  return directory_.Change(std::move(permit), id, [&mark](StaffMember& member) {
    SetMark(member, mark);
    return Status::Ok();
  });
}

Standing Registers::StandingOf(const StaffMember& member, UnixMillis now) const {
  Standing standing;
  standing.training_current = standing.agreement_signed = standing.acceptable_use_accepted = true;
  const ByNamePtr current = table();  // outlives a change made meanwhile
  for (const auto& [name, what] : *current) {
    if (!what.needed || what.DueAt(now) == nullptr || ServedUntil(what, member, now).has_value()) continue;
    if (what.kind == RegisterKind::kTraining) standing.training_current = false;
    if (what.kind == RegisterKind::kAgreement) standing.agreement_signed = false;
    if (what.kind == RegisterKind::kAcceptableUse) standing.acceptable_use_accepted = false;
  }
  return standing;
}

std::optional<UnixMillis> Registers::StandingChangesAfter(const StaffMember& member, UnixMillis now) const {
  std::optional<UnixMillis> next;
  const auto consider = [&](UnixMillis at) {
    if (at > now && at != INT64_MAX) next = std::min(next.value_or(at), at);
  };
  const ByNamePtr current = table();  // outlives a change made meanwhile
  for (const auto& [name, what] : *current) {
    for (const RegisterVersion& version : what.versions) consider(version.due_from);
  }
  for (const RegisterMark& mark : member.marks) {
    if (mark.valid_until) consider(*mark.valid_until);
  }
  return next;
}

std::vector<DueMark> Registers::DueOf(const StaffMember& member, UnixMillis now, int64_t soon_days) const {
  std::vector<DueMark> due;
  const UnixMillis horizon = now + soon_days * kMillisPerDay;
  const ByNamePtr current = table();  // outlives a change made meanwhile
  for (const auto& [name, what] : *current) {
    if (!what.needed) continue;
    const RegisterVersion* at_horizon = what.DueAt(horizon);
    if (at_horizon == nullptr) continue;
    const std::optional<UnixMillis> served = ServedUntil(what, member, now);
    DueMark mark{what.name, what.kind, at_horizon->version, false, 0};
    if (served.has_value()) {
      if (*served > horizon) continue;
      mark.due_at = *served;
    } else if (what.DueAt(now) == nullptr) {
      mark.due_at = what.versions.front().due_from;  // nothing is due yet, the first will be
    } else {
      mark.overdue = true;
      mark.due_at = BehindSince(what, member);
    }
    due.push_back(std::move(mark));
  }
  return due;
}

std::vector<PersonsDue> Registers::DueOfAll(UnixMillis now, int64_t soon_days) const {
  std::vector<PersonsDue> all;
  for (const StaffMemberPtr& member : directory_.All()) {
    if (!MayCome(member->state)) continue;
    std::vector<DueMark> due = DueOf(*member, now, soon_days);
    if (!due.empty()) all.push_back({member, std::move(due)});
  }
  return all;
}

}  // namespace strongroom
