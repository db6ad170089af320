// Status and Result<T>: how every fallible function answers.
//
// A Status is either ok or carries a Reason (one entry of reason.def, hence one canonical Code, one stable wire code
// and one page of documentation) and a message for a person.  Messages say what to do and may name fields, limits and
// units; they never carry personal data or secrets (they reach logs and callers).
//
// Exceptions stop at library edges; nothing of ours throws across a layer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace strongroom {

// Canonical codes: a dozen or so, mapped to HTTP in one table (http/problem.cc).
enum class Code : uint8_t {
  kOk,
  kInvalid,               // the request is wrong and will stay wrong
  kUnauthenticated,       // no or bad credential
  kDenied,                // known, but not allowed
  kNotFound,              //
  kNotAllowed,            // wrong method
  kConflict,              // state differs from what the caller assumed
  kGone,                  // existed, never will again
  kTooLarge,              //
  kUnsupported,           // media type
  kPreconditionFailed,    //
  kPreconditionRequired,  //
  kTimeout,               //
  kExhausted,             // rate or budget
  kUnavailable,           // try later or fix the server
  kCorrupt,               // stored data is damaged: an operator must look
  kInternal,              //
};

enum class Reason : uint8_t {
  kOk,
#define STRONGROOM_REASON(name, code, canonical, title) name,
#include "base/reason.def"
#undef STRONGROOM_REASON
};

struct ReasonInfo {
  Reason reason = Reason::kOk;
  std::string_view wire_code;  // "code-mistyped"
  Code code = Code::kOk;
  std::string_view title;
};

// The table entry of `reason`; total.
const ReasonInfo& InfoOf(Reason reason);
// All entries except kOk, in the order of reason.def.
const ReasonInfo* ReasonTable(size_t* count);
// The reason with this wire code, if any (the client maps answers back with it).
std::optional<Reason> ReasonFromWire(std::string_view wire_code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Reason reason, std::string message) : reason_(reason), message_(std::move(message)) {}
  // The table's title serves as the message.
  explicit Status(Reason reason) : reason_(reason), message_(InfoOf(reason).title) {}

  static Status Ok() { return {}; }
  bool ok() const { return reason_ == Reason::kOk; }
  Reason reason() const { return reason_; }
  Code code() const { return InfoOf(reason_).code; }
  const std::string& message() const { return message_; }
  // "code-mistyped: The customer code ..." for logs and terminals.
  std::string ToString() const;
  // For results that are truly of no interest; greppable, with the reason said beside the call.
  void IgnoreError() const {}

 private:
  Reason reason_ = Reason::kOk;
  std::string message_;
};

// Either a T or a failed Status; never both, never neither.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: implicit by design
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT: implicit by design
    if (std::get<1>(state_).ok())
      std::get<1>(state_) = Status(Reason::kInternal, "a Result was built from an ok Status");
  }

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // Precondition of the four below: ok().
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  // Ok when a value is held.
  Status status() const { return ok() ? Status() : std::get<1>(state_); }
  Reason reason() const { return ok() ? Reason::kOk : std::get<1>(state_).reason(); }

 private:
  std::variant<T, Status> state_;
};

#define STRONGROOM_CONCAT_INNER(a, b) a##b
#define STRONGROOM_CONCAT(a, b) STRONGROOM_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expr` (a Status) is not ok.
#define RETURN_IF_ERROR(expr)                                                                   \
  do {                                                                                          \
    if (::strongroom::Status status_macro_ = (expr); !status_macro_.ok()) return status_macro_; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): declares x from a Result, or returns its Status.
#define ASSIGN_OR_RETURN(declaration, expr) \
  ASSIGN_OR_RETURN_IMPL(STRONGROOM_CONCAT(result_macro_, __LINE__), declaration, expr)
#define ASSIGN_OR_RETURN_IMPL(temporary, declaration, expr) \
  auto temporary = (expr);                                  \
  if (!temporary.ok()) return temporary.status();           \
  declaration = std::move(*temporary)

}  // namespace strongroom
