// The tour: `./dev run`.  Makes a development vault when there is none, imports, and tells the story of this very
// vault on one screen: what is held, what each kind of person gets of it, and the proof.
#pragma once

#include <string>

#include "base/status.h"
#include "server/config.h"

namespace strongroom {

struct TourOptions {
  ServerConfig config;
  std::string csv;          // empty: the example
  std::string example_csv;  // where the example is
  bool yes = false;         // accept the proposed mapping
  bool once = false;        // end after the screen
};

// Prints to standard output, progress to standard error.  Unless `once`, serves until a signal.
Status RunTour(const TourOptions& options);

}  // namespace strongroom
