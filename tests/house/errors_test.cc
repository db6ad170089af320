// Every reason of src/base/reason.def has a page in docs/errors/, and every page a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "base/status.h"
#include "tests/house/source_tree.h"

namespace strongroom::house {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// RFC 9110, 6585 (428, 429): the one status of each canonical code.
int HttpStatusOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 200;
    case Code::kInvalid:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kNotAllowed:
      return 405;
    case Code::kConflict:
      return 409;
    case Code::kGone:
      return 410;
    case Code::kTooLarge:
      return 413;
    case Code::kUnsupported:
      return 415;
    case Code::kPreconditionFailed:
      return 412;
    case Code::kPreconditionRequired:
      return 428;
    case Code::kTimeout:
      return 408;
    case Code::kExhausted:
      return 429;
    case Code::kUnavailable:
      return 503;
    case Code::kCorrupt:
      return 500;
    case Code::kInternal:
      return 500;
  }
  return 0;
}

// The one reason with a status of its own: RFC 6585 has a better one for headers.
int HttpStatusOf(const ReasonInfo& info) {
  return info.reason == Reason::kHeaderTooLarge ? 431 : HttpStatusOf(info.code);
}

// What is wrong between the reasons and the pages ("docs/errors/x.md" → contents), one line each.
std::vector<std::string> CatalogueFaults(const std::vector<ReasonInfo>& reasons, const SourceTree& pages) {
  std::vector<std::string> faults;
  std::set<std::string> expected = {"docs/errors/README.md"};
  const auto index_page = pages.find("docs/errors/README.md");
  const std::string index = index_page == pages.end() ? "" : index_page->second;
  for (const ReasonInfo& info : reasons) {
    const std::string code(info.wire_code);
    const std::string path = "docs/errors/" + code + ".md";
    expected.insert(path);
    const auto page = pages.find(path);
    if (page == pages.end()) {
      faults.push_back(path + " is missing");
      continue;
    }
    if (!page->second.starts_with("# ")) faults.push_back(path + " does not begin with a title");
    if (page->second.find(code) == std::string::npos) faults.push_back(path + " does not name its code");
    const std::string status = "HTTP " + std::to_string(HttpStatusOf(info));
    // Some reasons are the client's own: no server ever sends them.
    const bool says_where =
        page->second.find(status) != std::string::npos || page->second.find("command line only") != std::string::npos;
    if (!says_where) faults.push_back(path + " does not say \"" + status + "\"");
    if (Lines(page->second).size() < 5) faults.push_back(path + " says too little: what happened, why, what to do");
    if (index.find("(" + code + ".md)") == std::string::npos)
      faults.push_back("docs/errors/README.md does not list " + code);
  }
  for (const auto& [path, contents] : pages) {
    if (!expected.contains(path)) faults.push_back(path + " explains no reason of src/base/reason.def");
  }
  return faults;
}

std::vector<ReasonInfo> ProjectReasons() {
  size_t count = 0;
  const ReasonInfo* table = ReasonTable(&count);
  return {table, table + count};
}

TEST(ErrorPages, AMissingAndASurplusPageAreReported) {
  const std::vector<ReasonInfo> reasons = {{Reason::kDenied, "denied", Code::kDenied, "No"},
                                           {Reason::kInternal, "internal", Code::kInternal, "Oh"}};
  const SourceTree pages = {
      {"docs/errors/README.md", "- [denied](denied.md)\n- [internal](internal.md)\n"},
      {"docs/errors/denied.md", "# No\n\n`denied`, HTTP 403\n\nWhat happened ...\n\nWhat to do ...\n"},
      {"docs/errors/gone.md", "# Old\n"}};
  const std::vector<std::string> faults = CatalogueFaults(reasons, pages);
  ASSERT_THAT(faults, SizeIs(2));
  EXPECT_THAT(faults[0], HasSubstr("internal.md is missing"));
  EXPECT_THAT(faults[1], HasSubstr("gone.md explains no reason"));
}

TEST(ErrorPages, EveryReasonHasItsPageAndEveryPageItsReason) {
  const std::vector<ReasonInfo> reasons = ProjectReasons();
  const std::vector<std::string> faults = CatalogueFaults(reasons, ReadTree(ProjectRoot(), "docs/errors", {".md"}));
  std::string text;
  for (const std::string& fault : faults) text += "\n  " + fault;
  EXPECT_THAT(faults, IsEmpty()) << text;
  std::printf("%zu reasons checked\n", reasons.size());
  EXPECT_GE(reasons.size(), 70U);
}

TEST(ErrorPages, WireCodesAreUniqueKebabCase) {
  std::set<std::string_view> seen;
  for (const ReasonInfo& info : ProjectReasons()) {
    EXPECT_TRUE(seen.insert(info.wire_code).second) << info.wire_code << " stands twice in reason.def";
    EXPECT_EQ(info.wire_code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string_view::npos)
        << info.wire_code;
  }
}

}  // namespace
}  // namespace strongroom::house
