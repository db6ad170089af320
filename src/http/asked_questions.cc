#include "http/asked_questions.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"

namespace strongroom {
namespace {

constexpr size_t kMaxFields = 200;
constexpr size_t kMaxCustomers = 200;

// In the order of the OpenAPI document.  Actions that read the house are not approved, but named: the table is also
// what says which action a route stands for.
constexpr RouteAction kRoutes[] = {
    {"PUT", "/v1/catalogue/fields/{name}", Action::kCatalogueChange},
    {"PUT", "/v1/catalogue/collection-points/{name}", Action::kCatalogueChange},
    {"POST", "/v1/customers", Action::kCustomerCreate},
    {"GET", "/v1/customers", Action::kCustomerList},
    {"POST", "/v1/customers:search", Action::kCustomerSearch},
    {"POST", "/v1/customers:reveal", Action::kCustomerReveal},
    {"POST", "/v1/customers:export", Action::kCustomerExport},
    {"GET", "/v1/customers/{code}", Action::kCustomerRead},
    {"PATCH", "/v1/customers/{code}", Action::kCustomerChange},
    {"DELETE", "/v1/customers/{code}", Action::kCustomerErase},
    {"POST", "/v1/customers/{code}/reveal", Action::kCustomerReveal},
    {"POST", "/v1/customers/{code}/compare", Action::kCustomerCompare},
    {"POST", "/v1/customers/{code}/undo-erasure", Action::kErasureUndo},
    {"POST", "/v1/customers/{code}/move", Action::kCustomerMove},
    {"POST", "/v1/customers/{code}/files/{file}/content", Action::kFileGet},
    {"DELETE", "/v1/customers/{code}/files/{file}", Action::kFileDelete},
    {"PUT", "/v1/token-domains/{domain}", Action::kTokenDomainChange},
    {"POST", "/v1/token-domains/{domain}/revoke", Action::kTokenRevoke},
    {"POST", "/v1/api-keys", Action::kCredentialCreate},
    {"DELETE", "/v1/api-keys/{id}", Action::kCredentialRevoke},
    {"POST", "/v1/staff", Action::kStaffInvite},
    {"POST", "/v1/staff/{id}/vet", Action::kStaffVet},
    {"POST", "/v1/staff/{id}/roles", Action::kStaffChange},
    {"POST", "/v1/staff/{id}/resume", Action::kStaffChange},
    {"POST", "/v1/staff/{id}/invite-again", Action::kStaffChange},
    {"POST", "/v1/staff/{id}/suspend", Action::kStaffSuspend},
    {"POST", "/v1/staff/{id}/leave", Action::kStaffSuspend},
    {"PUT", "/v1/access-settings", Action::kAccessChange},
    {"PUT", "/v1/registers/{name}", Action::kAccessChange},
    {"PUT", "/v1/single-sign-on", Action::kAccessChange},
    {"DELETE", "/v1/single-sign-on", Action::kAccessChange},
    {"PUT", "/v1/policy", Action::kPolicyChange},
    {"POST", "/v1/lock", Action::kServerLock},
};

// The value of `{code}` when the path fits the pattern and has one; else "" for a fit, nothing for none.
std::optional<std::string> Fit(std::string_view pattern, std::string_view path) {
  std::string code;
  while (true) {
    const std::string_view want = pattern.substr(0, pattern.find('/'));
    const std::string_view have = path.substr(0, path.find('/'));
    if (want.starts_with('{')) {
      if (have.empty()) return std::nullopt;
      if (want == "{code}") {
        const Result<std::string> decoded = PercentDecode(have);
        if (!decoded.ok()) return std::nullopt;
        code = *decoded;
      }
    } else if (want != have) {
      return std::nullopt;
    }
    if (want.size() == pattern.size() || have.size() == path.size()) {
      return want.size() == pattern.size() && have.size() == path.size() ? std::optional(code) : std::nullopt;
    }
    pattern.remove_prefix(want.size() + 1);
    path.remove_prefix(have.size() + 1);
  }
}

// The customers a request is about: where they live, and the highest tier.
struct About {
  std::string compartment = "office";
  uint8_t tier = 0;
};

Status Add(OpenVault& vault, std::string_view code, About& about, AskedQuestions& asked, bool even_blocked = false) {
  const Result<OpenCustomer> customer =
      even_blocked ? vault.customers().OpenEvenBlocked(code) : vault.customers().Open(code);
  if (!customer.ok() && customer.reason() != Reason::kCustomerNotFound) return customer.status();
  const Room* const room = customer.ok() ? customer->room : vault.customers().RoomOfCode(code);
  if (room != nullptr) about.compartment = room->info.name;
  if (customer.ok()) about.tier = std::max(about.tier, customer->record.tier);
  asked.of_nobody = asked.of_nobody || !customer.ok();
  return Status::Ok();
}

AskedQuestion Question(Action action, const About& about) {
  AskedQuestion question;
  question.action = action;
  question.compartment = about.compartment;
  question.tier = about.tier;
  return question;
}

void AddField(AskedQuestions& asked, Action action, const About& about, const FieldDef& field) {
  AskedQuestion question = Question(action, about);
  question.has_field = true;
  question.field = field.name;
  question.sensitivity = field.sensitivity;
  if (std::find(asked.questions.begin(), asked.questions.end(), question) == asked.questions.end()) {
    asked.questions.push_back(std::move(question));
  }
}

Status AddFields(OpenVault& vault, const JsonValue& body, Action action, const About& about, AskedQuestions& asked) {
  ASSIGN_OR_RETURN(const std::optional<JsonValue> fields, body.OptArray("fields"));
  if (!fields.has_value()) return Status::Ok();
  if (fields->size() > kMaxFields) return Status(Reason::kBatchTooLarge, "'fields' has more than 200 entries");
  const CataloguePtr catalogue = vault.catalogue().Current();
  for (const JsonValue name : *fields) {
    ASSIGN_OR_RETURN(const std::string_view text, name.AsString());
    ASSIGN_OR_RETURN(const FieldDef* field, catalogue->Field(text));
    AddField(asked, action, about, *field);
  }
  return Status::Ok();
}

Status AddOneField(OpenVault& vault, const JsonValue& body, Action action, const About& about, AskedQuestions& asked) {
  ASSIGN_OR_RETURN(const std::string_view name, body.GetString("field"));
  ASSIGN_OR_RETURN(const FieldDef* field, vault.catalogue().Current()->Field(name));
  AddField(asked, action, about, *field);
  return Status::Ok();
}

// Of every customer named, the strictest: one answer is given for all.
Status AddBatch(OpenVault& vault, const JsonValue& body, AskedQuestions& asked) {
  ASSIGN_OR_RETURN(const JsonValue items, body.GetArray("items"));
  if (items.size() > kMaxCustomers) {
    return Status(Reason::kBatchTooLarge, "a batch that is to be approved names at most 200 customers");
  }
  About about;
  for (const JsonValue item : items) {
    ASSIGN_OR_RETURN(const std::string_view code, item.GetString("code"));
    RETURN_IF_ERROR(Add(vault, code, about, asked));
  }
  RETURN_IF_ERROR(AddFields(vault, body, Action::kCustomerReveal, about, asked));
  for (const JsonValue item : items) {
    RETURN_IF_ERROR(AddFields(vault, item, Action::kCustomerReveal, about, asked));
  }
  return Status::Ok();
}

Status AddChange(const JsonValue& body, const About& about, AskedQuestions& asked) {
  const bool sets_tier = body.Find("tier").has_value();
  const bool values = body.Find("set").has_value() || body.Find("remove").has_value() || !sets_tier;
  if (values) asked.questions.push_back(Question(Action::kCustomerChange, about));
  if (sets_tier) asked.questions.push_back(Question(Action::kCustomerTier, about));
  return Status::Ok();
}

// Which field a file is of is not told before it may be read: so of any.
void AddFileFields(OpenVault& vault, const About& about, AskedQuestions& asked) {
  const CataloguePtr catalogue = vault.catalogue().Current();
  for (const FieldDef& field : catalogue->fields()) {
    if (field.type == FieldType::kFile) AddField(asked, Action::kFileGet, about, field);
  }
}

Status AddCompartment(OpenVault& vault, const JsonValue& body, About& about) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> name, body.OptString("compartment"));
  ASSIGN_OR_RETURN(const Room* room, vault.house().RoomByName(name.value_or("")));
  about.compartment = room->info.name;
  return Status::Ok();
}

Status AddFromBody(OpenVault& vault, Action action, About about, const AskedRequest& request, AskedQuestions& asked) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(request.body));
  const JsonValue body = document.root();
  ASSIGN_OR_RETURN(const std::optional<std::string_view> purpose, body.OptString("purpose"));
  asked.purpose = std::string(purpose.value_or(""));
  switch (action) {
    case Action::kCustomerReveal:
      return body.Find("items").has_value() ? AddBatch(vault, body, asked)
                                            : AddFields(vault, body, action, about, asked);
    case Action::kCustomerExport:
      RETURN_IF_ERROR(AddCompartment(vault, body, about));
      return AddFields(vault, body, action, about, asked);
    case Action::kCustomerSearch:
      RETURN_IF_ERROR(AddCompartment(vault, body, about));
      return AddOneField(vault, body, action, about, asked);
    case Action::kCustomerCompare:
      return AddOneField(vault, body, action, about, asked);
    case Action::kCustomerChange:
      return AddChange(body, about, asked);
    case Action::kFileGet:
      AddFileFields(vault, about, asked);
      return Status::Ok();
    default:
      return Status(Reason::kInternal);
  }
}

bool IsDecidedFromBody(Action action) {
  switch (action) {
    case Action::kCustomerReveal:
    case Action::kCustomerExport:
    case Action::kCustomerSearch:
    case Action::kCustomerCompare:
    case Action::kCustomerChange:
    case Action::kFileGet:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::span<const RouteAction> RouteActions() { return kRoutes; }

Result<AskedQuestions> QuestionsOf(OpenVault& vault, const AskedRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  for (const RouteAction& route : kRoutes) {
    if (route.method != request.method) continue;
    const std::optional<std::string> code = Fit(route.pattern, path);
    if (!code.has_value()) continue;
    About about;
    AskedQuestions asked;
    // Who is being erased is asked about by whoever undoes that, or does it at once.
    const bool of_erasure = route.action == Action::kErasureUndo || route.action == Action::kCustomerErase;
    if (!code->empty()) RETURN_IF_ERROR(Add(vault, *code, about, asked, of_erasure));
    if (IsDecidedFromBody(route.action)) {
      RETURN_IF_ERROR(AddFromBody(vault, route.action, about, request, asked));
    } else {
      asked.questions.push_back(Question(route.action, about));
    }
    return asked;
  }
  return Status(Reason::kRouteNotFound, "no call of this method and target can be approved");
}

}  // namespace strongroom
