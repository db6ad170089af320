#include "http/api_tools.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "http/claims.h"

namespace strongroom {
namespace {

constexpr int kConflictRetries = 3;
constexpr size_t kInlineBodyBytes = 8u << 10;

void Answer(Exchange& exchange, Result<Rendered> answer) {
  if (!answer.ok()) return exchange.Respond(answer.status());
  exchange.Respond(JsonResponse(std::move(answer->body.mutable_bytes()), 200, answer->etag));
}

void Answer(Exchange& exchange, Result<Response> answer) {
  if (!answer.ok()) return exchange.Respond(answer.status());
  exchange.Respond(*std::move(answer));
}

Status BusyRecord() {
  return Status(Reason::kRecordBusy, "The record kept changing while the request ran. Try again shortly.");
}

Status ReadClaims(ApiCall& call) { return ReadClaims(call.request, call.request.body(), call.caller); }

template <typename ReceiptedHandler>
void RunOnWorker(Exchange& exchange, ReceiptedHandler handler) {
  for (int attempt = 0; attempt < kConflictRetries; ++attempt) {
    ApiCall call(exchange);
    if (const Status claims = ReadClaims(call); !claims.ok()) return exchange.Respond(claims);
    auto answer = handler(call).Wait();
    if (answer.reason() != Reason::kStorageConflict) return Answer(exchange, std::move(answer));
  }
  exchange.Respond(BusyRecord());
}

template <typename ReceiptedHandler>
void RunWithoutWaiting(Exchange& exchange, ReceiptedHandler handler) {
  ApiCall call(exchange);
  if (const Status claims = ReadClaims(call); !claims.ok()) return exchange.Respond(claims);
  // The callback may run on the journal's thread: it hands over an answer or passes the work on, and holds no vault.
  handler(call).Then([&exchange, handler](auto answer) {
    if (answer.reason() != Reason::kStorageConflict) return Answer(exchange, std::move(answer));
    if (exchange.ContinueOnWorker([handler](Exchange& again) { RunOnWorker(again, handler); })) return;
    exchange.Respond(BusyRecord());
  });
}

// An approval is spent, and a slice of a budget drawn, durably and before the work: that waits for the disk.
bool WouldWait(const Exchange& exchange, Action action) {
  const RequestHead& head = exchange.request();
  if (!head.Header("X-Approval").empty() || !head.Header("X-Break-Glass").empty()) return true;
  const Safeguards* const safeguards = static_cast<OpenVault*>(exchange.session().get())->gate().safeguards();
  return safeguards != nullptr && safeguards->WouldWait(exchange.caller(), action);
}

void RunInline(Exchange& exchange, Action action, InlineHandler handler) {
  // A large batch would keep every other connection of this I/O thread waiting.
  if (exchange.request().body().size() > kInlineBodyBytes || WouldWait(exchange, action)) {
    if (exchange.ContinueOnWorker([handler](Exchange& again) { RunOnWorker(again, handler); })) return;
    return exchange.Respond(Status(Reason::kOverloaded));
  }
  RunWithoutWaiting(exchange, handler);
}

// "application/json" of "Application/JSON; charset=utf-8".
bool IsMediaType(std::string_view header, std::string_view type) {
  header = header.substr(0, header.find(';'));
  while (header.ends_with(' ') || header.ends_with('\t')) header.remove_suffix(1);
  return header.size() == type.size() && strncasecmp(header.data(), type.data(), type.size()) == 0;
}

Result<std::string_view> TextOfValue(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kString:
      return value.AsString();
    case JsonKind::kNumber:
    case JsonKind::kBool:
    case JsonKind::kObject:
      return value.RawText();
    default:
      return value.AsString().status();  // says what was wanted, and where
  }
}

}  // namespace

// --- routes ----------------------------------------------------------------------------------------------------------

void RouteAdder::Add(const char* method, const char* pattern, RouteOptions options, Handler handler) {
  const Status added = router_.Add(method, pattern, options, std::move(handler));
  if (status_.ok()) status_ = added;
}

void RouteAdder::Worker(const char* method, const char* pattern, WorkerHandler handler, size_t max_body_bytes) {
  Add(method, pattern, {.lane = Lane::kWorker, .is_public = false, .max_body_bytes = max_body_bytes},
      [handler = std::move(handler)](Exchange& exchange) {
        ApiCall call(exchange);
        if (const Status claims = ReadClaims(call); !claims.ok()) return exchange.Respond(claims);
        Result<Response> answer = handler(call);
        if (answer.ok()) return exchange.Respond(*std::move(answer));
        if (answer.reason() == Reason::kStorageConflict) return exchange.Respond(BusyRecord());
        exchange.Respond(answer.status());
      });
}

void RouteAdder::Deferred(const char* method, const char* pattern, DeferredHandler handler, size_t max_body_bytes) {
  Add(method, pattern, {.lane = Lane::kWorker, .is_public = false, .max_body_bytes = max_body_bytes},
      [handler](Exchange& exchange) { RunWithoutWaiting(exchange, handler); });
}

void RouteAdder::Inline(const char* method, const char* pattern, Action action, InlineHandler handler,
                        size_t max_body_bytes) {
  Add(method, pattern, {.lane = Lane::kInline, .is_public = false, .max_body_bytes = max_body_bytes},
      [action, handler](Exchange& exchange) { RunInline(exchange, action, handler); });
}

void RouteAdder::Public(const char* method, const char* pattern, Lane lane, Handler handler, size_t max_body_bytes) {
  Add(method, pattern, {.lane = lane, .is_public = true, .max_body_bytes = max_body_bytes}, std::move(handler));
}

Status AddApiRoutes(Router& router, VaultKeeper& keeper, const ApiOptions& options) {
  RouteAdder add(router);
  AddServerRoutes(add, keeper, options);
  AddDocsRoutes(add);
  AddConsoleRoutes(add);
  AddCatalogueRoutes(add);
  AddCustomerRoutes(add);
  AddCustomerReadRoutes(add);
  AddTokenRoutes(add);
  AddFileRoutes(add);
  AddTextRoutes(add);
  AddPaperRoutes(add);
  AddImportRoutes(add);
  AddCredentialRoutes(add);
  AddStaffRoutes(add);
  AddRegisterRoutes(add);
  AddDeviceRoutes(add, keeper);
  AddReviewRoutes(add);
  AddScoreRoutes(add, keeper);
  AddPolicyRoutes(add);
  AddAuditRoutes(add);
  AddPublicLogRoutes(add, keeper);
  AddOutboxRoutes(add);
  AddEpochRoutes(add);
  AddBackupRoutes(add, keeper);
  AddApprovalRoutes(add);
  AddCustomerSignInRoutes(add);
  AddSignInRoutes(add, keeper);
  AddEnrolmentRoutes(add, keeper);
  AddSessionRoutes(add);
  AddOwnAccountRoutes(add);
  AddSingleSignOnRoutes(add, keeper);
  return add.status();
}

// --- reading ---------------------------------------------------------------------------------------------------------

Status ExpectMediaType(const Request& request, std::initializer_list<std::string_view> types) {
  const std::string_view header = request.Header("Content-Type");
  for (const std::string_view type : types) {
    if (IsMediaType(header, type)) return Status::Ok();
  }
  std::string names;
  for (const std::string_view type : types) names += (names.empty() ? "" : " or ") + std::string(type);
  return Status(Reason::kUnsupportedMediaType, "Send the body as " + names + ", and say so in Content-Type.");
}

Result<JsonDocument> ReadJson(const Request& request, size_t max_values) {
  RETURN_IF_ERROR(ExpectMediaType(request, {"application/json"}));
  return JsonDocument::ParseObject(request.body(), {.max_values = max_values});
}

Status ExpectNoBody(const Request& request) {
  if (request.body().empty()) return Status::Ok();
  return Status(Reason::kInvalidArgument, "This call takes no body.");
}

Status ReadPurpose(const JsonValue& body, Caller& caller) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> purpose, body.OptString("purpose"));
  caller.purpose = purpose.value_or(std::string_view());
  return Status::Ok();
}

static Result<std::vector<std::string_view>> StringsOf(const JsonValue& array, std::string_view member, size_t max) {
  if (array.size() > max) {
    return Status(Reason::kBatchTooLarge,
                  "'" + std::string(member) + "' has more than " + std::to_string(max) + " entries");
  }
  std::vector<std::string_view> strings;
  strings.reserve(array.size());
  for (const JsonValue item : array) {
    ASSIGN_OR_RETURN(const std::string_view text, item.AsString());
    strings.push_back(text);
  }
  return strings;
}

Result<std::vector<std::string_view>> ReadStrings(const JsonValue& body, std::string_view member, size_t max) {
  ASSIGN_OR_RETURN(const JsonValue array, body.GetArray(member));
  return StringsOf(array, member, max);
}

Result<std::vector<std::string_view>> OptStrings(const JsonValue& body, std::string_view member, size_t max) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> array, body.OptArray(member));
  if (!array.has_value()) return std::vector<std::string_view>();
  return StringsOf(*array, member, max);
}

Status ReadValues(const JsonValue& object, std::vector<ValueIn>& values) {
  values.reserve(values.size() + object.size());
  for (const JsonValue member : object) {
    if (!member.IsArray()) {
      ASSIGN_OR_RETURN(const std::string_view text, TextOfValue(member));
      values.push_back({member.key(), text});
      continue;
    }
    if (member.size() == 0) return Status(Reason::kInvalidArgument, member.Path() + " is an empty list: leave it out");
    for (const JsonValue item : member) {
      ASSIGN_OR_RETURN(const std::string_view text, TextOfValue(item));
      values.push_back({member.key(), text});
    }
  }
  return Status::Ok();
}

Result<std::optional<uint64_t>> QueryNumber(const Request& request, std::string_view name, uint64_t min, uint64_t max) {
  const std::optional<std::string_view> text = request.Query(name);
  if (!text.has_value()) return std::optional<uint64_t>();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (text->empty() || error != std::errc() || end != text->data() + text->size() || number < min || number > max) {
    return Status(Reason::kInvalidArgument, "The query parameter '" + std::string(name) + "' is a number from " +
                                                std::to_string(min) + " to " + std::to_string(max) + ".");
  }
  return std::optional(number);
}

std::string_view QueryText(const Request& request, std::string_view name) { return request.Query(name).value_or(""); }

Result<UnixMillis> ParseTime(std::string_view text) {
  const Status bad(Reason::kInvalidArgument, "a time is written in UTC, such as 2026-11-22T06:05:53Z");
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != kShape.size() + 1 && text.size() != kShape.size() + 5) return bad;
  const auto is_digit = [&text](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(i) : text[i] != kShape[i]) return bad;
  }
  int64_t millis = 0;
  if (text.size() == kShape.size() + 5) {
    if (text[19] != '.' || !is_digit(20) || !is_digit(21) || !is_digit(22)) return bad;
    millis = (text[20] - '0') * 100 + (text[21] - '0') * 10 + (text[22] - '0');
  }
  if (text.back() != 'Z') return bad;
  const auto number = [&text](size_t from, size_t size) {
    int value = 0;
    for (size_t i = from; i < from + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad;
  const int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60'000 + second * 1000 + millis;
}

// --- once per Idempotency-Key ----------------------------------------------------------------------------------------

Result<Response> OncePerKey(ApiCall& call, const std::function<Permit()>& ask, bool safe_to_repeat,
                            const std::function<Result<Response>()>& work) {
  const std::string_view key = call.request.Header("Idempotency-Key");
  if (key.empty()) return work();
  Idempotency& idempotency = call.vault.idempotency();
  PlainBytes request;
  Bytes& text = request.mutable_bytes();
  text.reserve(call.request.path().size() + 1 + call.request.body().size());
  text.append(call.request.path()).append("\n").append(call.request.body());
  ASSIGN_OR_RETURN(IdempotencyStart start, idempotency.Begin(ask(), key, text, safe_to_repeat));
  if (start.answer.has_value()) {
    Response again = JsonResponse(std::move(start.answer->body), start.answer->status);
    again.headers.emplace_back("Idempotency-Replayed", "true");
    return again;
  }
  Result<Response> answer = work();
  if (!start.claim.has_value()) return answer;
  if (answer.ok()) {
    // Done is done: if the answer cannot be kept, a repetition is told that nobody knows, which is the truth then.
    idempotency.Keep(call.caller, *start.claim, {answer->status, answer->body}).IgnoreError();
    return answer;
  }
  const Code code = answer.status().code();
  const bool certain = code != Code::kUnavailable && code != Code::kInternal && code != Code::kCorrupt;
  if (certain) idempotency.Forget(call.caller, *start.claim).IgnoreError();  // else it expires in 24 hours
  return answer;
}

// --- writing ---------------------------------------------------------------------------------------------------------

Response JsonResponse(Bytes body, int status, const std::string& etag) {
  Response response = Response::Json(std::move(body), status);
  if (!etag.empty()) response.headers.emplace_back("ETag", etag);
  return response;
}

void AppendProblem(JsonWriter& json, const Status& status) {
  const ReasonInfo& info = InfoOf(status.reason());
  json.BeginObject().String("code", info.wire_code).String("title", info.title);
  json.String("detail", ProblemDetail(status)).EndObject();
}

namespace {

// Calls write(item) for each item, those of one field together and inside a list where the field is repeated.  A
// record keeps values in the order they were set, so equal fields need not be neighbours; they are few.
template <typename Item, typename Write>
void AppendByField(JsonWriter& json, const std::vector<Item>& items, const Write& write) {
  json.BeginObject();
  for (size_t i = 0; i < items.size(); ++i) {
    const FieldDef* field = items[i].field;
    if (!field->repeated) {
      json.Key(field->name);
      write(items[i]);
      continue;
    }
    const auto same = [field](const Item& item) { return item.field == field; };
    if (std::any_of(items.begin(), items.begin() + static_cast<ptrdiff_t>(i), same)) continue;
    json.Key(field->name).BeginArray();
    for (size_t k = i; k < items.size(); ++k) {
      if (same(items[k])) write(items[k]);
    }
    json.EndArray();
  }
  json.EndObject();
}

}  // namespace

void AppendRevealedValues(JsonWriter& json, const std::vector<RevealedValue>& values) {
  AppendByField(json, values, [&json](const RevealedValue& value) { json.String(value.text); });
}

void AppendMaskedCustomer(JsonWriter& json, const MaskedCustomer& customer) {
  json.BeginObject().String("code", customer.code).String("compartment", customer.compartment);
  json.Int("tier", customer.tier).String("etag", customer.etag).Key("values");
  AppendByField(json, customer.values, [&json](const ShownValue& value) {
    json.BeginObject().String(value.plain ? "plain" : "masked", value.text).EndObject();
  });
  json.EndObject();
}

}  // namespace strongroom
