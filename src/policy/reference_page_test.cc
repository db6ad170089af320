// docs/reference/policy.md is read by this test: its example is a policy, its table is one, and they agree.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "policy/policy_table.h"

namespace strongroom {
namespace {

std::string Page() {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/reference/policy.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fenced block that follows "<!-- test: NAME -->".
std::string Example(const std::string& page, const std::string& name) {
  const std::string marker = "<!-- test: " + name + " -->\n```toml\n";
  const size_t start = page.find(marker);
  if (start == std::string::npos) return "";
  const size_t end = page.find("\n```", start + marker.size());
  return page.substr(start + marker.size(), end - start - marker.size() + 1);
}

TEST(PolicyReferencePage, ItsExampleIsAPolicyAndPassesItsTable) {
  const std::string page = Page();
  ASSERT_FALSE(page.empty());
  const Result<std::shared_ptr<const PolicySet>> policy = PolicySet::Parse(Example(page, "policy"));
  ASSERT_TRUE(policy.ok()) << policy.status().ToString();
  EXPECT_GE((*policy)->rules().size(), 5u);
  const Result<PolicyTable> table = PolicyTable::Parse(Example(page, "cases"));
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  const Result<PolicyTableReport> report = table->Run(**policy);
  ASSERT_TRUE(report.ok()) << report.status().ToString();
  for (const PolicyMismatch& mismatch : report->mismatches) ADD_FAILURE() << mismatch.ToString();
  std::printf("%zu questions, %zu of the rest\n", report->questions, report->rest_questions);
}

TEST(PolicyReferencePage, NamesEveryActionThatCanBeAskedEverySensitivityAndDecision) {
  const std::string page = Page();
  const auto names = [&](std::string_view name) {
    return page.find("`" + std::string(name) + "`") != std::string::npos;
  };
  for (Action action : AllActions()) EXPECT_EQ(names(NameOf(action)), CanBeAsked(action)) << NameOf(action);
  for (int i = 0; i < kSensitivityCount; ++i) EXPECT_TRUE(names(NameOf(static_cast<Sensitivity>(i))));
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(names(NameOf(static_cast<Decision>(i))));
  const auto policy = *PolicySet::Parse(PolicySet::DefaultToml());
  for (const std::string& role : policy->roles()) EXPECT_TRUE(names(role)) << role;
}

}  // namespace
}  // namespace strongroom
