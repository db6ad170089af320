#include "policy/action.h"

#include <array>
#include <iterator>

namespace strongroom {
namespace {

struct ActionInfo {
  Action action = Action::kNone;
  std::string_view name;
  bool touches_personal_data = false;
};

constexpr bool kTouches = true;
constexpr bool kHouseOnly = false;

// In order of number: AllActions() promises it and a test checks it.
constexpr ActionInfo kTable[] = {
    {Action::kCustomerCreate, "customer.create", kTouches},
    {Action::kCustomerRead, "customer.read", kTouches},
    {Action::kCustomerList, "customer.list", kTouches},
    {Action::kCustomerSearch, "customer.search", kTouches},
    {Action::kCustomerReveal, "customer.reveal", kTouches},
    {Action::kCustomerCompare, "customer.compare", kTouches},
    {Action::kCustomerChange, "customer.change", kTouches},
    {Action::kCustomerErase, "customer.erase", kTouches},
    {Action::kCustomerImport, "customer.import", kTouches},
    {Action::kCustomerExport, "customer.export", kTouches},
    {Action::kFilePut, "file.put", kTouches},
    {Action::kFileGet, "file.get", kTouches},
    {Action::kFileDelete, "file.delete", kTouches},
    {Action::kPasswordVerify, "password.verify", kTouches},
    {Action::kCustomerTier, "customer.tier", kTouches},
    {Action::kCustomerRekey, "customer.rekey", kTouches},
    {Action::kTokenCreate, "token.create", kTouches},
    {Action::kTokenResolve, "token.resolve", kTouches},
    {Action::kTokenRevoke, "token.revoke", kTouches},
    {Action::kTokenDomainChange, "token_domain.change", kHouseOnly},
    {Action::kTokenDomainRead, "token_domain.read", kHouseOnly},
    {Action::kCatalogueRead, "catalogue.read", kHouseOnly},
    {Action::kCatalogueChange, "catalogue.change", kHouseOnly},
    {Action::kCredentialCreate, "credential.create", kHouseOnly},
    {Action::kCredentialRead, "credential.read", kHouseOnly},
    {Action::kCredentialRevoke, "credential.revoke", kHouseOnly},
    {Action::kPolicyRead, "policy.read", kHouseOnly},
    {Action::kPolicyChange, "policy.change", kHouseOnly},
    {Action::kAuditRead, "audit.read", kTouches},
    {Action::kAuditExport, "audit.export", kTouches},
    {Action::kDisclosureRead, "disclosure.read", kTouches},
    {Action::kServerStatus, "server.status", kHouseOnly},
    {Action::kServerLock, "server.lock", kHouseOnly},
    {Action::kServerUnlock, "server.unlock", kHouseOnly},
    {Action::kServerStart, "server.start", kHouseOnly},
    {Action::kServerStop, "server.stop", kHouseOnly},
    {Action::kStoreCheck, "store.check", kHouseOnly},
    {Action::kLockChange, "lock.change", kHouseOnly},
    {Action::kRootRotate, "root_key.rotate", kHouseOnly},
    {Action::kSignInRefused, "sign_in.refused", kHouseOnly},
    {Action::kMismatchAlarm, "mismatch.alarm", kTouches},
    {Action::kAlarm, "alarm", kHouseOnly},
    {Action::kSessionSignIn, "session.sign_in", kHouseOnly},
    {Action::kSessionStepUp, "session.step_up", kHouseOnly},
    {Action::kSessionEnd, "session.end", kHouseOnly},
    {Action::kSessionRead, "session.read", kHouseOnly},
    {Action::kStaffRead, "staff.read", kHouseOnly},
    {Action::kStaffInvite, "staff.invite", kHouseOnly},
    {Action::kStaffVet, "staff.vet", kHouseOnly},
    {Action::kStaffChange, "staff.change", kHouseOnly},
    {Action::kStaffSelf, "staff.self", kHouseOnly},
    {Action::kRegisterRead, "register.read", kHouseOnly},
    {Action::kRegisterChange, "register.change", kHouseOnly},
    {Action::kReviewRead, "review.read", kHouseOnly},
    {Action::kReviewSign, "review.sign", kHouseOnly},
    {Action::kDeviceRead, "device.read", kHouseOnly},
    {Action::kDeviceEnrol, "device.enrol", kHouseOnly},
    {Action::kDeviceRevoke, "device.revoke", kHouseOnly},
    {Action::kAccessChange, "access.change", kHouseOnly},
    {Action::kApprovalAsk, "approval.ask", kHouseOnly},
    {Action::kApprovalRead, "approval.read", kHouseOnly},
    {Action::kApprovalDecide, "approval.decide", kHouseOnly},
    {Action::kBreakGlass, "break_glass", kTouches},
    {Action::kStaffSuspend, "staff.suspend", kHouseOnly},
    {Action::kOutboxRead, "outbox.read", kHouseOnly},
    {Action::kOutboxChange, "outbox.change", kHouseOnly},
    {Action::kScoreRead, "score.read", kHouseOnly},
    {Action::kCustomerSignIn, "customer_sign_in.verify", kTouches},
    {Action::kCustomerSignInChange, "customer_sign_in.change", kTouches},
    {Action::kTextDetect, "text.detect", kHouseOnly},
    {Action::kTextRedact, "text.redact", kHouseOnly},
    {Action::kEpochRead, "epoch.read", kHouseOnly},
    {Action::kEpochRotate, "epoch.rotate", kHouseOnly},
    {Action::kEpochDestroy, "epoch.destroy", kHouseOnly},
    {Action::kBackupMake, "backup.make", kHouseOnly},
    {Action::kBackupRead, "backup.read", kHouseOnly},
    {Action::kBackupChange, "backup.change", kHouseOnly},
    {Action::kErasureUndo, "erasure.undo", kTouches},
    {Action::kErasureRead, "erasure.read", kTouches},
    {Action::kStoreRestore, "store.restore", kHouseOnly},
    {Action::kStoreMove, "store.move", kHouseOnly},
    {Action::kShareAcknowledge, "share.acknowledge", kHouseOnly},
    {Action::kLogPrune, "log.prune", kHouseOnly},
    {Action::kServerJoin, "server.join", kHouseOnly},
    {Action::kPaperLook, "paper.look", kHouseOnly},
    {Action::kPaperRedact, "paper.redact", kHouseOnly},
    {Action::kCompartmentAdd, "compartment.add", kHouseOnly},
    {Action::kCustomerMove, "customer.move", kTouches},
};

const ActionInfo* InfoOf(Action action) {
  for (const ActionInfo& info : kTable) {
    if (info.action == action) return &info;
  }
  return nullptr;
}

}  // namespace

std::string_view NameOf(Action action) {
  const ActionInfo* info = InfoOf(action);
  return info == nullptr ? "none" : info->name;
}

std::optional<Action> ActionFromName(std::string_view name) {
  for (const ActionInfo& info : kTable) {
    if (info.name == name) return info.action;
  }
  return std::nullopt;
}

std::span<const Action> AllActions() {
  static constexpr auto kActions = [] {
    std::array<Action, std::size(kTable)> actions{};
    for (size_t i = 0; i < actions.size(); ++i) actions[i] = kTable[i].action;
    return actions;
  }();
  return kActions;
}

bool CanBeAsked(Action action) {
  return InfoOf(action) != nullptr && action != Action::kSignInRefused && action != Action::kMismatchAlarm &&
         action != Action::kAlarm && action != Action::kSessionSignIn && action != Action::kStoreRestore &&
         action != Action::kStoreMove && action != Action::kShareAcknowledge && action != Action::kLogPrune &&
         action != Action::kServerJoin && action != Action::kCompartmentAdd;
}

// What is not in the table is taken for the worst.
bool TouchesPersonalData(Action action) {
  const ActionInfo* info = InfoOf(action);
  return info == nullptr || info->touches_personal_data;
}

}  // namespace strongroom
