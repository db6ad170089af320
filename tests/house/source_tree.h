// Reads the project's own sources, for the tests that hold them to the rules of the house.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::house {

// Path relative to the root ("src/base/bytes.h") → contents.
using SourceTree = std::map<std::string, std::string>;

// The project's root, where this test was built from.
std::filesystem::path ProjectRoot();

// All text files under `root`/`folder` ("." for all) whose name ends in one of `endings` (all when empty).
// Leaves out what is built, fetched or private: .git, build, data, node_modules, dist.
SourceTree ReadTree(const std::filesystem::path& root, std::string_view folder,
                    const std::vector<std::string>& endings);

std::string ReadFile(const std::filesystem::path& path);

std::vector<std::string_view> Lines(std::string_view text);
std::vector<std::string> Words(std::string_view text);

// C++ text with comments and the contents of string and character literals blanked; line numbers stay the same.
std::string CodeOnly(std::string_view cpp);

// The folder under src/ that a path belongs to ("src/vault/gate.h" → "vault"), or "".
std::string LayerOf(std::string_view path);

// The project's own includes of a C++ file ("vault/gate.h"), those written with quotes.
std::vector<std::string> OwnIncludesOf(std::string_view cpp);

// One function, found by its braces in code formatted as ours is.
struct FunctionSize {
  size_t first_line = 0;
  size_t lines = 0;  // with code on them: a table in a raw string is data, a comment is a kindness
};
std::vector<FunctionSize> FunctionsOf(std::string_view cpp);

}  // namespace strongroom::house
