// Recordings of a browser: HTTP Archive 1.2 (HAR), as every browser's tools save them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "survey/page_forms.h"
#include "survey/report.h"
#include "survey/site.h"

namespace strongroom::survey {

// What stands in a recording, in its order.  Each may fail, which ends the reading.
struct HarEvents {
  std::function<Status(const SiteRequest& request)> request;
  std::function<Status(std::string_view header, const std::string& host)> set_cookie;
  std::function<Status(const std::string& page_url, const PageForms& forms)> page;
  std::function<Status(const std::string& start_url)> start;  // the first page; called first
};

// Errors of base/json.h, and kMissingMember when it is JSON and no recording.
Status ReadHar(std::string_view bytes, const HarEvents& events);

// The site that was recorded; read in the sandbox.  `site` is its address; empty: that of the first page.
// kFileUnreadable, or as ReadHar() and RunConfined().
Result<Place> SurveyHar(const Search& search, const std::string& path, const std::string& site, int64_t now_seconds);

}  // namespace strongroom::survey
