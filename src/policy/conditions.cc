#include "policy/conditions.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace strongroom {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<uint8_t> ParseDay(std::string_view text) {
  const auto found = std::find(kDays.begin(), kDays.end(), text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<uint8_t>(found - kDays.begin());
}

// "07:00"; two digits each, 00:00 to 24:00.
std::optional<uint16_t> ParseMinute(std::string_view text) {
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1000; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (hour < 0 || minute < 0 || minute > 59) return std::nullopt;
  const int total = hour * 60 + minute;
  if (total > WeekHours::kMinutesPerDay) return std::nullopt;
  return static_cast<uint16_t>(total);
}

}  // namespace

bool IsMet(Need need, const Caller& caller) {
  switch (need) {
    case Need::kTraining:
      return caller.standing.training_current;
    case Need::kAgreement:
      return caller.standing.agreement_signed;
    case Need::kAcceptableUse:
      return caller.standing.acceptable_use_accepted;
    case Need::kDevice:
      return caller.standing.device != DeviceState::kUnknown;
    case Need::kHealthyDevice:
      return caller.standing.device == DeviceState::kHealthy;
    case Need::kCase:
      return !caller.case_reference.empty();
  }
  return false;
}

void Meet(Need need, Caller& caller) {
  switch (need) {
    case Need::kTraining:
      caller.standing.training_current = true;
      break;
    case Need::kAgreement:
      caller.standing.agreement_signed = true;
      break;
    case Need::kAcceptableUse:
      caller.standing.acceptable_use_accepted = true;
      break;
    case Need::kDevice:
      caller.standing.device = std::max(caller.standing.device, DeviceState::kEnrolled);
      break;
    case Need::kHealthyDevice:
      caller.standing.device = DeviceState::kHealthy;
      break;
    case Need::kCase:
      caller.case_reference = "a-case";
      break;
  }
}

std::optional<WeekHours> WeekHours::Parse(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view days = text.substr(0, space);
  const std::string_view times = text.substr(space + 1);
  if (times.size() != 11 || times[5] != '-') return std::nullopt;
  const size_t dash = days.find('-');
  const std::optional<uint8_t> first = ParseDay(days.substr(0, dash));
  const std::optional<uint8_t> last = dash == std::string_view::npos ? first : ParseDay(days.substr(dash + 1));
  const std::optional<uint16_t> from = ParseMinute(times.substr(0, 5));
  const std::optional<uint16_t> until = ParseMinute(times.substr(6));
  if (!first || !last || !from || !until || *first > *last || *from >= *until) return std::nullopt;
  return WeekHours{*first, *last, *from, *until};
}

bool WeekHours::Contains(uint16_t minute_of_week) const {
  const int day = minute_of_week / kMinutesPerDay;
  const int minute = minute_of_week % kMinutesPerDay;
  return day >= first_day && day <= last_day && minute >= from_minute && minute < until_minute;
}

std::string WeekHours::ToString() const {
  char times[32];
  std::snprintf(times, sizeof(times), " %02u:%02u-%02u:%02u", from_minute / 60u, from_minute % 60u, until_minute / 60u,
                until_minute % 60u);
  std::string text(kDays[first_day]);
  if (last_day != first_day) text += "-" + std::string(kDays[last_day]);
  return text + times;
}

}  // namespace strongroom
