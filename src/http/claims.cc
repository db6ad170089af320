#include "http/claims.h"

#include <algorithm>

#include "access/request_digest.h"

namespace strongroom {
namespace {

constexpr size_t kMaxCaseBytes = 40;
constexpr size_t kMaxCaseDigits = 7;
constexpr size_t kApprovalIdLength = 16;
constexpr size_t kMaxReasonBytes = 1500;  // percent-encoded

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The log keeps it in clear, so it must not hold a value: no '@', and no room for the digits of a card, a telephone
// number, a birth date or a national identity number.
Status CheckCase(std::string_view text) {
  const auto digits = static_cast<size_t>(std::count_if(text.begin(), text.end(), IsDigit));
  const bool known = std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || IsLetter(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '#';
  });
  if (text.size() <= kMaxCaseBytes && known && digits > 0 && digits <= kMaxCaseDigits) return Status::Ok();
  return Status(Reason::kInvalidArgument,
                "X-Case is the number of a ticket or order, such as SUP-1234: at most 40 letters, digits and -_./#, "
                "and of these 1 to 7 digits");
}

}  // namespace

Status ReadClaims(const RequestHead& head, ByteView body, Caller& caller) {
  caller.case_reference = head.Header("X-Case");
  caller.approval = head.Header("X-Approval");
  caller.break_glass = head.Header("X-Break-Glass");
  if (!caller.case_reference.empty()) RETURN_IF_ERROR(CheckCase(caller.case_reference));
  if (caller.break_glass.size() > kMaxReasonBytes) {
    return Status(Reason::kInvalidArgument, "X-Break-Glass is a reason of at most 1,500 bytes, percent-encoded");
  }
  if (caller.approval.empty()) return Status::Ok();
  if (caller.approval.size() != kApprovalIdLength) {
    return Status(Reason::kInvalidArgument, "X-Approval is the id of an approval: 16 hexadecimal digits");
  }
  if (!head.Header("X-Import-Mapping").empty()) {
    return Status(Reason::kApprovalUnusable, "imports cannot be approved: an approver does not see their headers");
  }
  if (caller.principal != nullptr) {
    caller.request_digest = DigestOfRequest(caller.principal->id, head.method(), head.target(), body);
  }
  return Status::Ok();
}

}  // namespace strongroom
