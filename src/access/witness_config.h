// What the configuration says about letting the log's checkpoints leave the machine (section [witness],
// docs/reference/configuration.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "witness/cosignature.h"

namespace strongroom {

struct WitnessConfig {
  std::vector<std::string> urls;    // "name=https://…": where each witness takes add-checkpoint
  std::vector<std::string> keys;    // "name=VKEY", one for each
  uint32_t quorum = 0;              // how many must cosign; 0: all
  uint32_t interval_seconds = 60;   // between rounds
  uint32_t told_every_hours = 24;   // how often checkpoints go to mail_to, webhooks and syslog; 0: never
  uint32_t stale_after_hours = 48;  // from then on doctor is red
  std::string ca_file;              // of the witnesses' servers; empty: the system's authorities
  bool public_log = false;          // hashes and checkpoints below /log/ for everybody
};

struct WitnessPlace {
  std::string name;  // in the configuration
  std::string url;   // the submission prefix, without a slash at the end
  WitnessKey key;
};

struct WitnessPlaces {
  std::vector<WitnessPlace> places;
  size_t quorum = 0;  // 1 to places.size(); 0 when there are none
};

// kConfigInvalid names the setting and what it takes.
Result<WitnessPlaces> PlacesOf(const WitnessConfig& config);

}  // namespace strongroom
