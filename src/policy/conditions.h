// Conditions of a rule on the person who asks and on the time of day: pure tables, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "policy/principal.h"

namespace strongroom {

// What a rule may ask of the caller beyond roles.  A program meets none of these.
enum class Need : uint8_t {
  kTraining = 0,       // every training that is due is current
  kAgreement = 1,      // the newest confidentiality agreement is signed
  kAcceptableUse = 2,  // the newest acceptable-use rules are accepted
  kDevice = 3,         // an enrolled device
  kHealthyDevice = 4,  // an enrolled device whose newest checks were good
  kCase = 5,           // a case is named
};
constexpr int kNeedCount = 6;
std::string_view NameOf(Need need);  // "healthy-device"
std::optional<Need> NeedFromName(std::string_view name);
bool IsMet(Need need, const Caller& caller);
// For questions about a policy: makes a caller who meets it.
void Meet(Need need, Caller& caller);

// A part of the week: "mon-fri 07:00-19:00", "sat 09:00-13:00".  The end is exclusive; "24:00" ends a day.  A span that
// goes past midnight is written as two.
struct WeekHours {
  uint8_t first_day = 0;  // 0 is Monday
  uint8_t last_day = 6;
  uint16_t from_minute = 0;  // of the day
  uint16_t until_minute = 0;
  static constexpr int kMinutesPerDay = 24 * 60;

  static std::optional<WeekHours> Parse(std::string_view text);
  bool Contains(uint16_t minute_of_week) const;
  std::string ToString() const;
  bool operator==(const WeekHours&) const = default;
};

}  // namespace strongroom
