// AccessSettings: what the company has decided about access, beside the policy: its clock, from where each role works,
// how long a session lasts, how many people may see everything.
//
// One document of the office (Table::kAccess, "settings"), in the JSON form of docs/reference/access-settings.md.  What
// is in force is an immutable snapshot, swapped whole when a change is durable.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "policy/policy_set.h"
#include "vault/gate.h"

namespace strongroom {

struct AccessSettings {
  std::string origin;  // "https://vault.example.com", where browsers find us; empty: passkeys on localhost alone
  std::string time_zone = "UTC";  // IANA name: by its clock rules of policy count the hours
  // Of each role, where whoever holds it may come from; a role that is not here: anywhere.
  std::map<std::string, std::vector<IpNetwork>, std::less<>> networks;
  int64_t session_idle_minutes = 15;
  int64_t session_longest_minutes = 12 * 60;
  bool question_on_new_place = true;  // from a new device or network the security question is asked as well
  bool allow_sms = true;              // the weakest factor
  int64_t most_who_see_everything = 3;
  int64_t review_interval_days = 90;
  int64_t posture_hours = 24;             // how long a device's good report makes it a healthy one
  bool passkey_counts_as_device = false;  // signed in with a passkey that cannot leave its device: enrolled
  int64_t unused_days = 90;               // a right that nobody used for so long is shown as unused

  // Where the company's applications run, in whose pages customers use passkeys: "https://shop.example.com".
  std::vector<std::string> customer_origins;

  bool operator==(const AccessSettings&) const = default;
};
using AccessSettingsPtr = std::shared_ptr<const AccessSettings>;

// Ok, or why these cannot be: kInvalidArgument, kRoleUnknown (a network of a role that policy does not know).
Status CheckAccessSettings(const AccessSettings& settings, const PolicySet& policy);
// Strict, every member optional with the default above; member "etag", if it is there, is left to the caller.
Result<AccessSettings> AccessSettingsFromJson(const JsonValue& json);
// Members only, inside of an object that the caller opens.
void AppendAccessSettings(JsonWriter& json, const AccessSettings& settings);

// 0 is Monday 00:00.  By the zone's rules, daylight saving included; 0 to 10,079.
std::optional<uint16_t> MinuteOfWeek(const std::string& time_zone, UnixMillis now);

struct AccessSettingsView {
  AccessSettings settings;
  std::string etag;
};

// Any thread.
class AccessSettingsService {
 public:
  // The stored settings, or the defaults.  `gate` must outlive this.
  static Result<std::unique_ptr<AccessSettingsService>> Open(Gate& gate);

  // For the services of access: what is in force.
  AccessSettingsPtr Current() const { return std::atomic_load(&current_); }
  // By the company's clock.  Computed once a minute.
  uint16_t MinuteOfWeekNow() const;
  // Told of what is in force, now and after each change, on the changing thread.  Before the first request.
  using Listener = std::function<void(const AccessSettings& settings)>;
  void AddListener(Listener listener);

  Receipted<AccessSettingsView> Read(const Caller& caller) const;  // staff.read
  // access.change.  `if_match`: the etag the change was decided on; kPreconditionRequired, kPreconditionFailed.
  Receipted<AccessSettingsView> Change(const Caller& caller, AccessSettings settings, std::string_view if_match);

  // Reads again what other servers changed.
  Status Refresh();

 private:
  explicit AccessSettingsService(Gate& gate) : gate_(gate), current_(std::make_shared<const AccessSettings>()) {}
  struct Stored {
    AccessSettings settings;
    StoreVersion version = kAbsent;
  };
  Result<Stored> ReadStored() const;
  void Publish(AccessSettings settings);

  Gate& gate_;
  std::mutex change_mutex_;
  AccessSettingsPtr current_;
  std::vector<Listener> listeners_;
  // The minute since 1970 above, the minute of its week in the low 16 bits: one value, so that threads agree.
  mutable std::atomic<int64_t> last_minute_{-1};
};

}  // namespace strongroom
