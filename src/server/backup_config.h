// Section [backup] of the configuration.
#pragma once

#include <string>
#include <vector>

#include "crypto/age.h"

namespace strongroom {

struct BackupConfig {
  std::string directory;                 // where sets are written; empty: none can be made
  std::vector<AgeRecipient> recipients;  // who can open them
  int keys_keep_days = 35;               // a key set and its copies are to be gone after so many
  int stale_after_days = 7;              // when the newest data set is older, doctor is red
  bool configured() const { return !directory.empty() && !recipients.empty(); }
};

}  // namespace strongroom
