#include "model.h"

#include <algorithm>

#include "audit/export.h"
#include "audit/verifier.h"
#include "server/fsck.h"

namespace strongroom {

std::string NameText(const ModelCustomer& customer) { return "Person " + customer.external_id; }
std::string EmailText(uint64_t value) { return "p" + std::to_string(value) + "@example.com"; }
std::string ValueText(uint64_t value) { return "value " + std::to_string(value); }

Result<std::string> ResolveToken(World& world, const Caller& caller, const std::string& text) {
  const std::vector<std::string_view> texts = {text};
  const auto resolved = world.vault()->tokens().Resolve(caller, World::kDomain, texts).Wait();
  if (!resolved.ok()) return resolved.status();
  if (!resolved->front().ok()) return resolved->front().status();
  return resolved->front()->code;
}

bool IsOfToken(Reason reason) {
  return reason == Reason::kTokenNotFound || reason == Reason::kTokenOutdated || reason == Reason::kTokenRevoked ||
         reason == Reason::kTokenSpent;
}

std::vector<Room*> Model::Rooms() const {
  const std::shared_ptr<OpenVault> vault = world_.vault();
  std::vector<Room*> rooms = {&vault->house().office()};
  for (const auto& room : vault->house().compartments()) rooms.push_back(room.get());
  return rooms;
}

std::string Model::Check(uint64_t salt) {
  for (ModelCustomer& customer : customers) {
    if (std::string wrong = CheckCustomer(customer); !wrong.empty())
      return "customer " + customer.external_id + " " + wrong;
  }
  for (const ModelKeyed& one : keyed) {
    if (std::string wrong = CheckKeyed(one); !wrong.empty()) return one.name + " " + wrong;
  }
  if (std::string wrong = CheckAnswered(); !wrong.empty()) return wrong;
  if (std::string wrong = Witness(); !wrong.empty()) return wrong;
  for (const Room* room : Rooms()) {
    std::vector<std::string>& all = witnessed_[room->info.name];
    std::vector<std::string> some = {all.back(), all[salt % all.size()]};
    if (std::string wrong = VerifyLog(*room, some); !wrong.empty()) return wrong;
  }
  FsckOptions options;
  options.repair = salt % 4 == 0;
  // After a restore the log knows nothing of who was erased since the copy (docs/known-gaps.md).
  options.against_log = !restored_ && salt % 3 == 0;
  const Result<FsckReport> report = CheckVault(*world_.vault(), StoresOfFiles(world_.files()), options);
  if (!report.ok()) return "fsck fails: " + report.status().ToString();
  bool strays = false;
  for (const FsckFinding& finding : report->findings) {
    if (from_aged_copy_) break;
    if (!IsOfABrokenOffErasure(finding)) return "fsck finds: " + finding.Line();
    strays = true;
  }
  return strays ? CheckStraysGo() : "";
}

// What a customer's deterministic tokens left whose list could not be written before the key went: a disk that is full
// or broken keeps no key alive (docs/known-gaps.md).
bool Model::IsOfABrokenOffErasure(const FsckFinding& finding) const {
  if (finding.check != FsckCheck::kIndexRows || finding.what.find("who is not there") == std::string::npos)
    return false;
  return std::any_of(customers.begin(), customers.end(), [&](const ModelCustomer& customer) {
    return customer.erasure_broke_off && customer.code == finding.customer;
  });
}

// The remedy that is promised for it.
std::string Model::CheckStraysGo() {
  FsckOptions options;
  options.repair = true;
  const Result<FsckReport> repaired = CheckVault(*world_.vault(), StoresOfFiles(world_.files()), options);
  if (!repaired.ok()) return "fsck --repair fails: " + repaired.status().ToString();
  const Result<FsckReport> after = CheckVault(*world_.vault(), StoresOfFiles(world_.files()), {});
  if (!after.ok()) return "fsck fails: " + after.status().ToString();
  return after->findings.empty() ? "" : "fsck finds after a repair: " + after->findings.front().Line();
}

std::string Model::CheckCustomer(ModelCustomer& customer) {
  const std::shared_ptr<OpenVault> vault = world_.vault();
  const Result<OpenCustomer> opened = vault->customers().Open("ext:" + customer.external_id);
  if (!opened.ok() && customer.may_be_lost) return "";
  if (!opened.ok() && opened.reason() != Reason::kCustomerNotFound)
    return "cannot be opened: " + opened.status().ToString();
  const bool there = opened.ok();
  if (customer.erased && there) return "was erased and is there again";
  if (!there && !customer.erased && !customer.erasing && customer.value != 0) return "was answered and is gone";
  if (!customer.code.empty() && vault->customers().Open(customer.code).ok() != there)
    return "is found by its code or its external id, not by both";
  if (there) {
    if (customer.code.empty()) customer.code = vault->house().codes().EncodeCustomer(opened->id);
    if (customer.changed_since) return CheckChangedSince(*opened, customer);
    if (customer.erasing) ++settled_lost;
    customer.erasing = false;  // broke off before its intent was durable
    return CheckValues(*opened, customer);
  }
  if (customer.erasing || customer.attempted.has_value()) ++(customer.erasing ? settled_kept : settled_lost);
  customer.erasure_broke_off = customer.erasure_broke_off || customer.erasing;
  customer.erased = customer.erased || customer.erasing;
  customer.erasing = false;
  customer.attempted.reset();  // a create that left nothing
  return CheckGone(customer);
}

std::string Model::CheckGone(const ModelCustomer& customer) {
  for (const ModelToken& token : customer.tokens) {
    const Result<std::string> resolved = ResolveToken(world_, world_.Program(), token.text);
    if (!resolved.ok() && !IsOfToken(resolved.reason()))
      return "has a token that cannot be asked for: " + resolved.status().ToString();
    if (resolved.ok()) return "is erased, and a token of it resolves";
  }
  return CheckSearch("name", NameText(customer), "");
}

std::string Model::CheckSearch(const std::string& field, const std::string& value, const std::string& code) {
  std::vector<std::string> found;
  for (const char* compartment : {"main", "vip"}) {
    const auto some = world_.vault()->customers().Search(world_.Program(), compartment, field, value, false).Wait();
    if (!some.ok()) return "cannot be searched for: " + some.status().ToString();
    for (const MaskedCustomer& hit : *some) found.push_back(hit.code);
  }
  if (code.empty()) return found.empty() ? "" : "is gone, and a search finds it";
  return found == std::vector<std::string>{code} ? "" : "is not what a search by " + field + " finds";
}

std::string Model::CheckValues(const OpenCustomer& opened, ModelCustomer& customer) {
  const CataloguePtr catalogue = world_.vault()->catalogue().Current();
  const auto text_of = [&](const char* field) {
    const RecordValue* value = opened.record.Find(catalogue->FindField(field)->id);
    return value == nullptr ? std::string() : std::string(value->text);
  };
  if (customer.attempted.has_value()) {
    const bool kept = text_of("first") == ValueText(*customer.attempted);
    if (kept) customer.value = *customer.attempted;
    ++(kept ? settled_kept : settled_lost);
    customer.attempted.reset();
  }
  if (text_of("name") != NameText(customer)) return "has another name";
  if (text_of("first") != text_of("second")) return "was changed by half";
  if (text_of("first") != ValueText(customer.value)) return "has lost an answered change";
  if (text_of("email") != EmailText(customer.value)) return "has an email that does not belong to its other values";
  if (std::string wrong = CheckSearch("name", NameText(customer), customer.code); !wrong.empty()) return wrong;
  if (std::string wrong = CheckSearch("first", ValueText(customer.value), customer.code); !wrong.empty()) return wrong;
  const FieldDef* second = catalogue->FindField("second");
  if (second->search == SearchKind::kExact && !second->replaced.has_value()) {
    if (std::string wrong = CheckSearch("second", ValueText(customer.value), customer.code); !wrong.empty())
      return wrong;
  }
  if (std::string wrong = CheckTokens(customer); !wrong.empty()) return wrong;
  return CheckFiles(customer);
}

std::string Model::CheckTokens(ModelCustomer& customer) {
  for (ModelToken& token : customer.tokens) {
    if (token.one_time) continue;  // looking spends it: that is a step of its own
    const Result<std::string> resolved = ResolveToken(world_, world_.Program(), token.text);
    if (!resolved.ok() && !IsOfToken(resolved.reason()))
      return "has a token that cannot be asked for: " + resolved.status().ToString();
    const bool resolves = resolved.ok();
    if (token.revoking) {
      token.revoked = !resolves;
      token.revoking = false;
    }
    const bool outdated = token.value != 0 && token.value != customer.value;
    if (resolves && token.revoked) return "has a revoked token that resolves";
    if (resolves && outdated) return "has a token of a value that was replaced, and it resolves";
    if (!resolves && !token.revoked && !outdated) return "has lost a token: " + resolved.status().ToString();
    if (resolves && *resolved != customer.code) return "has a token that leads to somebody else";
  }
  return "";
}

std::string Model::CheckFiles(ModelCustomer& customer) {
  const auto listed = world_.vault()->files().List(world_.Program(), customer.code).Wait();
  if (!listed.ok()) return "has files that cannot be listed: " + listed.status().ToString();
  std::map<std::string, std::string> found;
  for (const FileInfo& info : *listed) {
    const auto got = world_.vault()->files().Get(world_.Program(), customer.code, info.id).Wait();
    if (!got.ok()) return "has a file that does not open: " + got.status().ToString();
    found[info.id] = std::string(got->content.view());
  }
  for (const auto& [id, content] : customer.files) {
    if (found.contains(id) ? found[id] != content : customer.deleting_file != id)
      return "has lost a file, or it is another";
  }
  for (const auto& [id, content] : found) {
    const auto& attempts = customer.attempted_files;
    if (!customer.files.contains(id) && std::find(attempts.begin(), attempts.end(), content) == attempts.end())
      return "has a file that nobody put there, or by half";
  }
  customer.files = std::move(found);
  customer.attempted_files.clear();
  customer.deleting_file.reset();
  return "";
}

std::string Model::CheckChangedSince(const OpenCustomer& opened, ModelCustomer& customer) {
  const CataloguePtr catalogue = world_.vault()->catalogue().Current();
  for (const char* field : {"name", "first", "second", "email"}) {
    const RecordValue* value = opened.record.Find(catalogue->FindField(field)->id);
    if (value == nullptr) {
      if (std::string_view(field) == "name") return "has lost its name";
      continue;
    }
    const auto is_of = [&](uint64_t number) {
      return value->text == (std::string_view(field) == "email" ? EmailText(number) : ValueText(number));
    };
    const bool known = std::string_view(field) == "name"
                           ? value->text == NameText(customer)
                           : is_of(customer.value) || is_of(customer.attempted.value_or(0));
    if (!known) return "has a value that the copy did not hold";
  }
  return CheckSearch("name", NameText(customer), customer.code);
}

void Model::TakeCopy(const BackupRecord& record) {
  ModelCopy copy;
  copy.id = record.id;
  copy.made_at = furthest_;
  if (!record.parent.empty()) {
    const auto parent =
        std::find_if(copies.begin(), copies.end(), [&](const ModelCopy& one) { return one.id == record.parent; });
    if (parent == copies.end()) return;  // made, and its answer was lost: nobody knows what it holds
    copy.files = parent->files;
  }
  copy.files.push_back(record.file);
  copy.customers = customers;
  copy.keyed = keyed;
  copies.push_back(std::move(copy));
}

void Model::GoBackTo(const ModelCopy& copy, Model& restored) const {
  constexpr int64_t kKeysAreKept = 34 * 86'400'000ll;
  // Of a copy older than that, whoever got another key in between may be lost, and fsck says so.
  const bool aged = furthest_ - copy.made_at > kKeysAreKept;
  restored.restored_ = true;
  restored.from_aged_copy_ = aged;
  for (const ModelCustomer& now : customers) {
    const auto then = std::find_if(copy.customers.begin(), copy.customers.end(),
                                   [&](const ModelCustomer& one) { return one.external_id == now.external_id; });
    const bool gone = now.erased || then == copy.customers.end() || then->erased;
    ModelCustomer back = gone ? now : *then;
    back.erased = gone;
    if (!gone) {
      back.code = now.code;
      const bool unsettled = then->attempted.has_value() || then->erasing || then->deleting_file.has_value();
      back.changed_since = unsettled || then->taken_away != now.taken_away || then->value != now.value;
      back.may_be_lost = aged || then->value == 0 || then->erasing;
      back.erasing = false;
      // What was revoked since resolves again, or does not.
      for (ModelToken& token : back.tokens) {
        const auto known = std::find_if(now.tokens.begin(), now.tokens.end(),
                                        [&](const ModelToken& one) { return one.text == token.text; });
        token.revoking = token.revoking || known == now.tokens.end() || known->revoked || known->revoking;
      }
    }
    restored.customers.push_back(std::move(back));
  }
  for (const ModelKeyed& now : keyed) {
    const auto then =
        std::find_if(copy.keyed.begin(), copy.keyed.end(), [&](const ModelKeyed& one) { return one.name == now.name; });
    ModelKeyed back = then == copy.keyed.end() ? now : *then;
    if (then == copy.keyed.end()) {
      back.code.clear();
      back.may_be_done = false;
    }
    restored.keyed.push_back(std::move(back));
  }
}

std::string Model::CheckKeyed(const ModelKeyed& one) {
  const auto hits = world_.vault()->customers().Search(world_.Program(), "main", "name", one.name, false).Wait();
  if (!hits.ok()) return "cannot be searched for: " + hits.status().ToString();
  if (hits->size() > 1) return "came of one request, and is there " + std::to_string(hits->size()) + " times";
  if (!one.may_be_done && !hits->empty()) return "is there, and its request never came through";
  if (one.code.empty()) return "";
  return hits->size() == 1 && hits->front().code == one.code ? "" : "was answered and is gone, or is somebody else";
}

void Model::ClockMoved() {
  constexpr int64_t kKeyLives = 23 * 3'600'000;
  const UnixMillis now = world_.clock().NowMillis();
  latest_ = std::max(latest_, now);
  furthest_ = std::max(furthest_, now);
  for (ModelKeyed& one : keyed) one.too_old = one.too_old || now - one.sent_at > kKeyLives;
}

// Newest first, until every request answered since the last look was found.
std::string Model::CheckAnswered() {
  for (const Room* room : Rooms()) {
    std::optional<uint64_t> before;
    while (!answered_.empty()) {
      const Result<LogPage> page = room->log->Find({}, 1'000, before);
      if (!page.ok()) return "log " + room->info.name + ": " + page.status().ToString();
      for (const IndexedEntry& indexed : page->entries) answered_.erase(indexed.entry.request_id);
      before = page->next_before;
      if (!before.has_value()) break;
    }
  }
  if (answered_.empty()) return "";
  return "request " + std::to_string(*answered_.begin()) + " was answered and stands in no log";
}

std::string Model::Witness() {
  for (const Room* room : Rooms()) {
    const Result<std::string> note = room->log->ReadCheckpoint();
    if (!note.ok()) return "log " + room->info.name + " has no checkpoint: " + note.status().ToString();
    std::vector<std::string>& all = witnessed_[room->info.name];
    if (!all.empty() && all.back() == *note) continue;
    all.push_back(*note);
    ++checkpoints_;
  }
  return "";
}

std::string Model::VerifyLog(const Room& room, const std::vector<std::string>& older) {
  const std::string directory = exports_.Path(room.info.name);
  const Result<VerifierKey> key = room.log->Key();
  if (!key.ok()) return "log " + room.info.name + " has no key: " + key.status().ToString();
  if (const auto exported = ExportLog(*room.log, directory, *key); !exported.ok())
    return "log " + room.info.name + " cannot be exported: " + exported.status().ToString();
  for (const std::string& note : older) {
    const VerifyReport report = VerifyExport(directory, *key, note);
    if (!report.ok())
      return "log " + room.info.name + " does not continue what was seen: " + report.problem->ToString();
  }
  return "";
}

std::string Model::VerifyAll() {
  for (const Room* room : Rooms()) {
    if (std::string wrong = VerifyLog(*room, witnessed_[room->info.name]); !wrong.empty()) return wrong;
  }
  return "";
}

std::string Model::SawCustomer(const std::string& external_id) {
  const auto listed = world_.vault()->budgets().List(world_.Support()).Wait();
  if (!listed.ok()) return "";  // the disk failed meanwhile: this one is not counted
  UnixMillis until = 0;
  for (const PersonsBudgets& person : *listed) {
    for (const BudgetUse& use : person.budgets) {
      if (use.budget == "support-hour") until = use.until;
    }
  }
  if (until == 0) return "somebody was shown a customer and no budget was used";
  if (until != window_until_) {
    if (latest_ < window_until_) return "a budget began anew before its time";
    window_until_ = until;
    latest_ = world_.clock().NowMillis();
    seen_.clear();
  }
  seen_.insert(external_id);
  return seen_.size() <= World::kBudget ? "" : "somebody saw more customers than the budget allows";
}

}  // namespace strongroom
