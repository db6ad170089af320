// Everything a principal can ask for.  Policy decides on actions, the audit log records them, and the two share this
// one list.  Numbers are part of the audit entry's format: never reuse one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace strongroom {

enum class Action : uint8_t {
  kNone = 0,
  // customers
  kCustomerCreate = 1,
  kCustomerRead = 2,     // masked
  kCustomerList = 3,     // masked, many
  kCustomerSearch = 4,   // by an indexed value
  kCustomerReveal = 5,   // plain values for a purpose
  kCustomerCompare = 6,  // match or not, nothing shown
  kCustomerChange = 7,
  kCustomerErase = 8,
  kCustomerImport = 9,
  kCustomerExport = 10,
  kFilePut = 11,
  kFileGet = 12,
  kFileDelete = 13,
  kPasswordVerify = 14,
  kCustomerTier = 15,   // setting a customer's tier; asked about the tier it has
  kCustomerRekey = 19,  // a new key, so that values erased or corrected before do not open any more
  // tokens
  kTokenCreate = 20,
  kTokenResolve = 21,
  kTokenRevoke = 22,
  kTokenDomainChange = 23,
  kTokenDomainRead = 24,
  // catalogue
  kCatalogueRead = 30,
  kCatalogueChange = 31,
  // credentials, policy
  kCredentialCreate = 40,
  kCredentialRead = 41,
  kCredentialRevoke = 42,
  kPolicyRead = 43,
  kPolicyChange = 44,
  // audit
  kAuditRead = 50,
  kAuditExport = 51,
  kDisclosureRead = 52,
  // the house
  kServerStatus = 60,
  kServerLock = 61,
  kServerUnlock = 62,
  kServerStart = 63,
  kServerStop = 64,
  kStoreCheck = 65,
  kLockChange = 66,  // another secret or kind of lock before the root key
  kRootRotate = 67,  // another root key
  // recorded by the gate itself
  kSignInRefused = 70,  // a credential that did not authenticate, or came from outside its network
  kMismatchAlarm = 71,  // an index row pointed at a record that disagrees: tampering or damage
  kAlarm = 72,          // something an honest caller does not do; the detail says what
  // people who sign in
  kSessionSignIn = 80,
  kSessionStepUp = 81,
  kSessionEnd = 82,   // somebody else's; everybody may end their own
  kSessionRead = 83,  // somebody else's
  kStaffRead = 84,
  kStaffInvite = 85,
  kStaffVet = 86,
  kStaffChange = 87,  // roles, suspension, leaving, a new invitation
  kStaffSelf = 88,    // one's own password, factors, language, acceptances
  kRegisterRead = 89,
  kRegisterChange = 90,
  kReviewRead = 91,
  kReviewSign = 92,
  kDeviceRead = 93,
  kDeviceEnrol = 94,
  kDeviceRevoke = 95,
  kAccessChange = 96,  // settings of access: networks of roles, sign-in rules, ceilings
  kApprovalAsk = 97,
  kApprovalRead = 98,
  kApprovalDecide = 99,
  kBreakGlass = 100,
  kStaffSuspend = 101,  // suspension and leaving: at once, by one person
  // the outbox, the score
  kOutboxRead = 105,
  kOutboxChange = 106,
  kScoreRead = 107,
  // customers who sign in to the company's own applications
  kCustomerSignIn = 110,        // password, second factor, recovery: verify
  kCustomerSignInChange = 111,  // set them up or take them away
  // texts that the caller brings: nothing of them is kept
  kTextDetect = 115,
  kTextRedact = 116,
  // epochs of the rooms' keys
  kEpochRead = 117,
  kEpochRotate = 118,
  kEpochDestroy = 119,
  // copies of the stores
  kBackupMake = 120,
  kBackupRead = 121,
  kBackupChange = 122,  // confirming that a copy was destroyed
  // an erasure, while it can be undone and when it is done
  kErasureUndo = 123,
  kErasureRead = 124,
  // recorded of their own accord
  kStoreRestore = 125,      // a store was put back from a copy
  kStoreMove = 126,         // a store moves to another place
  kShareAcknowledge = 127,  // a custodian showed that a share of the lock is with them
  kLogPrune = 128,          // entries older than the policy of the log keeps were taken away
  kServerJoin = 129,        // a server began to work on the vault beside others, or took a number over
  // PDF and scans that the caller brings: nothing of them is kept
  kPaperLook = 130,
  kPaperRedact = 131,
  // likewise recorded of its own accord
  kCompartmentAdd = 132,  // the vault got another compartment

  kCustomerMove = 133,  // a customer goes to another compartment
};

// Actions are numbered below this for ever: tables are indexed by them.
constexpr size_t kActionLimit = 192;

std::string_view NameOf(Action action);  // "customer.reveal"; "none" for kNone and for numbers that name no action
std::optional<Action> ActionFromName(std::string_view name);  // never kNone

// Every action but kNone, in order of number.
std::span<const Action> AllActions();

// False for what is recorded of its own accord (sign_in.refused, mismatch.alarm, alarm, session.sign_in,
// store.restore, store.move, share.acknowledge, log.prune, server.join, compartment.add): nobody asks for it, so no
// policy can grant it.
bool CanBeAsked(Action action);

// True when the action shows, uses, changes, moves or destroys customers' values, or shows which customers were
// touched (the log and the ledger of disclosures).  Who runs the system is granted none of these.
bool TouchesPersonalData(Action action);

}  // namespace strongroom
