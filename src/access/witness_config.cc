#include "access/witness_config.h"

#include <algorithm>
#include <map>
#include <utility>

#include "client/url.h"

namespace strongroom {
namespace {

Status Wrong(std::string what) { return Status(Reason::kConfigInvalid, std::move(what)); }

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

Result<std::map<std::string, std::string>> Named(const std::string& setting, const std::vector<std::string>& entries) {
  std::map<std::string, std::string> named;
  for (const std::string& entry : entries) {
    const size_t equals = std::min(entry.find('='), entry.size());
    const std::string name = entry.substr(0, equals);
    if (!IsName(name) || equals + 1 >= entry.size()) {
      return Wrong("'witness." + setting + "' takes entries like 'one=...', names of [a-z0-9-]");
    }
    if (!named.emplace(name, entry.substr(equals + 1)).second) {
      return Wrong("'witness." + setting + "' names '" + name + "' twice");
    }
  }
  return named;
}

}  // namespace

Result<WitnessPlaces> PlacesOf(const WitnessConfig& config) {
  ASSIGN_OR_RETURN(const auto urls, Named("urls", config.urls));
  ASSIGN_OR_RETURN(const auto keys, Named("keys", config.keys));
  WitnessPlaces all;
  std::vector<WitnessKey> known;
  for (const auto& [name, address] : urls) {
    WitnessPlace place{name, address, {}};
    while (place.url.ends_with('/')) place.url.pop_back();
    if (const Result<WebUrl> url = ParseWebUrl(place.url); !url.ok() || place.url.find('?') != std::string::npos) {
      return Wrong("'witness.urls', " + name + ": " +
                   (url.ok() ? "an address without a query" : url.status().message()));
    }
    const auto key = keys.find(name);
    if (key == keys.end()) return Wrong("'witness.keys' has no entry '" + name + "=VKEY', the witness's public key");
    const Result<WitnessKey> parsed = WitnessKey::Parse(key->second);
    if (!parsed.ok()) return Wrong("'witness.keys', " + name + ": " + parsed.status().message());
    place.key = *parsed;
    known.push_back(*parsed);
    all.places.push_back(std::move(place));
  }
  for (const auto& [name, key] : keys) {
    if (!urls.contains(name)) return Wrong("'witness.urls' has no entry '" + name + "=https://...'");
  }
  if (const Status distinct = CheckWitnessKeys(known); !distinct.ok())
    return Wrong("'witness.keys': " + distinct.message());
  if (config.quorum > all.places.size()) {
    return Wrong("'witness.quorum' asks for more witnesses than 'witness.urls' names");
  }
  all.quorum = config.quorum == 0 ? all.places.size() : config.quorum;
  return all;
}

}  // namespace strongroom
