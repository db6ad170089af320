// The company's own web site, walked through as a visitor's browser would.
#pragma once

#include <cstdint>
#include <string>

#include "survey/surveying.h"

namespace strongroom::survey {

struct CrawlOptions {
  std::string browser = {};      // the program; empty: Debian's Chromium
  int64_t pages = 50;            // at most
  int64_t seconds = 300;         // for all of them
  int64_t settle_millis = 1000;  // after a page has loaded: what comes late
  int64_t pause_millis = 200;    // between pages
};

// Follows links within the origin, fills in nothing, presses nothing; links that by their words end a session or delete
// something are left alone.  kInvalidArgument: the address; kFileUnreadable: no browser; kServerUnreachable: it broke.
Result<Place> SurveySite(const std::string& url, const CrawlOptions& options, const Surveying& how,
                         int64_t now_seconds);

}  // namespace strongroom::survey
