// What the default policy is held to, as a table (policy/policy_table.h).  Every role and action that no case names
// must be denied however it is asked: `rest` says so.
#include "policy/policy_set.h"

namespace strongroom {

std::string_view PolicySet::DefaultCasesToml() {
  return R"toml(# The default policy as a table: who, what, why -> decision.
rest = "deny"

# --- nobody sees a credential -----------------------------------------------------------------------------------------
[[case]]
who = ["application", "support", "privacy-officer"]
what = ["customer.read", "customer.search"]
sensitivity = "credential"
why = "any-purpose"
decision = "deny"
rule = "never-show-credentials"

[[case]]
who = ["application", "support", "application+support+privacy-officer"]
what = ["customer.reveal", "customer.compare"]
sensitivity = "credential"
why = "any-purpose"
second_factor_age_seconds = 0
decision = "deny"
rule = "never-show-credentials"

[[case]]
who = "privacy-officer"
what = "customer.export"
sensitivity = "credential"
why = "access-request"
decision = "deny"
rule = "never-show-credentials"

[[case]]
who = ["application", "partner"]
what = "token.resolve"
sensitivity = "credential"
why = "any-purpose"
decision = "deny"
rule = "never-show-credentials"

[[case]]
who = "application"
what = ["token.create", "file.get"]
sensitivity = "credential"
why = "any-purpose"
decision = "deny"
rule = "never-show-credentials"

# --- application ------------------------------------------------------------------------------------------------------
[[case]]
who = "application"
what = ["customer.create", "customer.change"]
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial", "credential"]
decision = "plain"
rule = "application-write"

[[case]]
who = ["application", "privacy-officer"]
what = "customer.tier"
decision = "plain"

[[case]]
who = "application"
what = "customer.tier"
tier = 1
decision = "deny"

[[case]]
who = "privacy-officer"
what = "customer.tier"
tier = 1
decision = "needs_approval"
rule = "privacy-officer-tier-of-a-vip-needs-approval"

[[case]]
who = "privacy-officer"
kind = "application"
what = "customer.tier"
tier = 1
decision = "deny"

[[case]]
who = "application"
what = ["customer.read", "customer.search"]
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
decision = "masked"

[[case]]
who = "application"
what = "customer.compare"
sensitivity = ["none", "personal", "sensitive", "financial"]
decision = "plain"

[[case]]
who = "application"
what = "password.verify"
sensitivity = ["none", "credential"]
decision = "plain"

[[case]]
who = "application"
what = "customer.reveal"
sensitivity = ["public", "internal", "personal"]
why = "delivery"
credential_purposes = ["delivery", "billing"]
decision = "plain"
rule = "application-reveal-for-purpose"

[[case]]  # a purpose its credential does not list
who = "application"
what = "customer.reveal"
sensitivity = ["public", "internal", "personal"]
why = "marketing"
credential_purposes = ["delivery", "billing"]
decision = "deny"

[[case]]  # no purpose
who = "application"
what = "customer.reveal"
sensitivity = ["none", "public", "internal", "personal"]
decision = "deny"

[[case]]
who = "application"
what = "customer.reveal"
sensitivity = ["sensitive", "financial"]
why = "delivery"
second_factor_age_seconds = 0
decision = "deny"

[[case]]
who = "application"
what = "token.create"
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
decision = "token"

[[case]]
who = "application"
what = "token.revoke"
decision = "plain"

[[case]]
who = "application"
what = "token.resolve"
sensitivity = ["public", "internal", "personal"]
why = "delivery"
decision = "plain"

[[case]]
who = "application"
what = "token.resolve"
sensitivity = ["none", "sensitive", "financial"]
why = "delivery"
decision = "masked"

[[case]]  # without a purpose
who = "application"
what = "token.resolve"
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
decision = "masked"

[[case]]
who = "application"
what = "file.put"
sensitivity = ["none", "personal", "sensitive", "financial"]
decision = "plain"

[[case]]
who = "application"
what = "file.get"
sensitivity = ["public", "internal", "personal"]
why = "contract"
decision = "plain"

[[case]]
who = "application"
what = "file.get"
sensitivity = ["none", "sensitive", "financial"]
why = "contract"
decision = "deny"

[[case]]
who = "application"
what = "file.get"
sensitivity = "personal"
decision = "deny"

[[case]]
who = "application"
what = ["catalogue.read", "token_domain.read"]
decision = "plain"

# --- support ----------------------------------------------------------------------------------------------------------
[[case]]
who = "support"
what = ["customer.read", "customer.search"]
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
decision = "masked"

[[case]]
who = "support"
what = "customer.compare"
sensitivity = ["none", "personal", "sensitive", "financial"]
decision = "plain"

[[case]]
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = ["public", "internal", "personal"]
why = "support-call"
decision = "plain"
rule = "support-reveal-personal"

[[case]]  # no purpose
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = ["none", "public", "internal", "personal", "financial"]
decision = "deny"
rule = "default-deny"

[[case]]
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = "financial"
why = "refund"
decision = "needs_step_up"
rule = "support-reveal-financial-step-up"

[[case]]  # a second factor just fresh enough
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = "financial"
why = "refund"
second_factor_age_seconds = 300
decision = "plain"
rule = "support-reveal-financial"

[[case]]  # one second too old
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = "financial"
why = "refund"
second_factor_age_seconds = 301
decision = "needs_step_up"

[[case]]  # a VIP
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = ["public", "internal", "personal", "financial"]
why = "support-call"
tier = 1
second_factor_age_seconds = 0
decision = "needs_approval"
rule = "support-reveal-vip-needs-approval"

[[case]]
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = "sensitive"
why = "support-call"
second_factor_age_seconds = 0
decision = "deny"
rule = "support-reveal-sensitive-refused"

[[case]]
who = "support"
what = "catalogue.read"
decision = "plain"

# --- privacy officer --------------------------------------------------------------------------------------------------
[[case]]
who = "privacy-officer"
what = ["catalogue.read", "catalogue.change", "customer.erase", "erasure.undo", "erasure.read", "file.delete", "audit.read",
        "disclosure.read", "staff.read",
        "register.read", "review.read", "policy.read", "approval.read", "approval.decide", "score.read"]
decision = "plain"

[[case]]
who = "privacy-officer"
what = ["customer.read", "customer.list", "customer.search"]
sensitivity = ["none", "personal", "sensitive", "financial"]
decision = "masked"

[[case]]
who = "privacy-officer"
has = ["training", "agreement", "acceptable-use"]
what = "customer.export"
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
why = "access-request"
decision = "needs_approval"
rule = "privacy-officer-export-needs-a-colleague"

[[case]]
who = "privacy-officer"
kind = "application"
what = "customer.export"
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
why = "access-request"
decision = "plain"

[[case]]
who = "privacy-officer"
what = "customer.export"
sensitivity = ["none", "personal"]
decision = "deny"

# --- operator, administrator ------------------------------------------------------------------------------------------
[[case]]
who = "operator"
what = ["outbox.read", "outbox.change", "score.read", "device.read", "server.status", "server.lock", "server.unlock", "server.start", "server.stop", "store.check", "epoch.read", "epoch.rotate", "epoch.destroy", "backup.make", "backup.read", "backup.change"]
decision = "plain"
rule = "operator-server"

[[case]]
who = ["privacy-officer", "auditor"]
what = ["epoch.read", "backup.read"]
decision = "plain"

[[case]]
who = ["privacy-officer", "auditor", "administrator", "support", "application"]
what = ["epoch.rotate", "epoch.destroy", "lock.change", "root_key.rotate", "backup.make", "backup.change"]
decision = "deny"

[[case]]  # a person shows a factor of this minute
who = "operator"
what = ["lock.change", "root_key.rotate"]
decision = "needs_step_up"

[[case]]
who = "operator"
what = ["lock.change", "root_key.rotate"]
second_factor_age_seconds = 0
decision = "plain"

[[case]]
who = "operator"
what = ["lock.change", "root_key.rotate"]
kind = "application"
decision = "plain"

[[case]]
who = "privacy-officer"
what = "customer.rekey"
decision = "plain"

[[case]]
who = ["operator", "administrator", "support", "auditor", "application"]
what = "customer.rekey"
decision = "deny"

[[case]]  # another compartment may mean other people who see the customer
who = "privacy-officer"
what = "customer.move"
decision = "needs_approval"

[[case]]  # a program that moves many, under a key that two people made
who = "privacy-officer"
what = "customer.move"
kind = "application"
decision = "plain"

[[case]]
who = ["operator", "administrator", "support", "auditor", "application"]
what = "customer.move"
decision = "deny"

[[case]]
who = ["operator", "administrator"]
what = ["credential.read", "credential.revoke"]
decision = "plain"

[[case]]  # a key, for setting up
who = "administrator"
what = "credential.create"
kind = "application"
decision = "plain"

[[case]]  # and no other program
who = "operator"
what = "credential.create"
kind = "application"
decision = "deny"

[[case]]  # a person needs a second one
who = ["operator", "administrator"]
what = "credential.create"
decision = "needs_approval"

[[case]]
who = "administrator"
what = ["policy.read", "token_domain.read", "token_domain.change", "staff.read", "staff.invite", "staff.vet", "staff.suspend", "session.read",
        "session.end", "register.read", "register.change", "review.read", "review.sign", "device.read", "device.enrol",
        "device.revoke", "approval.read", "approval.decide", "outbox.read", "outbox.change", "score.read"]
decision = "plain"

[[case]]
who = "administrator"
what = ["policy.change", "staff.change", "access.change"]
decision = "needs_approval"

[[case]]
who = "administrator"
what = ["policy.change", "staff.change", "access.change"]
kind = "application"
decision = "plain"

# --- auditor ----------------------------------------------------------------------------------------------------------
[[case]]
who = "auditor"
what = ["audit.read", "audit.export", "disclosure.read", "policy.read", "catalogue.read", "staff.read", "register.read", "review.read",
        "device.read", "approval.read", "score.read"]
decision = "plain"

# --- partner ----------------------------------------------------------------------------------------------------------
[[case]]
who = "partner"
what = "token.resolve"
sensitivity = ["none", "public", "internal", "personal", "sensitive", "financial"]
decision = "masked"
rule = "partner-token-resolve-masked"

[[case]]  # a purpose opens no more
who = "partner"
what = "token.resolve"
sensitivity = ["personal", "financial"]
why = "delivery"
second_factor_age_seconds = 0
decision = "masked"

# --- importer ---------------------------------------------------------------------------------------------------------
[[case]]
who = "importer"
what = ["customer.import", "customer.create", "customer.change"]
sensitivity = ["none", "personal", "sensitive", "financial", "credential"]
decision = "plain"

[[case]]
who = "importer"
what = "catalogue.read"
decision = "plain"

# --- roles add up, and take nothing away ------------------------------------------------------------------------------
[[case]]
who = "operator+support"
has = ["training", "agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = "personal"
why = "support-call"
decision = "plain"

# --- texts that somebody brings ---------------------------------------------------------------------------------------
[[case]]
who = ["application", "support", "privacy-officer"]
what = ["text.detect", "text.redact", "paper.look", "paper.redact"]
decision = "plain"
rule = "text-filters"

# --- people ---------------------------------------------------------------------------------------------------------
[[case]]
who = ["application", "support", "privacy-officer", "operator", "administrator", "auditor", "partner", "importer"]
what = ["staff.self", "session.step_up", "approval.ask"]
decision = "plain"
rule = "own-account"

[[case]]  # a program has no account of its own
who = ["application", "support", "privacy-officer", "operator", "administrator", "auditor", "partner", "importer"]
what = ["staff.self", "session.step_up", "approval.ask"]
kind = "application"
decision = "deny"

[[case]]  # training overdue: masks, nothing in clear
who = "support"
has = ["agreement", "acceptable-use"]
what = "customer.reveal"
sensitivity = ["public", "internal", "personal", "financial", "sensitive"]
why = "support-call"
second_factor_age_seconds = 0
decision = "deny"
rule = "overdue-sees-masks-only"

[[case]]
who = "privacy-officer"
has = ["training", "agreement"]
what = "customer.export"
sensitivity = ["none", "personal"]
why = "access-request"
decision = "deny"
rule = "overdue-sees-masks-only"

[[case]]
who = "support"
what = ["approval.read", "approval.decide"]
decision = "plain"

[[case]]
who = "support"
has = ["training", "agreement", "acceptable-use", "case"]
what = "break_glass"
second_factor_age_seconds = 300
decision = "plain"
rule = "support-break-glass"

[[case]]  # no case, or no fresh factor
who = "support"
has = ["training", "agreement", "acceptable-use"]
what = "break_glass"
second_factor_age_seconds = 300
decision = "deny"

[[case]]
who = "support"
has = ["training", "agreement", "acceptable-use", "case"]
what = "break_glass"
second_factor_age_seconds = 301
decision = "deny"

[[case]]
who = "application"
what = ["customer_sign_in.verify", "customer_sign_in.change"]
decision = "plain"
)toml";
}

}  // namespace strongroom
