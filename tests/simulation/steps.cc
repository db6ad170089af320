// The table of steps.  Each works on the real services; what it was answered goes into the model, and what it was not
// answered is left there as attempted, for the next check to settle.
#include <algorithm>

#include "simulation.h"

namespace strongroom {

ModelCustomer* AnyCustomer(Simulated& now) {
  std::vector<ModelCustomer*> usable;
  for (ModelCustomer& customer : now.model.customers) {
    if (customer.Usable()) usable.push_back(&customer);
  }
  return usable.empty() ? nullptr : usable[now.Draw(usable.size())];
}

ModelCustomer& AddCustomer(Simulated& now, const std::string& kind, const std::string& compartment) {
  ModelCustomer customer;
  customer.external_id = kind + "-" + std::to_string(now.next_customer++);
  customer.compartment = compartment;
  customer.attempted = now.next_value++;
  now.model.customers.push_back(std::move(customer));
  return now.model.customers.back();
}

ModelToken* AnyToken(Simulated& now, ModelCustomer& customer, bool one_time) {
  std::vector<ModelToken*> some;
  for (ModelToken& token : customer.tokens) {
    const bool current = token.value == 0 || token.value == customer.value;
    if (current && token.one_time == one_time && !token.revoked && !token.revoking) some.push_back(&token);
  }
  return some.empty() ? nullptr : some[now.Draw(some.size())];
}

namespace {

// For steps of several calls: the first that fails is what became of the step.
#define RETURN_IF_BROKEN(call)                                        \
  do {                                                                \
    if (Status status_ = (call); !status_.ok()) return {status_, ""}; \
  } while (false)

constexpr const char* kCard = kSimulatedCard;
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kDay = 24 * kHour;

void Take(ModelCustomer& customer) {
  customer.value = *customer.attempted;
  customer.attempted.reset();
}

StepOutcome Create(Simulated& now) {
  ModelCustomer& customer = AddCustomer(now, "c", now.Draw(3) == 0 ? "vip" : "main");
  const std::string name = NameText(customer);
  const std::string email = EmailText(*customer.attempted);
  const std::string value = ValueText(*customer.attempted);
  CreateRequest request;
  request.compartment = customer.compartment;
  request.collection_point = World::kPoint;
  request.external_id = customer.external_id;
  request.values = {{"name", name}, {"email", email}, {"card", kCard}, {"first", value}, {"second", value}};
  const Caller caller = now.world.Program();
  const auto made = now.world.vault()->customers().Create(caller, request).Wait();
  if (!made.ok()) return {made.status(), ""};
  now.model.Answered(caller);
  customer.code = made->code;
  Take(customer);
  return {};
}

StepOutcome Change(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  customer->attempted = now.next_value++;
  const std::string email = EmailText(*customer->attempted);
  const std::string value = ValueText(*customer->attempted);
  ChangeRequest request;
  request.code = customer->code;
  request.any_version = true;
  request.collection_point = World::kPoint;
  request.set = {{"email", email}, {"first", value}, {"second", value}};
  const Caller caller = now.world.Program();
  const auto changed = now.world.vault()->customers().Change(caller, request).Wait();
  if (!changed.ok()) return {changed.status(), ""};
  now.model.Answered(caller);
  Take(*customer);
  return {};
}

StepOutcome Reveal(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const Caller caller = now.world.Program();
  const auto shown = now.world.vault()->customers().Reveal(caller, {customer->code, {"name", "first"}}).Wait();
  if (!shown.ok()) return {shown.status(), ""};
  now.model.Answered(caller);
  for (const RevealedValue& value : shown->values) {
    if (value.field->name == "first" && value.text != ValueText(customer->value))
      return {{}, "a reveal shows another value"};
  }
  return {};
}

StepOutcome Compare(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const Caller caller = now.world.Program();
  const auto same =
      now.world.vault()->customers().Compare(caller, customer->code, "email", EmailText(customer->value)).Wait();
  if (!same.ok()) return {same.status(), ""};
  now.model.Answered(caller);
  return {{}, *same ? "" : "a comparison denies what is held"};
}

StepOutcome Search(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const Caller caller = now.world.Program();
  const auto hits = now.world.vault()
                        ->customers()
                        .Search(caller, customer->compartment, "email", EmailText(customer->value), false)
                        .Wait();
  if (!hits.ok()) return {hits.status(), ""};
  now.model.Answered(caller);
  return {{}, hits->size() == 1 && hits->front().code == customer->code ? "" : "a search finds others, or nobody"};
}

StepOutcome SupportReveal(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const Caller caller = now.world.Support();
  const auto shown = now.world.vault()->customers().Reveal(caller, {customer->code, {"name"}}).Wait();
  if (shown.reason() == Reason::kBudgetExhausted || shown.reason() == Reason::kPersonLocked) return {};
  if (!shown.ok()) return {shown.status(), ""};
  now.model.Answered(caller);
  return {{}, now.model.SawCustomer(customer->external_id)};
}

StepOutcome Erase(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  customer->erasing = true;
  const uint64_t faults_before = now.world.faults_made();
  const Caller caller = now.world.Program();
  const auto erased = now.world.vault()->customers().Erase(caller, customer->code).Wait();
  if (!erased.ok()) return {erased.status(), ""};
  now.model.Answered(caller);
  const bool seen_gone = erased->key_gone && erased->record_gone && erased->index_rows_gone;
  if (!seen_gone && now.world.faults_made() != faults_before) return {};  // it could not be looked up: the check does
  customer->erased = true;
  customer->erasing = false;
  return {{}, seen_gone ? "" : "an erasure left something"};
}

StepOutcome Rekey(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  ++customer->taken_away;
  return {now.world.vault()->customers().Rekey(now.world.Program(), customer->code).Wait().status(), ""};
}

StepOutcome MakeToken(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const uint64_t kind = now.Draw(4);  // random, deterministic, shaped, one-time
  TokenRequest request;
  request.code = customer->code;
  request.field = kind == 2 ? "card" : "email";
  request.format = kind == 1   ? TokenFormat::kDeterministic
                   : kind == 2 ? TokenFormat::kFormatPreserving
                               : TokenFormat::kRandom;
  request.one_time = kind == 3;
  const Caller caller = now.world.Program();
  const auto made = now.world.vault()->tokens().Create(caller, World::kDomain, std::span(&request, 1)).Wait();
  if (made.reason() == Reason::kTokenRevoked && kind == 1) return {};
  if (!made.ok()) return {made.status(), ""};
  // Of a deterministic token that was revoked there is none any more.
  if (made->front().reason() == Reason::kTokenRevoked && kind == 1) return {};
  if (!made->front().ok()) return {made->front().status(), ""};
  now.model.Answered(caller);
  for (const ModelToken& known : customer->tokens) {
    if (known.text == made->front()->token) return {};  // deterministic: the same again
  }
  ModelToken token;
  token.text = made->front()->token;
  token.value = kind == 2 ? 0 : customer->value;
  token.one_time = kind == 3;
  customer->tokens.push_back(std::move(token));
  return {};
}

StepOutcome SpendToken(Simulated& now) {
  std::vector<std::pair<ModelCustomer*, ModelToken*>> some;
  for (ModelCustomer& customer : now.model.customers) {
    ModelToken* const token = customer.Usable() ? AnyToken(now, customer, true) : nullptr;
    if (token != nullptr) some.emplace_back(&customer, token);
  }
  if (some.empty()) return MakeToken(now);
  ModelToken& token = *some[now.Draw(some.size())].second;
  const bool may_be_spent = token.spent || token.spending;
  token.spending = true;
  const Caller caller = now.world.Program();
  const Result<std::string> resolved = ResolveToken(now.world, caller, token.text);
  if (!resolved.ok() && !IsOfToken(resolved.reason())) return {resolved.status(), ""};
  token.spending = false;
  if (resolved.ok()) {
    now.model.Answered(caller);
    const bool twice = token.spent;
    token.spent = true;
    return {{}, twice ? "a one-time token was spent twice" : ""};
  }
  token.spent = true;
  if (resolved.reason() != Reason::kTokenSpent) return {resolved.status(), ""};
  return {{}, may_be_spent ? "" : "a one-time token was spent by nobody"};
}

StepOutcome RevokeToken(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  ModelToken* const token = customer == nullptr ? nullptr : AnyToken(now, *customer, false);
  if (token == nullptr) return MakeToken(now);
  token->revoking = true;
  const Caller caller = now.world.Program();
  const std::vector<std::string_view> texts = {token->text};
  const auto revoked = now.world.vault()->tokens().Revoke(caller, World::kDomain, texts).Wait();
  if (!revoked.ok()) return {revoked.status(), ""};
  if (!revoked->front().ok()) return {revoked->front(), ""};
  now.model.Answered(caller);
  token->revoked = true;
  token->revoking = false;
  return {};
}

StepOutcome PutFile(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  std::string content(1 + now.Draw(600'000), 'x');  // to three chunks
  content += std::to_string(now.next_value++);
  customer->attempted_files.push_back(content);
  const Caller caller = now.world.Program();
  const auto kept = now.world.vault()
                        ->files()
                        .Put(caller, customer->code, World::kPoint, "scan", "scan.pdf", "application/pdf", content)
                        .Wait();
  if (!kept.ok()) return {kept.status(), ""};
  now.model.Answered(caller);
  customer->attempted_files.pop_back();
  customer->files[kept->id] = std::move(content);
  return {};
}

StepOutcome DeleteFile(Simulated& now) {
  for (ModelCustomer& customer : now.model.customers) {
    if (!customer.Usable() || customer.files.empty() || customer.deleting_file.has_value()) continue;
    const std::string id = customer.files.begin()->first;
    customer.deleting_file = id;
    ++customer.taken_away;
    const Caller caller = now.world.Program();
    const auto gone = now.world.vault()->files().Delete(caller, customer.code, id).Wait();
    if (!gone.ok()) return {gone.status(), ""};
    now.model.Answered(caller);
    customer.files.erase(id);
    customer.deleting_file.reset();
    return {};
  }
  return PutFile(now);
}

StepOutcome Import(Simulated& now) {
  ImportMapping mapping;
  mapping.format = "csv";
  mapping.compartment = "main";
  mapping.collection_point = World::kPoint;
  mapping.columns = {{"id", "", true},        {"name", "name", false},   {"email", "email", false},
                     {"card", "card", false}, {"first", "first", false}, {"second", "second", false}};
  const size_t before = now.model.customers.size();
  std::string csv = "id,name,email,card,first,second\n";
  for (uint64_t i = 0; i <= now.Draw(4); ++i) {
    const ModelCustomer& customer = AddCustomer(now, "i", "main");
    const std::string value = ValueText(*customer.attempted);
    csv += customer.external_id + "," + NameText(customer) + "," + EmailText(*customer.attempted) + "," + kCard + "," +
           value + "," + value + "\n";
  }
  const Caller caller = now.world.Program();
  const auto done = now.world.vault()->importer().ImportPiece(caller, mapping, csv, 1, true, true).Wait();
  if (!done.ok()) return {done.status(), ""};
  if (!done->bad_rows.empty()) return {{}, "an import calls a row bad: " + done->bad_rows.front().reason};
  for (size_t i = before; i < now.model.customers.size(); ++i) {
    ModelCustomer& customer = now.model.customers[i];
    Take(customer);
    const auto opened = now.world.vault()->customers().Open("ext:" + customer.external_id);
    if (!opened.ok()) return {opened.status(), ""};
    customer.code = now.world.vault()->house().codes().EncodeCustomer(opened->id);
  }
  return {};
}

StepOutcome SignCustomerIn(Simulated& now) {
  ModelCustomer* const customer = AnyCustomer(now);
  if (customer == nullptr) return Create(now);
  const std::shared_ptr<OpenVault> vault = now.world.vault();
  const auto text = [](uint64_t number) { return "violet-harbour-" + std::to_string(number) + "-lantern"; };
  if (!customer->password.has_value() && !customer->attempted_password.has_value()) {
    customer->attempted_password = now.next_value++;
    const std::string password = text(*customer->attempted_password);
    const Status set = vault->customer_door().factors().SetPassword(
        now.world.Program(), customer->code, {"password", World::kPoint, password, IpAddress::Loopback()});
    if (!set.ok()) return {set, ""};
    customer->password = std::exchange(customer->attempted_password, std::nullopt);
    return {};
  }
  const bool known = customer->password.has_value();
  const std::string password = text(known ? *customer->password : *customer->attempted_password);
  const auto step = vault->customer_door().sign_in().Begin(now.world.Program(), {customer->code, "password", password},
                                                           {IpAddress::Loopback(), ""});
  if (!step.ok()) return {step.status(), ""};
  const bool in = step->outcome == CustomerStep::Outcome::kDone;
  if (known && !in) return {{}, "a customer's password, which was answered, does not sign them in"};
  if (in) customer->password = customer->attempted_password.value_or(*customer->password);
  customer->attempted_password.reset();
  return {};
}

// The field `second` is searchable, or is so no more; its index is made anew by the next steps.
StepOutcome ChangeCatalogue(Simulated& now) {
  const std::shared_ptr<OpenVault> vault = now.world.vault();
  FieldDef field = *vault->catalogue().Current()->FindField("second");
  field.search = field.search == SearchKind::kExact ? SearchKind::kNone : SearchKind::kExact;
  field.replaced.reset();
  const Status put = vault->catalogue().PutField(now.world.Program(), std::move(field)).Wait().status();
  if (put.reason() == Reason::kIndexBuilding) return {vault->index_jobs().RunAll(), ""};
  return {put, ""};
}

StepOutcome IndexPiece(Simulated& now) { return {now.world.vault()->index_jobs().RunPiece().status(), ""}; }

StepOutcome Rotate(Simulated& now) {
  const std::shared_ptr<OpenVault> vault = now.world.vault();
  const Status rotated = vault->key_rotation().Rotate(now.world.Program()).Wait().status();
  if (!rotated.ok() && rotated.reason() != Reason::kRotationUnderWay) return {rotated, ""};
  return {now.Draw(2) == 0 ? Status::Ok() : vault->key_rotation().RunDue(), ""};
}

StepOutcome RunDue(Simulated& now) { return {now.world.vault()->key_rotation().RunDue(), ""}; }

StepOutcome DestroyEpochs(Simulated& now) {
  const std::shared_ptr<OpenVault> vault = now.world.vault();
  RETURN_IF_BROKEN(vault->key_rotation().RunDue());
  now.world.clock().Advance(36 * kDay);
  return {vault->key_rotation().DestroyDue(now.world.Program()).Wait().status(), ""};
}

StepOutcome ChangeRoot(Simulated& now) { return {now.world.ChangeLock(false, true), ""}; }

// To a passphrase or a token and back to shares, which cannot be known if their answer is lost: so nothing fails on the
// way back.
StepOutcome ChangeLock(Simulated& now) {
  const LockKind other = now.Draw(2) == 0 ? LockKind::kPassphrase : LockKind::kPkcs11;
  if (now.world.HasShares()) RETURN_IF_BROKEN(now.world.ChangeLock(true, now.Draw(2) == 0, other));
  if (now.Draw(2) == 0) return {};  // and stays there
  now.world.ClearPlans();
  return {now.world.ChangeLock(true, false), ""};
}

StepOutcome LockAndUnlock(Simulated& now) {
  RETURN_IF_BROKEN(now.world.Lock());
  return {now.world.Unlock(), ""};
}

// Of the data, whole or going on from the newest; or of the keys.
StepOutcome MakeCopy(Simulated& now) {
  BackupRequest request;
  if (now.Draw(5) == 0) request.kind = BackupKind::kKeys;
  request.incremental = request.kind == BackupKind::kData && !now.model.copies.empty() && now.Draw(2) == 0;
  const Result<BackupRecord> made = now.world.Backup(request);
  if (!made.ok()) return {made.status(), ""};
  if (request.kind == BackupKind::kData) now.model.TakeCopy(*made);
  return {};
}

StepOutcome SequenceLogs(Simulated& now) {
  for (const char* room : World::kRooms) RETURN_IF_BROKEN(now.world.Sequence(room));
  now.world.ClearPlans();  // a witness reads from elsewhere: no fault of this disk's is theirs
  return {{}, now.model.Witness()};
}

// NTP puts the clock right, a machine wakes up, or time just passes.
StepOutcome JumpClock(Simulated& now) {
  SimulatedClock& clock = now.world.clock();
  const int64_t millis = static_cast<int64_t>(now.Draw(static_cast<uint64_t>(2 * kHour)));
  const uint64_t how = now.Draw(4);
  if (how == 0) clock.StepWall(-millis / 4);
  if (how == 1) clock.StepWall(static_cast<int64_t>(now.Draw(5)) * kDay);
  if (how >= 2) clock.Advance(millis);
  now.model.ClockMoved();
  return {};
}

}  // namespace

const std::vector<StepKind>& Steps() {
  // name, how often, what it does.  A kind that is added here is drawn, swept (simulation_test.cc) and traced.
  static const std::vector<StepKind> steps = {
      {"create", 14, Create},
      {"change", 12, Change},
      {"reveal", 8, Reveal},
      {"compare", 4, Compare},
      {"search", 4, Search},
      {"support", 8, SupportReveal},
      {"token", 12, MakeToken},
      {"spend", 10, SpendToken},
      {"revoke", 3, RevokeToken},
      {"put-file", 4, PutFile},
      {"delete-file", 2, DeleteFile},
      {"import", 4, Import},
      {"sign-in", 1, SignCustomerIn},
      {"erase", 5, Erase},
      {"rekey", 3, Rekey},
      {"catalogue", 2, ChangeCatalogue},
      {"index", 4, IndexPiece},
      {"rotate", 3, Rotate},
      {"run-due", 3, RunDue},
      {"destroy", 2, DestroyEpochs},
      {"root", 2, ChangeRoot},
      {"lock", 1, ChangeLock},
      {"unlock", 2, LockAndUnlock},
      {"backup", 3, MakeCopy},
      {"sequence", 10, SequenceLogs},
      {"clock", 6, JumpClock},
      {"wire-create", 3, WireCreate},
      {"wire-keyed", 4, WireCreateKeyed},
      {"wire-late", 3, WireLate},
      {"wire-token", 3, WireToken},
      {"wire-spend", 3, WireSpend},
      {"wire-change", 3, WireChange},
      {"wire-erase", 1, WireErase},
  };
  return steps;
}

}  // namespace strongroom
