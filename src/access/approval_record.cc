#include "access/approval_record.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint8_t kHighestTier = 15;

enum Part : uint8_t { kTakesEffect = 1, kDecided = 2, kSpent = 4 };
enum QuestionFlag : uint8_t { kAboutField = 1 };

void WriteQuestion(ByteWriter& writer, const AskedQuestion& question) {
  writer.U8(static_cast<uint8_t>(question.action));
  writer.U8(question.has_field ? kAboutField : 0);
  writer.U8(question.tier);
  writer.U8(question.has_field ? static_cast<uint8_t>(question.sensitivity) : 0);
  writer.Prefixed(question.field);
  writer.Prefixed(question.compartment);
}

// False when it holds what no question can.
bool ReadQuestion(ByteReader& reader, AskedQuestion& question) {
  question.action = static_cast<Action>(reader.U8());
  const uint8_t flags = reader.U8();
  question.has_field = (flags & kAboutField) != 0;
  question.tier = reader.U8();
  const uint8_t sensitivity = reader.U8();
  question.field = std::string(reader.Prefixed());
  question.compartment = std::string(reader.Prefixed());
  if (question.has_field) question.sensitivity = static_cast<Sensitivity>(sensitivity);
  const bool field_fits = question.has_field ? !question.field.empty() && sensitivity < kSensitivityCount
                                             : question.field.empty() && sensitivity == 0;
  return CanBeAsked(question.action) && (flags & ~kAboutField) == 0 && question.tier <= kHighestTier && field_fits;
}

bool IsConsistent(const Approval& approval) {
  const bool decided = approval.decided_at.has_value();
  const bool spent = approval.spent_at.has_value();
  switch (approval.state) {
    case ApprovalState::kPending:
      return !decided && !spent;
    case ApprovalState::kGranted:
    case ApprovalState::kRefused:
      return decided && !spent;
    case ApprovalState::kSpent:
      return spent && (decided || approval.effective_at.has_value());
    case ApprovalState::kEnded:
      return !spent;
    case ApprovalState::kGlassBroken:
      return !decided && spent;
  }
  return false;
}

}  // namespace

std::string FormatApprovalId(ApprovalId id) {
  Bytes bytes;
  ByteWriter(bytes).U64(id);
  return HexEncode(bytes);
}

Result<ApprovalId> ParseApprovalId(std::string_view text) {
  const Result<Bytes> bytes = HexDecode(text);
  ApprovalId id = 0;
  if (bytes.ok() && bytes->size() == sizeof(id)) id = ByteReader(*bytes).U64();
  if (id == 0 || FormatApprovalId(id) != text) return Status(Reason::kApprovalNotFound);
  return id;
}

std::string_view NameOf(ApprovalState state) {
  switch (state) {
    case ApprovalState::kPending:
      return "pending";
    case ApprovalState::kGranted:
      return "granted";
    case ApprovalState::kRefused:
      return "refused";
    case ApprovalState::kSpent:
      return "spent";
    case ApprovalState::kEnded:
      return "ended";
    case ApprovalState::kGlassBroken:
      return "glass_broken";
  }
  return "unknown";
}

PolicyQuestion AskedQuestion::ToPolicy() const {
  PolicyQuestion question;
  question.action = action;
  question.has_field = has_field;
  question.field = field;
  question.sensitivity = sensitivity;
  question.compartment = compartment;
  question.tier = tier;
  return question;
}

bool Approval::Concerns(Action action) const {
  return std::any_of(questions.begin(), questions.end(),
                     [action](const AskedQuestion& question) { return question.action == action; });
}

UnixMillis Approval::LastOfUse() const {
  if (spent_at.has_value()) return *spent_at;
  if (state == ApprovalState::kRefused || state == ApprovalState::kEnded) return decided_at.value_or(asked_at);
  return decided_at.has_value() ? usable_until : pending_until;
}

bool Approval::Over(UnixMillis now) const {
  const bool open = state == ApprovalState::kPending || state == ApprovalState::kGranted;
  return !open || now >= LastOfUse();
}

Bytes Approval::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U8(
      static_cast<uint8_t>((effective_at ? kTakesEffect : 0) | (decided_at ? kDecided : 0) | (spent_at ? kSpent : 0)));
  writer.U8(static_cast<uint8_t>(state));
  writer.U64(id);
  writer.U64(asked_by);
  writer.U64(static_cast<uint64_t>(asked_at));
  writer.U64(static_cast<uint64_t>(pending_until));
  for (const ByteView text : {ByteView(request.method), ByteView(request.target), ByteView(request.body),
                              ByteView(purpose), ByteView(reason)}) {
    writer.Prefixed(text);
  }
  writer.Raw(View(digest));
  writer.Varint(questions.size());
  for (const AskedQuestion& question : questions) WriteQuestion(writer, question);
  if (effective_at) writer.U64(static_cast<uint64_t>(*effective_at));
  if (decided_at) {
    writer.U64(decided_by);
    writer.U64(static_cast<uint64_t>(*decided_at));
    writer.U64(static_cast<uint64_t>(usable_until));
  }
  if (spent_at) writer.U64(static_cast<uint64_t>(*spent_at));
  return out;
}

Result<Approval> Approval::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kFormatVersion) return Status(Reason::kDataCorrupt, "an approval is of an unknown format");
  const uint8_t parts = reader.U8();
  Approval approval;
  approval.state = static_cast<ApprovalState>(reader.U8());
  approval.id = reader.U64();
  approval.asked_by = reader.U64();
  approval.asked_at = static_cast<UnixMillis>(reader.U64());
  approval.pending_until = static_cast<UnixMillis>(reader.U64());
  approval.request.method = std::string(reader.Prefixed());
  approval.request.target = std::string(reader.Prefixed());
  approval.request.body = Bytes(reader.Prefixed());
  approval.purpose = std::string(reader.Prefixed());
  approval.reason = std::string(reader.Prefixed());
  const ByteView digest = reader.Raw(approval.digest.size());
  std::copy(digest.begin(), digest.end(), approval.digest.begin());
  bool questions_fit = true;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    questions_fit = ReadQuestion(reader, approval.questions.emplace_back()) && questions_fit;
  }
  if (parts & kTakesEffect) approval.effective_at = static_cast<UnixMillis>(reader.U64());
  if (parts & kDecided) {
    approval.decided_by = reader.U64();
    approval.decided_at = static_cast<UnixMillis>(reader.U64());
    approval.usable_until = static_cast<UnixMillis>(reader.U64());
  }
  if (parts & kSpent) approval.spent_at = static_cast<UnixMillis>(reader.U64());
  RETURN_IF_ERROR(reader.Finish("an approval"));
  const bool parts_known = (parts & ~(kTakesEffect | kDecided | kSpent)) == 0;
  if (!questions_fit || !parts_known || approval.id == 0 || !IsConsistent(approval)) {
    return Status(Reason::kDataCorrupt, "an approval holds an impossible value");
  }
  return approval;
}

}  // namespace strongroom
