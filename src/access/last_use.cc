#include "access/last_use.h"

#include <algorithm>

#include "audit/log_floor.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kName = "last-use";
constexpr uint64_t kChunk = 4096;

UseKind KindOf(Action action) {
  switch (action) {
    case Action::kSessionSignIn:
      return UseKind::kSignIn;
    case Action::kCustomerRead:
    case Action::kCustomerList:
    case Action::kCustomerSearch:
    case Action::kCustomerCompare:
      return UseKind::kRead;
    case Action::kCustomerReveal:
    case Action::kFileGet:
    case Action::kTokenResolve:
      return UseKind::kShow;
    case Action::kCustomerExport:
      return UseKind::kExport;
    default:
      return UseKind::kOther;
  }
}

bool IsData(UseKind kind) { return kind == UseKind::kRead || kind == UseKind::kShow || kind == UseKind::kExport; }

void Raise(uint32_t& day, uint32_t to) { day = std::max(day, to); }

uint64_t Entries(const Uses& uses) {
  uint64_t sum = 0;
  for (const auto& [log, next] : uses.next) sum += next;
  return sum;
}

}  // namespace

std::optional<uint32_t> Uses::LastDataDay(PrincipalId id) const {
  std::optional<uint32_t> last;
  const auto person = by_person.find(id);
  if (person == by_person.end()) return last;
  for (const auto& [key, day] : person->second) {
    if (IsData(key.first)) last = std::max(last.value_or(0), day);
  }
  return last;
}

std::optional<uint32_t> Uses::LastDay(PrincipalId id, UseKind kind) const {
  std::optional<uint32_t> last;
  const auto person = by_person.find(id);
  if (person == by_person.end()) return last;
  for (const auto& [key, day] : person->second) {
    if (key.first == kind) last = std::max(last.value_or(0), day);
  }
  return last;
}

void Uses::Add(const AuditEntry& entry, const Catalogue& catalogue) {
  if (entry.outcome != Reason::kOk || entry.actor == 0 || entry.time < 0) return;
  const UseKind kind = KindOf(entry.action);
  const auto day = static_cast<uint32_t>(entry.time / kMillisOfDay);
  auto& of_person = by_person[entry.actor];
  if (entry.fields.empty()) Raise(of_person[{kind, kNoField}], day);
  for (const FieldId id : entry.fields) {
    const FieldDef* field = catalogue.FindField(id);
    Raise(of_person[{kind, field == nullptr ? kNoField : static_cast<uint8_t>(field->sensitivity)}], day);
    if (kind == UseKind::kShow || kind == UseKind::kExport) Raise(by_field[id], day);
  }
}

Bytes Uses::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Varint(next.size());
  for (const auto& [log, place] : next) {
    writer.U32(log);
    writer.Varint(place);
  }
  writer.Varint(by_person.size());
  for (const auto& [id, uses] : by_person) {
    writer.U64(id);
    writer.Varint(uses.size());
    for (const auto& [key, day] : uses) {
      writer.U8(static_cast<uint8_t>(key.first));
      writer.U8(key.second);
      writer.U32(day);
    }
  }
  writer.Varint(by_field.size());
  for (const auto& [id, day] : by_field) {
    writer.U16(id);
    writer.U32(day);
  }
  return out;
}

Result<Uses> Uses::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  Uses uses;
  const bool known = reader.U8() == kFormatVersion;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const CompartmentId log = reader.U32();
    uses.next[log] = reader.Varint();
  }
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    auto& of_person = uses.by_person[reader.U64()];
    for (uint64_t of = reader.Varint(); of > 0 && !reader.failed(); --of) {
      const auto kind = static_cast<UseKind>(reader.U8());
      const uint8_t sensitivity = reader.U8();
      of_person[{kind, sensitivity}] = reader.U32();
    }
  }
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const FieldId id = reader.U16();
    uses.by_field[id] = reader.U32();
  }
  RETURN_IF_ERROR(reader.Finish("the days of last use"));
  // One encoding: what is doubled or out of order is not what was written.
  if (!known || uses.Encode() != bytes) return Status(Reason::kDataCorrupt, "the days of last use are malformed");
  return uses;
}

Result<std::unique_ptr<LastUse>> LastUse::Open(House& house, const CatalogueService& catalogue) {
  std::unique_ptr<LastUse> made(new LastUse(house, catalogue));
  ASSIGN_OR_RETURN(const std::optional<Document> stored, house.office().sealed->GetDocument(Table::kAccess, kName));
  if (!stored.has_value()) return made;
  Result<Uses> uses = Uses::Decode(stored->content);
  if (uses.ok()) made->uses_ = made->written_ = std::make_shared<const Uses>(*std::move(uses));
  return made;
}

Result<UsesPtr> LastUse::CatchUp(uint64_t most) {
  std::lock_guard lock(mutex_);
  Uses uses = *uses_;
  RETURN_IF_ERROR(Follow(house_.office(), kOffice, most, uses));
  for (const auto& room : house_.compartments()) RETURN_IF_ERROR(Follow(*room, room->info.id, most, uses));
  if (uses != *uses_) uses_ = std::make_shared<const Uses>(std::move(uses));
  const bool other_days = uses_->by_person != written_->by_person || uses_->by_field != written_->by_field;
  if (other_days || Entries(*uses_) > Entries(*written_) + kUnwrittenEntries) {
    // What cannot be written now is counted again after a restart.
    if (Write(*uses_).ok()) written_ = uses_;
  }
  return uses_;
}

Status LastUse::Follow(const Room& room, CompartmentId id, uint64_t most, Uses& uses) const {
  const CataloguePtr catalogue = catalogue_.Current();
  uint64_t& next = uses.next[id];
  ASSIGN_OR_RETURN(const uint64_t size, room.log->Size());
  const uint64_t end = std::min(size, next + most);
  while (next < end) {
    const uint64_t until = std::min(end, next + kChunk);
    const Result<std::vector<IndexedEntry>> entries = room.log->Read(next, until);
    if (entries.reason() == Reason::kLogPruned) {  // before it was counted: it is not
      ASSIGN_OR_RETURN(const uint64_t floor, PrunedBelow(*room.log));
      next = std::max(next, floor);
      continue;
    }
    RETURN_IF_ERROR(entries.status());
    for (const IndexedEntry& entry : *entries) uses.Add(entry.entry, *catalogue);
    next = until;
  }
  return Status::Ok();
}

Status LastUse::Write(const Uses& uses) {
  SealedBatch batch;
  RETURN_IF_ERROR(house_.office().sealed->OverwriteDocument(batch, Table::kAccess, kName, uses.Encode()));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kReviewRead;
  entry.decision = Decision::kPlain;
  entry.detail = "days of last use counted";
  return house_.office().journal->Submit(std::move(batch), std::move(entry)).Wait();
}

}  // namespace strongroom
