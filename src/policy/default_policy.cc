// The policy a new vault starts with: sensible for a small company, and meant to be read, copied and changed.
// default_policy_cases.cc holds the table it is tested against; change both together.
#include "policy/policy_set.h"

namespace strongroom {

std::string_view PolicySet::DefaultToml() {
  return R"toml(# Strongroom policy: who may do what, to which kind of data, for what reason.
#
# Rules are tried from the top; the first that matches decides.  A rule matches when every part it states matches.
# What no rule speaks of is denied.  The format is described in docs/reference/policy.md.
# Try a change before you use it:  strongroom policy test

format = 1

roles = [
  "application",      # the company's own backend: stores customers, works with masks and tokens
  "support",          # staff who talk to customers
  "privacy-officer",  # answers for the data: catalogue, requests for a copy, erasure
  "operator",         # keeps the server running; sees no personal data, not even masked
  "administrator",    # credentials, policy, token domains; sees no personal data
  "auditor",          # reads the log and the rules, changes nothing
  "partner",          # another company: resolves tokens of its own domains, masked
  "importer",         # a job that brings customers in
]

# ---------------------------------------------------------------------------------------------------------------------
# First: what holds for everybody, whatever else they may do

# Passwords and the like are set and verified.  Nobody sees, moves, searches or tokenises one.
[[rule]]
name = "never-show-credentials"
sensitivities = ["credential"]
actions = [
  "customer.read", "customer.list", "customer.search", "customer.reveal", "customer.compare", "customer.export",
  "file.get", "token.create", "token.resolve",
]
decision = "deny"

# ---------------------------------------------------------------------------------------------------------------------
# application

[[rule]]
name = "application-write"
roles = ["application"]
actions = ["customer.create", "customer.change"]
decision = "plain"

# Marking somebody as a VIP is free; a customer who is one keeps the tier until two people say otherwise (below).
[[rule]]
name = "application-marks-vip"
roles = ["application"]
actions = ["customer.tier"]
tier_at_most = 0
decision = "plain"

[[rule]]
name = "application-read-masked"
roles = ["application"]
actions = ["customer.read"]
decision = "masked"

[[rule]]
name = "application-search-masked"
roles = ["application"]
actions = ["customer.search"]
decision = "masked"

[[rule]]
name = "application-compare"
roles = ["application"]
actions = ["customer.compare"]
decision = "plain"

[[rule]]
name = "application-verify-password"
roles = ["application"]
actions = ["password.verify"]
decision = "plain"

# A backend that must print an address label names that purpose, and its credential must list it.
# Health, belief, bank and card data are not here on purpose: write a rule of your own for each field that needs it.
[[rule]]
name = "application-reveal-for-purpose"
roles = ["application"]
actions = ["customer.reveal"]
sensitivities = ["public", "internal", "personal"]
purposes = ["*"]
decision = "plain"

[[rule]]
name = "application-token-create"
roles = ["application"]
actions = ["token.create"]
decision = "token"

[[rule]]
name = "application-token-revoke"
roles = ["application"]
actions = ["token.revoke"]
decision = "plain"

[[rule]]
name = "application-token-resolve-for-purpose"
roles = ["application"]
actions = ["token.resolve"]
sensitivities = ["public", "internal", "personal"]
purposes = ["*"]
decision = "plain"

# Everything else a token may stand for, and every resolve without a purpose.
[[rule]]
name = "application-token-resolve-masked"
roles = ["application"]
actions = ["token.resolve"]
decision = "masked"

[[rule]]
name = "application-file-put"
roles = ["application"]
actions = ["file.put"]
decision = "plain"

[[rule]]
name = "application-file-get-for-purpose"
roles = ["application"]
actions = ["file.get"]
sensitivities = ["public", "internal", "personal"]
purposes = ["*"]
decision = "plain"

[[rule]]
name = "application-customers-sign-in"
roles = ["application"]
actions = ["customer_sign_in.verify", "customer_sign_in.change"]
decision = "plain"

[[rule]]
name = "application-catalogue-read"
roles = ["application"]
actions = ["catalogue.read", "token_domain.read"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# Texts, PDF and scans that somebody brings: what is personal in them, and the same blacked out.  Nothing of them is kept.

[[rule]]
name = "text-filters"
roles = ["application", "support", "privacy-officer"]
actions = ["text.detect", "text.redact", "paper.look", "paper.redact"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# everybody who signs in

[[rule]]
name = "own-account"
kinds = ["staff"]
actions = ["staff.self", "session.step_up", "approval.ask"]
decision = "plain"

# Whoever's training or signatures are overdue goes on working with masks, and sees nothing in clear.
[[rule]]
name = "overdue-sees-masks-only"
kinds = ["staff"]
actions = ["customer.reveal", "customer.export", "file.get", "break_glass"]
lacks = ["training", "agreement", "acceptable-use"]
decision = "deny"

# ---------------------------------------------------------------------------------------------------------------------
# support

[[rule]]
name = "support-read-masked"
roles = ["support"]
actions = ["customer.read"]
decision = "masked"

[[rule]]
name = "support-search-masked"
roles = ["support"]
actions = ["customer.search"]
decision = "masked"

# "Is this your date of birth?" without seeing it.
[[rule]]
name = "support-compare"
roles = ["support"]
actions = ["customer.compare"]
decision = "plain"

# One field at a time, for a reason that is recorded.
[[rule]]
name = "support-reveal-personal"
roles = ["support"]
actions = ["customer.reveal"]
sensitivities = ["public", "internal", "personal"]
purposes = ["*"]
tier_at_most = 0
decision = "plain"

# A second factor of the last five minutes opens bank and card data of ordinary customers ...
[[rule]]
name = "support-reveal-financial"
roles = ["support"]
actions = ["customer.reveal"]
sensitivities = ["financial"]
purposes = ["*"]
tier_at_most = 0
second_factor_max_age_seconds = 300
decision = "plain"

# ... and without one the answer is to show it first.
[[rule]]
name = "support-reveal-financial-step-up"
roles = ["support"]
actions = ["customer.reveal"]
sensitivities = ["financial"]
purposes = ["*"]
tier_at_most = 0
decision = "needs_step_up"

# Customers of tier 1 (VIP) and above: a colleague has to agree.
[[rule]]
name = "support-reveal-vip-needs-approval"
roles = ["support"]
actions = ["customer.reveal"]
sensitivities = ["public", "internal", "personal", "financial"]
purposes = ["*"]
decision = "needs_approval"

# When nobody can be asked and it cannot wait: at once, for a named case, with a fresh second factor; everybody who
# answers for it is told.
[[rule]]
name = "support-break-glass"
roles = ["support"]
kinds = ["staff"]
actions = ["break_glass"]
needs = ["case"]
second_factor_max_age_seconds = 300
decision = "plain"

# Two colleagues agree on what one of them may ask for.
[[rule]]
name = "support-approvals"
roles = ["support"]
kinds = ["staff"]
actions = ["approval.read", "approval.decide"]
decision = "plain"

# Health, belief, biometrics, minors: not for support.  Said aloud, so that the log names the rule.
[[rule]]
name = "support-reveal-sensitive-refused"
roles = ["support"]
actions = ["customer.reveal"]
sensitivities = ["sensitive"]
decision = "deny"

[[rule]]
name = "support-catalogue-read"
roles = ["support"]
actions = ["catalogue.read"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# privacy officer

[[rule]]
name = "privacy-officer-catalogue"
roles = ["privacy-officer"]
actions = ["catalogue.read", "catalogue.change"]
decision = "plain"

# To find the person who asks, masked.
[[rule]]
name = "privacy-officer-find-masked"
roles = ["privacy-officer"]
actions = ["customer.read", "customer.list", "customer.search"]
decision = "masked"

# The customer base leaves the house when two people agree.
[[rule]]
name = "privacy-officer-export-needs-a-colleague"
roles = ["privacy-officer"]
kinds = ["staff"]
actions = ["customer.export"]
purposes = ["*"]
decision = "needs_approval"

[[rule]]
name = "privacy-officer-export-for-purpose"
roles = ["privacy-officer"]
actions = ["customer.export"]
purposes = ["*"]
decision = "plain"

[[rule]]
name = "privacy-officer-erase"
roles = ["privacy-officer"]
actions = ["customer.erase", "erasure.undo", "erasure.read", "customer.rekey", "file.delete"]
decision = "plain"

# Another compartment may mean other people who see the customer: a colleague has to agree.
[[rule]]
name = "privacy-officer-move-needs-a-colleague"
roles = ["privacy-officer"]
kinds = ["staff"]
actions = ["customer.move"]
decision = "needs_approval"

[[rule]]
name = "privacy-officer-move"
roles = ["privacy-officer"]
actions = ["customer.move"]
decision = "plain"

[[rule]]
name = "privacy-officer-marks-vip"
roles = ["privacy-officer"]
actions = ["customer.tier"]
tier_at_most = 0
decision = "plain"

# Of a customer who is a VIP: a colleague has to agree.
[[rule]]
name = "privacy-officer-tier-of-a-vip-needs-approval"
roles = ["privacy-officer"]
kinds = ["staff"]
actions = ["customer.tier"]
decision = "needs_approval"

[[rule]]
name = "privacy-officer-audit-read"
roles = ["privacy-officer"]
actions = ["audit.read", "disclosure.read", "staff.read", "register.read", "review.read", "policy.read", "approval.read", "approval.decide", "score.read", "epoch.read", "backup.read"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# operator, administrator: they run the system and see no personal data

[[rule]]
name = "operator-server"
roles = ["operator"]
actions = ["outbox.read", "outbox.change", "score.read", "device.read", "server.status", "server.lock", "server.unlock", "server.start", "server.stop", "store.check",
           "epoch.read", "epoch.rotate", "epoch.destroy", "backup.make", "backup.read", "backup.change"]
decision = "plain"

# What stands before the root key.  Whoever changes it shows the present secret as well (of shares: as many as open it),
# which no colleague could see in the request and agree to; a person shows a factor of this minute besides.
[[rule]]
name = "operator-lock-with-a-factor"
roles = ["operator"]
kinds = ["staff"]
actions = ["lock.change", "root_key.rotate"]
second_factor_max_age_seconds = 300
decision = "plain"

[[rule]]
name = "operator-lock-step-up"
roles = ["operator"]
kinds = ["staff"]
actions = ["lock.change", "root_key.rotate"]
decision = "needs_step_up"

[[rule]]
name = "operator-lock-by-key"
roles = ["operator"]
actions = ["lock.change", "root_key.rotate"]
decision = "plain"

[[rule]]
name = "operator-new-key-needs-a-colleague"
roles = ["operator"]
kinds = ["staff"]
actions = ["credential.create"]
decision = "needs_approval"

# No new ones for a program with this role: whoever makes keys can make one that shows customers.
[[rule]]
name = "operator-credentials"
roles = ["operator"]
actions = ["credential.read", "credential.revoke"]
decision = "plain"

[[rule]]
name = "administrator-changes-need-a-colleague"
roles = ["administrator"]
kinds = ["staff"]
actions = ["policy.change", "staff.change", "access.change", "credential.create"]
decision = "needs_approval"

[[rule]]
name = "administrator-changes-by-key"
roles = ["administrator"]
actions = ["policy.change", "staff.change", "access.change"]
decision = "plain"

[[rule]]
name = "administrator-credentials"
roles = ["administrator"]
actions = ["credential.create", "credential.read", "credential.revoke"]
decision = "plain"

# What gives somebody more rights, and the rules themselves: a person needs a second person for it.  A key with this
# role is for setting up; `doctor` asks for it to be revoked afterwards.
[[rule]]
name = "administrator-policy-read"
roles = ["administrator"]
actions = ["policy.read"]
decision = "plain"

[[rule]]
name = "administrator-people"
roles = ["administrator"]
actions = ["staff.read", "staff.invite", "staff.vet", "staff.suspend", "session.read", "session.end", "register.read", "register.change",
           "review.read", "review.sign", "device.read", "device.enrol", "device.revoke", "approval.read", "approval.decide",
           "outbox.read", "outbox.change", "score.read"]
decision = "plain"

[[rule]]
name = "administrator-token-domains"
roles = ["administrator"]
actions = ["token_domain.read", "token_domain.change"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# auditor

[[rule]]
name = "auditor-log"
roles = ["auditor"]
actions = ["audit.read", "audit.export", "disclosure.read"]
decision = "plain"

[[rule]]
name = "auditor-rules-read"
roles = ["auditor"]
actions = ["policy.read", "catalogue.read", "staff.read", "register.read", "review.read", "device.read", "approval.read", "score.read", "epoch.read", "backup.read"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# partner: only tokens, only masked; the domains are those its credential lists

[[rule]]
name = "partner-token-resolve-masked"
roles = ["partner"]
actions = ["token.resolve"]
decision = "masked"

# ---------------------------------------------------------------------------------------------------------------------
# importer

[[rule]]
name = "importer-bring-in"
roles = ["importer"]
actions = ["customer.import", "customer.create", "customer.change"]
decision = "plain"

[[rule]]
name = "importer-catalogue-read"
roles = ["importer"]
actions = ["catalogue.read"]
decision = "plain"

# ---------------------------------------------------------------------------------------------------------------------
# how much one person may look at: several times what a day of work needs, and far less than the customer base

[[budget]]
name = "support-hour"
roles = ["support"]
actions = ["customer.reveal", "file.get"]
customers = 40
per = "hour"
lock_after = 20

[[budget]]
name = "support-day"
roles = ["support"]
actions = ["customer.reveal", "file.get"]
customers = 200
per = "day"
lock_after = 20

[[budget]]
name = "support-glass"
roles = ["support"]
actions = ["break_glass"]
customers = 1
per = "day"

[[budget]]
name = "support-guesses"
roles = ["support"]
actions = ["customer.compare"]
customers = 120
per = "hour"
lock_after = 60
)toml";
}

}  // namespace strongroom
