#include "access/places.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom places v1";
constexpr size_t kMostPlaces = 32;
constexpr std::string_view kMarkPrefix = "srd_";
constexpr size_t kMarkSizeBytes = 32;
constexpr size_t kMarkLength = 4 + 43;
constexpr size_t kMostUserAgentBytes = 512;

// The first word that occurs.  Browsers name those they descend from, so the most particular come first.
template <size_t kSize>
std::string_view FirstIn(std::string_view text,
                         const std::array<std::pair<std::string_view, std::string_view>, kSize>& words) {
  for (const auto& [sign, name] : words) {
    if (text.find(sign) != std::string_view::npos) return name;
  }
  return {};
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kBrowsers = {{
    {"strongroom", "Strongroom CLI"},
    {"Edg", "Edge"},
    {"OPR/", "Opera"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"Chrome/", "Chrome"},
    {"CriOS/", "Chrome"},
    {"Safari/", "Safari"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kSystems = {{
    {"Android", "Android"},
    {"iPhone", "iPhone"},
    {"iPad", "iPad"},
    {"Windows", "Windows"},
    {"CrOS", "ChromeOS"},
    {"Mac OS", "macOS"},
    {"Linux", "Linux"},
}};

}  // namespace

Bytes NetworkOf(const IpAddress& address) {
  const IpNetwork network = IpNetwork::Around(address);
  return Bytes(View(network.base.bytes).substr(0, network.prefix_bits / 8));
}

std::string NetworkTextOf(const IpAddress& address) { return IpNetwork::Around(address).ToString(); }

std::string DeviceLabelOf(std::string_view user_agent) {
  const std::string_view text = user_agent.substr(0, kMostUserAgentBytes);
  const std::string_view browser = FirstIn(text, kBrowsers);
  const std::string_view system = FirstIn(text, kSystems);
  std::string label(browser.empty() ? "browser" : browser);
  if (!system.empty()) label.append(", ").append(system);
  return label;
}

std::string DrawDeviceMark(Random& random) {
  return std::string(kMarkPrefix) + Base64UrlEncode(random.Take(kMarkSizeBytes));
}

bool IsDeviceMark(std::string_view text) {
  return text.size() == kMarkLength && text.starts_with(kMarkPrefix) &&
         Base64UrlDecode(text.substr(kMarkPrefix.size())).ok();
}

Places::Places(const KeyRing& office) : mac_(office.Derive(kMacPurpose)) {}

Digest Places::OfDevice(std::string_view device_mark) const { return mac_.Compute({"device", device_mark}); }

Digest Places::OfNetwork(const IpAddress& address) const { return mac_.Compute({"network", NetworkOf(address)}); }

bool Places::Knows(const StaffMember& person, const Digest& place) {
  return std::any_of(person.places.begin(), person.places.end(),
                     [&](const KnownPlace& known) { return known.mark == place; });
}

void Places::Note(StaffMember& person, const Digest& place, UnixMillis now) {
  std::erase_if(person.places, [&](const KnownPlace& known) { return known.mark == place; });
  person.places.insert(person.places.begin(), KnownPlace{place, now});
  if (person.places.size() > kMostPlaces) person.places.resize(kMostPlaces);
}

}  // namespace strongroom
