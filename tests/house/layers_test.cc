// A folder under src/ is a layer and may include only what stands on its line of src/CMakeLists.txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <set>

#include "tests/house/source_tree.h"

namespace strongroom::house {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using LayerTable = std::map<std::string, std::set<std::string>>;

// Reads the strongroom_layer(NAME … MAY_INCLUDE a b … LINK …) lines.
LayerTable TableOfCMake(std::string_view cmake) {
  LayerTable table;
  for (std::string_view line : Lines(cmake)) {
    const std::string_view call = "strongroom_layer(";
    if (!line.starts_with(call)) continue;
    line = line.substr(call.size(), line.find(')') - call.size());
    const std::vector<std::string> words = Words(line);
    if (words.empty()) continue;
    std::set<std::string>& may_include = table[words[0]];
    bool listing = false;
    for (size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "MAY_INCLUDE" || words[i] == "LINK") {
        listing = words[i] == "MAY_INCLUDE";
      } else if (listing) {
        may_include.insert(words[i]);
      }
    }
  }
  return table;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '`')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '`')) text.remove_suffix(1);
  return text;
}

// Reads the table of ARCHITECTURE.md: the one whose header begins with "folder" and ends with "may include".
// A cell may say "everything" or, for a layer with none below it, a dash.
LayerTable TableOfArchitecture(std::string_view markdown, const LayerTable& all) {
  LayerTable table;
  bool inside = false;
  for (const std::string_view line : Lines(markdown)) {
    if (!line.starts_with("|")) {
      inside = false;
      continue;
    }
    std::vector<std::string> cells;
    for (size_t from = 1; from < line.size();) {
      const size_t bar = std::min(line.find('|', from), line.size());
      cells.emplace_back(Trimmed(line.substr(from, bar - from)));
      from = bar + 1;
    }
    if (cells.size() < 3) continue;
    if (cells.front().starts_with("folder")) {
      inside = true;
      continue;
    }
    if (!inside || cells.front().starts_with("-")) continue;
    std::set<std::string>& may_include = table[cells.front()];
    for (const std::string& word : Words(cells.back())) {
      if (word == "everything") {
        for (const auto& [layer, unused] : all) {
          if (layer != cells.front()) may_include.insert(layer);
        }
      } else if (std::isalpha(static_cast<unsigned char>(word[0])) != 0) {
        may_include.insert(word);
      }
    }
  }
  return table;
}

// "src/http/router.cc includes store/store.h, but http may include only base policy": one line per offence.
std::vector<std::string> ForbiddenIncludes(const SourceTree& tree, const LayerTable& table) {
  std::vector<std::string> offences;
  for (const auto& [path, contents] : tree) {
    const std::string layer = LayerOf(path);
    if (layer.empty()) continue;
    const auto line = table.find(layer);
    if (line == table.end()) {
      offences.push_back(path + " lies in src/" + layer +
                         ", which is no layer of src/CMakeLists.txt: add its line first");
      continue;
    }
    for (const std::string& include : OwnIncludesOf(contents)) {
      const std::string target = include.substr(0, include.find('/'));
      if (target == layer || line->second.contains(target)) continue;
      std::string allowed;
      for (const std::string& name : line->second) allowed += " " + name;
      offences.push_back(path + " includes " + include + ", but " + layer + " may include only:" + allowed);
    }
  }
  return offences;
}

// Files that include each other in a ring, as "a.h -> b.h -> a.h".
std::vector<std::string> IncludeCycles(const SourceTree& tree) {
  std::vector<std::string> cycles;
  std::set<std::string> finished;
  std::vector<std::string> path;
  const std::function<void(const std::string&)> visit = [&](const std::string& file) {
    if (finished.contains(file)) return;
    const auto on_path = std::find(path.begin(), path.end(), file);
    if (on_path != path.end()) {
      std::string ring;
      for (auto step = on_path; step != path.end(); ++step) ring += *step + " -> ";
      cycles.push_back(ring + file);
      return;
    }
    const auto found = tree.find(file);
    if (found == tree.end()) return;
    path.push_back(file);
    for (const std::string& include : OwnIncludesOf(found->second)) visit("src/" + include);
    path.pop_back();
    finished.insert(file);
  };
  for (const auto& [file, contents] : tree) visit(file);
  return cycles;
}

// Layers that may include each other, directly or through others.
std::vector<std::string> LayerCycles(const LayerTable& table) {
  SourceTree as_files;
  for (const auto& [layer, may_include] : table) {
    std::string& contents = as_files["src/" + layer];
    for (const std::string& other : may_include) contents += "#include \"" + other + "\"\n";
  }
  return IncludeCycles(as_files);
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

LayerTable ProjectTable() { return TableOfCMake(ReadFile(ProjectRoot() / "src/CMakeLists.txt")); }

SourceTree ProjectSources() { return ReadTree(ProjectRoot(), "src", {".h", ".cc", ".def"}); }

TEST(Layers, TheTableIsReadFromCMake) {
  const LayerTable table = TableOfCMake(
      "strongroom_layer(base)\n"
      "strongroom_layer(store MAY_INCLUDE base LINK rocks)\n"
      "strongroom_layer(keys LINK x MAY_INCLUDE base store)\n");
  EXPECT_EQ(table, (LayerTable{{"base", {}}, {"store", {"base"}}, {"keys", {"base", "store"}}}));
  EXPECT_GE(ProjectTable().size(), 12U);
}

TEST(Layers, AForbiddenIncludeIsReported) {
  const LayerTable table = {{"base", {}}, {"store", {"base"}}, {"http", {"base"}}};
  const SourceTree fake = {
      {"src/http/router.cc", "#include \"http/router.h\"\n#include \"base/bytes.h\"\n#include \"store/store.h\"\n"},
      {"src/http/router.h", "// #include \"store/store.h\" is what we may not do\n#include <vector>\n"},
      {"src/attic/box.h", "#include \"base/bytes.h\"\n"},
  };
  const std::vector<std::string> offences = ForbiddenIncludes(fake, table);
  ASSERT_THAT(offences, SizeIs(2));
  EXPECT_THAT(offences[0], HasSubstr("src/attic, which is no layer"));
  EXPECT_THAT(offences[1], HasSubstr("src/http/router.cc includes store/store.h"));
}

TEST(Layers, AnIncludeCycleIsReported) {
  const SourceTree fake = {{"src/a/x.h", "#include \"a/y.h\"\n"},
                           {"src/a/y.h", "#include \"a/z.h\"\n"},
                           {"src/a/z.h", "#include \"a/x.h\"\n"}};
  const std::vector<std::string> cycles = IncludeCycles(fake);
  ASSERT_THAT(cycles, SizeIs(1));
  EXPECT_EQ(cycles[0], "src/a/x.h -> src/a/y.h -> src/a/z.h -> src/a/x.h");
  EXPECT_THAT(LayerCycles({{"a", {"b"}}, {"b", {"a"}}}), SizeIs(1));
}

TEST(Layers, EverySourceIncludesOnlyWhatItsLayerMay) {
  const SourceTree sources = ProjectSources();
  const std::vector<std::string> offences = ForbiddenIncludes(sources, ProjectTable());
  EXPECT_THAT(offences, IsEmpty()) << Joined(offences);
  std::printf("%zu files read\n", sources.size());
  EXPECT_GE(sources.size(), 20U);
}

TEST(Layers, NoCycles) {
  const std::vector<std::string> file_cycles = IncludeCycles(ProjectSources());
  EXPECT_THAT(file_cycles, IsEmpty()) << Joined(file_cycles);
  const std::vector<std::string> layer_cycles = LayerCycles(ProjectTable());
  EXPECT_THAT(layer_cycles, IsEmpty()) << Joined(layer_cycles);
}

// Personal data has one door to disk, and it seals: a line of the table may not quietly open a second one.
TEST(Layers, NothingAboveKeysAndAuditMayIncludeTheStore) {
  for (const auto& [layer, may_include] : ProjectTable()) {
    if (layer == "keys" || layer == "audit" || layer == "server") continue;
    if (layer == "backup") {  // copies rows as they are, and could open none
      EXPECT_EQ(may_include, (std::set<std::string>{"base", "crypto", "store"}));
      continue;
    }
    EXPECT_FALSE(may_include.contains("store")) << layer;
  }
}

TEST(Layers, ArchitectureSaysTheSame) {
  const std::string sample =
      "| folder (src/…) | owns | may include |\n|---|---|---|\n| `base` | ids | – |\n| store | rows | base |\n| all | "
      "x | "
      "everything |\n\n| folder | b | c |\n";
  const LayerTable expected = {{"base", {}}, {"store", {"base"}}, {"all", {"base", "store"}}};
  EXPECT_EQ(TableOfArchitecture(sample, expected), expected);

  const LayerTable cmake = ProjectTable();
  const std::string page = ReadFile(ProjectRoot() / "ARCHITECTURE.md");
  for (const auto& [layer, may_include] : TableOfArchitecture(page, cmake)) {
    const auto line = cmake.find(layer);
    ASSERT_NE(line, cmake.end()) << "ARCHITECTURE.md has a layer '" << layer << "' that src/CMakeLists.txt has not";
    EXPECT_EQ(may_include, line->second) << "ARCHITECTURE.md and src/CMakeLists.txt differ about " << layer;
  }
  if (!page.empty()) {
    EXPECT_EQ(TableOfArchitecture(page, cmake).size(), cmake.size()) << "ARCHITECTURE.md leaves out a layer";
  }
}

}  // namespace
}  // namespace strongroom::house
