// What the documents promise to be shown by a test, is: each test they name is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <utility>

#include "tests/house/source_tree.h"

namespace strongroom::house {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Tests = std::set<std::pair<std::string, std::string>>;  // suite, name

Tests TestsOf(const SourceTree& sources) {
  static const std::regex kTest(R"(\b(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))");
  Tests tests;
  for (const auto& [path, text] : sources) {
    for (std::sregex_iterator found(text.begin(), text.end(), kTest), end; found != end; ++found) {
      tests.emplace((*found)[1], (*found)[2]);
    }
  }
  return tests;
}

// "`Suite.Name`", "`Suite.*`", and "`.Name`" for another one of the suite before.
std::vector<std::string> BrokenPromises(const std::string& page, const Tests& tests) {
  static const std::regex kNamed(R"(`([A-Z]\w*)?\.(\*|[A-Z]\w*)`)");
  std::vector<std::string> broken;
  std::string suite;
  for (std::sregex_iterator found(page.begin(), page.end(), kNamed), end; found != end; ++found) {
    if ((*found)[1].matched) suite = (*found)[1];
    const std::string name = (*found)[2];
    const auto first = tests.lower_bound({suite, ""});
    const bool exists = name == "*" ? first != tests.end() && first->first == suite : tests.contains({suite, name});
    if (!exists) broken.push_back(suite + "." + name);
  }
  return broken;
}

TEST(Promises, EveryTestThatADocumentNamesExists) {
  SourceTree sources = ReadTree(ProjectRoot(), "src", {"_test.cc", ".h"});
  sources.merge(ReadTree(ProjectRoot(), "tests", {"_test.cc", ".h"}));
  const Tests tests = TestsOf(sources);
  ASSERT_GT(tests.size(), 700u);
  for (const char* page :
       {"docs/asvs.md", "docs/protections.md", "docs/evidence.md", "docs/threat-model.md", "tests/attacks/README.md"}) {
    EXPECT_THAT(BrokenPromises(ReadFile(ProjectRoot() / page), tests), IsEmpty()) << page;
  }
}

TEST(Promises, ABrokenOneIsFound) {
  const Tests tests = TestsOf({{"a_test.cc", "TEST_F(Vault, Locks) {}\nTEST(Door, Opens) {}\n"}});
  EXPECT_THAT(tests, testing::SizeIs(2));
  EXPECT_THAT(BrokenPromises("`Vault.Locks`, `.Unlocks`, `Door.*`, `Window.*`, `vault.toml`, `Door.Shuts`", tests),
              ElementsAre("Vault.Unlocks", "Window.*", "Door.Shuts"));
}

}  // namespace
}  // namespace strongroom::house
