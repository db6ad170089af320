// What the API's handlers share.  Internal to src/http/api_*.
//
// Three shapes of handler, so that each is a function from a request to an answer:
//
//   Result<Response> F(ApiCall&)          on a worker; may wait
//   Receipted<Response> F(ApiCall&)       on a worker, which does not wait: it goes on to the next call, and the answer
//                                         leaves when the entry is durable.
//   Receipted<Rendered> F(ApiCall&)       on the I/O thread; must not wait.  It renders inside the receipt (Map), and
//                                         the answer leaves when the entry is durable.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/open_vault.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "http/api_routes.h"
#include "http/exchange.h"
#include "http/problem.h"
#include "http/router.h"

namespace strongroom {

// One authenticated call.
struct ApiCall {
  explicit ApiCall(const Exchange& its_exchange)
      : exchange(its_exchange),
        request(exchange.request()),
        vault(*static_cast<OpenVault*>(exchange.session().get())),
        caller(exchange.caller()) {}
  const Exchange& exchange;
  const Request& request;
  OpenVault& vault;
  Caller caller;
};

// An answer of the inline lane.  The body is wiped if it never leaves.
struct Rendered {
  PlainBytes body;
  std::string etag;  // empty: none
};

using WorkerHandler = std::function<Result<Response>(ApiCall&)>;
using DeferredHandler = Receipted<Response> (*)(ApiCall&);
using InlineHandler = Receipted<Rendered> (*)(ApiCall&);

class RouteAdder {
 public:
  explicit RouteAdder(Router& router) : router_(router) {}
  void Worker(const char* method, const char* pattern, WorkerHandler handler, size_t max_body_bytes = kSmallBody);
  // Of these two, kStorageConflict (what was decided on changed meanwhile) is tried three times more, on a worker, then
  // kRecordBusy.
  void Deferred(const char* method, const char* pattern, DeferredHandler handler, size_t max_body_bytes = kSmallBody);
  // `action`: what the handler will ask policy; when a budget or an approval makes it wait, it runs on a worker.
  void Inline(const char* method, const char* pattern, Action action, InlineHandler handler,
              size_t max_body_bytes = kSmallBody);
  void Public(const char* method, const char* pattern, Lane lane, Handler handler, size_t max_body_bytes = kSmallBody);
  // Of the first route that could not be added.
  const Status& status() const { return status_; }

  static constexpr size_t kSmallBody = 256u << 10;
  static constexpr size_t kRecordBody = 2u << 20;
  static constexpr size_t kBatchBody = 16u << 20;

 private:
  void Add(const char* method, const char* pattern, RouteOptions options, Handler handler);
  Router& router_;
  Status status_;
};

// --- reading ---

// The body as a JSON object.  kUnsupportedMediaType without "Content-Type: application/json"; kBodyTooLarge for more
// than `max_values` values in it.
Result<JsonDocument> ReadJson(const Request& request, size_t max_values = JsonLimits().max_values);
// A batch of 10,000 customers with 50 values each.
constexpr size_t kBatchValues = 500'000;
// kUnsupportedMediaType unless the body is said to be one of these.
Status ExpectMediaType(const Request& request, std::initializer_list<std::string_view> types);
// kInvalidArgument when there is a body.
Status ExpectNoBody(const Request& request);
// Member "purpose" becomes the caller's claim; it lives as long as the document.
Status ReadPurpose(const JsonValue& body, Caller& caller);
// An array of strings; kInvalidArgument when it is longer than `max`.
Result<std::vector<std::string_view>> ReadStrings(const JsonValue& body, std::string_view member, size_t max);
// The same; empty when absent.
Result<std::vector<std::string_view>> OptStrings(const JsonValue& body, std::string_view member, size_t max);
// {field: value | [values]}: strings; numbers, booleans and objects as their JSON text.  Appends.
Status ReadValues(const JsonValue& object, std::vector<ValueIn>& values);
// A number of the query, within [min, max].
Result<std::optional<uint64_t>> QueryNumber(const Request& request, std::string_view name, uint64_t min, uint64_t max);
// "2026-11-22T06:05:53Z", with or without milliseconds.
Result<UnixMillis> ParseTime(std::string_view text);
std::string_view QueryText(const Request& request, std::string_view name);  // empty when absent

// --- once per Idempotency-Key ---

// Runs `work` unless this caller did it before under the same key: then its answer is given again.  `ask` puts to
// policy what the work will put to it, and is asked first in either case.  What failed for certain frees the key; what
// failed without saying whether it was done (storage, audit) does not.  vault/idempotency.h says what a crash leaves.
Result<Response> OncePerKey(ApiCall& call, const std::function<Permit()>& ask, bool safe_to_repeat,
                            const std::function<Result<Response>()>& work);

// --- writing ---

Response JsonResponse(Bytes body, int status = 200, const std::string& etag = {});
// {"code", "title", "detail"}, for an item of a batch.
void AppendProblem(JsonWriter& json, const Status& status);
// {"name": value | [values]}: plain values grouped by field, a list where the field is repeated.
void AppendRevealedValues(JsonWriter& json, const std::vector<RevealedValue>& values);
void AppendMaskedCustomer(JsonWriter& json, const MaskedCustomer& customer);

// --- the routes, by noun ---

void AddServerRoutes(RouteAdder& add, VaultKeeper& keeper, const ApiOptions& options);
void AddDocsRoutes(RouteAdder& add);
void AddConsoleRoutes(RouteAdder& add);
void AddCatalogueRoutes(RouteAdder& add);
void AddCustomerRoutes(RouteAdder& add);
void AddCustomerReadRoutes(RouteAdder& add);
void AddTokenRoutes(RouteAdder& add);
void AddTextRoutes(RouteAdder& add);
void AddPaperRoutes(RouteAdder& add);
void AddFileRoutes(RouteAdder& add);
void AddImportRoutes(RouteAdder& add);
void AddCredentialRoutes(RouteAdder& add);
void AddStaffRoutes(RouteAdder& add);
void AddRegisterRoutes(RouteAdder& add);
void AddDeviceRoutes(RouteAdder& add, VaultKeeper& keeper);
void AddReviewRoutes(RouteAdder& add);
void AddScoreRoutes(RouteAdder& add, const VaultKeeper& keeper);
void AddPolicyRoutes(RouteAdder& add);
void AddAuditRoutes(RouteAdder& add);
void AddPublicLogRoutes(RouteAdder& add, VaultKeeper& keeper);
void AddOutboxRoutes(RouteAdder& add);
void AddEpochRoutes(RouteAdder& add);
void AddBackupRoutes(RouteAdder& add, VaultKeeper& keeper);
void AddApprovalRoutes(RouteAdder& add);
void AddCustomerSignInRoutes(RouteAdder& add);
void AddSignInRoutes(RouteAdder& add, VaultKeeper& keeper);
void AddEnrolmentRoutes(RouteAdder& add, VaultKeeper& keeper);
void AddSessionRoutes(RouteAdder& add);
void AddOwnAccountRoutes(RouteAdder& add);
void AddSingleSignOnRoutes(RouteAdder& add, VaultKeeper& keeper);

}  // namespace strongroom
