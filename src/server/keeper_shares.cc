// Keeper's part in shares of the lock: handing out new ones, hearing from custodians, taking a change back.
#include <algorithm>
#include <utility>

#include "server/custodians.h"
#include "server/keeper.h"

namespace strongroom {
namespace {

constexpr int64_t kWrongSharePauseMillis = 1'000;

std::vector<ShareHolder> HoldersOf(const ShareSheet& sheet, const std::vector<std::string>& names) {
  std::vector<ShareHolder> holders;
  for (size_t i = 0; i < sheet.lines.size(); ++i) {
    holders.push_back(
        {static_cast<uint8_t>(i + 1), i < names.size() ? names[i] : std::string(), sheet.lines[i].acknowledged_at});
  }
  return holders;
}

AuditEntry ShownEntry(const IpAddress& from) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kNone;
  entry.address = from;
  entry.action = Action::kShareAcknowledge;
  entry.decision = Decision::kPlain;
  return entry;
}

}  // namespace

// The lock in force stays; what is new waits until every custodian has shown their share.
Status Keeper::HandOutShares(OpenVault& vault, const LockChange& change, const SecretBytes& present,
                             const SecretBytes& root, LockChanged& answer, SealedBatch& names) {
  if (change.rotate_root) {
    return Status(Reason::kInvalidArgument,
                  "new shares wait for their custodians, and another root key would take what opens the vault now "
                  "with it: change the lock first, and the root key when the new lock is in force");
  }
  RETURN_IF_ERROR(CheckCustodians(change.custodians, change.count));
  Store& office_keys = *files_.office().keys;
  LockOptions options;
  options.info = {LockKind::kShares, change.threshold, change.count};
  const SecretBytes secret = SecretBytes::Generate(Aead::kKeySizeBytes, random_);
  ASSIGN_OR_RETURN(const std::vector<SecretShare> shares, SplitSecret(secret, change.threshold, change.count, random_));
  RootKey& held = vault.house().office().epochs->root_key();
  ASSIGN_OR_RETURN(const auto stores, KeyStores(vault.house()));
  const std::unique_lock alone(held.rings());
  RETURN_IF_ERROR(FollowLock(held, root, stores));
  ASSIGN_OR_RETURN(const NewLock lock, MakeLock(options, secret, root, random_));
  const ShareSheet sheet = ShareSheet::Of(shares, random_);
  ASSIGN_OR_RETURN(const std::optional<ShareSheet> in_force, ReadShareSheet(office_keys));
  RETURN_IF_ERROR(PutCustodians(*vault.house().office().sealed, names, sheet.id,
                                in_force.has_value() ? in_force->id : Bytes(), change.custodians));
  RETURN_IF_ERROR(PutPendingLock(office_keys, present, &Device(), lock, sheet));
  answer.pending = true;
  for (const SecretShare& share : shares) answer.shares.push_back(EncodeShare(share));
  return Status::Ok();
}

Result<ShareShown> Keeper::AcknowledgeShare(const SecretBytes& text, const IpAddress& from) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  RETURN_IF_ERROR(vault->house().CheckDuty());
  ASSIGN_OR_RETURN(const SecretShare share, DecodeShare(ExposeSecret(text)));
  Store& office_keys = *files_.office().keys;
  Journal& journal = *vault->house().office().journal;
  AuditEntry entry = ShownEntry(from);
  // Looked for before anything is waited for, so that wrong shares keep no right one waiting.
  if (const Result<ShownShare> known = FindShare(office_keys, share); !known.ok()) {
    if (known.reason() != Reason::kUnlockFailed) return known.status();
    {
      std::lock_guard lock(wrong_shares_);
      const int64_t now = clock_.MonotonicMillis();
      if (now < next_wrong_share_at_) return Status(Reason::kRateLimited, "another wrong share was just shown");
      next_wrong_share_at_ = now + kWrongSharePauseMillis;
    }
    entry.outcome = Reason::kUnlockFailed;
    RETURN_IF_ERROR(journal.Submit({}, std::move(entry)).Wait());
    return known.status();
  }
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const ShownShare shown, FindShare(office_keys, share));  // the lock may be another one by now
  // The entry first: nothing takes force that is not in the log.
  entry.detail = "share " + std::to_string(shown.number) + " of " + std::to_string(shown.of) +
                 (shown.last      ? ", the last: the new lock takes force"
                  : shown.pending ? " of the new lock"
                                  : " of the lock in force");
  RETURN_IF_ERROR(journal.Submit({}, std::move(entry)).Wait());
  ASSIGN_OR_RETURN(const LockInfo now_in_force, MarkShare(office_keys, shown, clock_.NowMillis()));
  lock_ = now_in_force;
  ShareShown answer{shown.number, shown.of, 0, !shown.pending || shown.last};
  if (answer.in_force) {
    ASSIGN_OR_RETURN(const std::optional<ShareSheet> sheet, ReadShareSheet(office_keys));
    if (sheet.has_value()) answer.missing = static_cast<int>(sheet->lines.size() - sheet->Acknowledged());
  } else {
    ASSIGN_OR_RETURN(const std::optional<PendingLock> pending, ReadPendingLock(office_keys));
    if (pending.has_value())
      answer.missing = static_cast<int>(pending->sheet.lines.size() - pending->sheet.Acknowledged());
  }
  return answer;
}

Status Keeper::CancelPendingLock(const Caller& caller) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  Permit permit = vault->gate().Authorise(caller, Action::kLockChange);
  if (!permit.granted()) return permit.Refuse<bool>().Wait().status();
  std::lock_guard lock(mutex_);
  permit.entry().detail = "the new lock is taken back";
  if (const Status dropped = DropPendingLock(*files_.office().keys); !dropped.ok())
    return permit.Fail<bool>(dropped).Wait().status();
  return permit.Finish(true).Wait().status();
}

Result<LockView> Keeper::ShowLock(const Caller& caller) {
  const std::shared_ptr<OpenVault> vault = Current();
  if (vault == nullptr) return Status(Reason::kServerLocked);
  Permit permit = vault->gate().Authorise(caller, Action::kServerStatus);
  if (!permit.granted()) return permit.Refuse<LockView>().Wait();
  const auto look = [&]() -> Result<LockView> {
    const SealedStore& office = *vault->house().office().sealed;
    const LockInfo info = lock_.load();
    LockView view;
    view.kind = std::string(NameOf(info.kind));
    view.threshold = info.threshold;
    view.count = info.count;
    ASSIGN_OR_RETURN(const std::optional<ShareSheet> sheet, ReadShareSheet(*files_.office().keys));
    if (sheet.has_value() && info.kind == LockKind::kShares) {
      ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadCustodians(office, sheet->id));
      view.holders = HoldersOf(*sheet, names);
    }
    ASSIGN_OR_RETURN(const std::optional<PendingLock> pending, ReadPendingLock(*files_.office().keys));
    if (pending.has_value()) {
      ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadCustodians(office, pending->sheet.id));
      view.pending = true;
      view.pending_threshold = pending->info.threshold;
      view.pending_holders = HoldersOf(pending->sheet, names);
    }
    return view;
  };
  Result<LockView> view = look();
  if (!view.ok()) return permit.Fail<LockView>(view.status()).Wait();
  return permit.Finish(*std::move(view)).Wait();
}

SharesState Keeper::SharesOfLock() const {
  SharesState state;
  state.known = true;
  state.now = clock_.NowMillis();
  state.acknowledge_days = config_.share_acknowledge_days;
  Result<std::optional<ShareSheet>> sheet = ReadShareSheet(*files_.office().keys);
  if (sheet.ok()) state.sheet = *std::move(sheet);
  Result<std::optional<PendingLock>> pending = ReadPendingLock(*files_.office().keys);
  if (pending.ok() && pending->has_value()) state.pending = std::move((*pending)->sheet);
  state.unreadable = !sheet.ok() ? sheet.status() : pending.status();
  return state;
}

}  // namespace strongroom
