#include "access/score.h"

#include <algorithm>
#include <set>
#include <utility>

namespace strongroom {
namespace {

constexpr std::string_view kAdministrator = "administrator";
constexpr size_t kMostNames = 20;
constexpr size_t kNextSteps = 3;

bool Holds(const std::vector<std::string>& roles, std::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// As many of the points as the share of what is good.
int Share(int of, size_t good, size_t all) {
  return all == 0 ? of : static_cast<int>(static_cast<size_t>(of) * good / all);
}

void Name(ScoreCheck& check, const std::string& name) {
  if (check.names.size() < kMostNames) check.names.push_back(name);
}

bool IsPersonal(Sensitivity sensitivity) {
  return sensitivity == Sensitivity::kPersonal || sensitivity == Sensitivity::kSensitive ||
         sensitivity == Sensitivity::kFinancial;
}

}  // namespace

void Score::CheckHouse(const HouseFacts& facts, std::vector<ScoreCheck>& checks) const {
  ScoreCheck lock{"lock",
                  facts.development_lock ? 0 : 15,
                  15,
                  "Lock the vault with a secret that is not on its disk",
                  "The key lies beside the data: whoever copies this disk reads everything.",
                  "Make a vault with 'strongroom init --lock shares' (or passphrase) and import into it.",
                  "/console/health",
                  {}};
  ScoreCheck apart{"keys-apart",
                   facts.keys_apart ? 6 : 0,
                   6,
                   "Keep keys and data on different disks",
                   "One stolen disk or backup holds both, and erased customers come back with it.",
                   "Set key_dir to another disk and move the key directory there while the server is stopped.",
                   "/console/health",
                   {}};
  ScoreCheck checkpoints{
      "checkpoints-leave",
      facts.checkpoints_leave ? 12 : 0,
      12,
      "Send the log's checkpoints out of the house",
      "Whoever administers this machine and holds its keys could rewrite the log unnoticed.",
      "Set witnesses in the section [witness] of the configuration, or mail_to or webhooks in [outbox].",
      "/console/log",
      {}};
  checks.push_back(std::move(lock));
  checks.push_back(std::move(apart));
  checks.push_back(std::move(checkpoints));
  checks.push_back({"outbox",
                    of_.outbox.CanTellAnybody() ? 6 : 0,
                    6,
                    "Let alarms reach somebody",
                    "An alarm that stays in the log is read when it is too late.",
                    "Name a mail server and who is told in the section [outbox] of the configuration, then "
                    "'strongroom outbox test'.",
                    "/console/health",
                    {}});
}

Status Score::CheckPeople(std::vector<ScoreCheck>& checks) const {
  size_t active = 0;
  size_t with_factor = 0;
  for (const StaffMemberPtr& member : of_.directory.All()) {
    if (member->state != StaffState::kActive) continue;
    ++active;
    with_factor += member->has_second_factor() ? 1 : 0;
  }
  const size_t administrators = std::min<size_t>(of_.staff.ActiveAdministrators(), 2);
  checks.push_back({"two-administrators",
                    Share(10, administrators, 2),
                    10,
                    "Have two administrators",
                    "With one nobody looks at a change before it takes effect, and nobody is there when they are away.",
                    "Invite a second one; a colleague vets them.",
                    "/console/staff",
                    {}});
  checks.push_back({"second-factors",
                    active == 0 ? 0 : Share(6, with_factor, active),
                    6,
                    "Give everybody a second factor",
                    "A stolen password then opens nothing.",
                    "Each sets up a passkey or an authenticator app under their account.",
                    "/console/staff",
                    {}});

  ScoreCheck behind{"registers",
                    0,
                    8,
                    "Catch up on training and signatures",
                    "Whoever is behind sees masks only, and the company cannot show that people were told.",
                    "Record what was done; remind those who are behind.",
                    "/console/registers",
                    {}};
  size_t people = 0;
  size_t overdue = 0;
  std::set<std::string> registers;
  for (const StaffMemberPtr& member : of_.directory.All()) {
    people += member->state == StaffState::kActive || member->state == StaffState::kVetted ? 1 : 0;
  }
  for (const PersonsDue& person : of_.registers.DueOfAll(now(), /*soon_days=*/0)) {
    if (person.person->state == StaffState::kInvited) continue;
    ++overdue;
    for (const DueMark& mark : person.due) registers.insert(mark.name);
  }
  behind.points = Share(behind.of, people - std::min(people, overdue), people);
  for (const std::string& name : registers) Name(behind, name);
  checks.push_back(std::move(behind));

  const size_t see = of_.ceiling.CountWhoSeeEverything();
  const auto ceiling = static_cast<size_t>(of_.settings.Current()->most_who_see_everything);
  checks.push_back(
      {"sees-everything",
       see <= ceiling ? 8 : 0,
       8,
       "Let fewer people see everything",
       std::to_string(see) + " can see every kind of personal data; the ceiling is " + std::to_string(ceiling) + ".",
       "Take the role away from those who do not use it.",
       "/console/review",
       {}});
  ASSIGN_OR_RETURN(const UnixMillis due, of_.review.DueAt());
  checks.push_back({"review",
                    now() < due ? 6 : 0,
                    6,
                    "Review who may see what",
                    "Rights that nobody needs any more are what an intruder finds.",
                    "Look through the list, take away what is not used, and sign.",
                    "/console/review",
                    {}});
  checks.push_back(CheckKeys());
  return Status::Ok();
}

ScoreCheck Score::CheckKeys() const {
  ScoreCheck check{"setup-keys",
                   9,
                   9,
                   "Revoke the keys that were for setting up",
                   "A key with an administrator's role, or made for a person, is a password that never changes and "
                   "asks for no second factor.",
                   "'strongroom key list', then 'strongroom key revoke ID'; people sign in with their own account.",
                   "/console/health",
                   {}};
  bool anybody_active = false;
  for (const StaffMemberPtr& member : of_.directory.All()) anybody_active |= member->state == StaffState::kActive;
  const bool two_administrators = of_.staff.ActiveAdministrators() >= 2;
  for (const ApiKeyInfo& key : of_.keys.AllInfos()) {
    if (!IsInForce(key, now())) continue;
    // Until somebody can take over, they are what the house is set up with.
    const bool of_administrator = two_administrators && Holds(key.spec.roles, kAdministrator);
    const bool of_person = anybody_active && key.spec.kind == PrincipalKind::kStaff;
    if (of_administrator || of_person) check.points = 0;
  }
  return check;
}

Status Score::CheckData(std::vector<ScoreCheck>& checks) const {
  ASSIGN_OR_RETURN(const UsesPtr uses, of_.last_use.CatchUp());
  const CataloguePtr catalogue = of_.catalogue.Current();
  const int64_t today = now() / kMillisOfDay;
  const int64_t unused_days = of_.settings.Current()->unused_days;
  UnixMillis made_at = now();
  for (const ApiKeyInfo& key : of_.keys.AllInfos()) made_at = std::min(made_at, key.created_at);
  // A vault that is younger than that cannot tell what is never read.
  const bool can_tell = today - made_at / kMillisOfDay >= unused_days;

  ScoreCheck retention{"retention",
                       0,
                       5,
                       "Say how long each field is kept",
                       "What is kept as long as the customer is kept without need, and is what a breach finds.",
                       "Give the fields a retention in the catalogue.",
                       "/console/catalogue",
                       {}};
  ScoreCheck unread{
      "unread-fields",
      0,
      4,
      "Stop gathering what nobody reads",
      "A field that nobody was shown for " + std::to_string(unused_days) + " days is probably not needed.",
      "Ask whether it is; take it out of the collection points.",
      "/console/catalogue",
      {}};
  ScoreCheck notice{"notices",
                    0,
                    5,
                    "Say to customers what each field is for",
                    "They have a right to know, and the privacy notice is made of these texts.",
                    "Write the notice text of the fields in the catalogue.",
                    "/console/catalogue",
                    {}};
  size_t fields = 0;
  size_t kept_for = 0;
  size_t read = 0;
  size_t told = 0;
  for (const FieldDef& field : catalogue->fields()) {
    if (!IsPersonal(field.sensitivity)) continue;
    ++fields;
    if (field.retention_days != 0) ++kept_for;
    if (field.retention_days == 0) Name(retention, field.name);
    const auto shown = uses->by_field.find(field.id);
    const bool was_read = shown != uses->by_field.end() && today - int64_t{shown->second} <= unused_days;
    if (was_read || !can_tell) ++read;
    if (!was_read && can_tell) Name(unread, field.name);
    if (!field.notice.empty()) ++told;
    if (field.notice.empty()) Name(notice, field.name);
  }
  retention.points = Share(retention.of, kept_for, fields);
  unread.points = Share(unread.of, read, fields);
  notice.points = Share(notice.of, told, fields);
  checks.push_back(std::move(retention));
  checks.push_back(std::move(unread));
  checks.push_back(std::move(notice));
  return Status::Ok();
}

Result<ScoreReport> Score::Make(const HouseFacts& facts) const {
  ScoreReport report;
  CheckHouse(facts, report.checks);
  RETURN_IF_ERROR(CheckPeople(report.checks));
  RETURN_IF_ERROR(CheckData(report.checks));
  int points = 0;
  int of = 0;
  for (const ScoreCheck& check : report.checks) {
    points += check.points;
    of += check.of;
    if (check.points < check.of) report.next.push_back(check);
  }
  report.score = of == 0 ? 0 : points * 100 / of;
  std::stable_sort(report.next.begin(), report.next.end(),
                   [](const auto& a, const auto& b) { return a.of - a.points > b.of - b.points; });
  if (report.next.size() > kNextSteps) report.next.resize(kNextSteps);
  return report;
}

Receipted<ScoreReport> Score::Read(const Caller& caller, const HouseFacts& facts) const {
  Permit permit = of_.gate.Authorise(caller, Action::kScoreRead);
  if (!permit.granted()) return permit.Refuse<ScoreReport>();
  Result<ScoreReport> report = Make(facts);
  if (!report.ok()) return permit.Fail<ScoreReport>(report.status());
  return permit.Finish(*std::move(report));
}

}  // namespace strongroom
