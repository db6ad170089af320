#include "tests/house/source_tree.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

namespace strongroom::house {
namespace {

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether the apostrophe at `at` separates digits (1'000'000) rather than opening a character literal.
bool IsDigitSeparator(std::string_view text, size_t at) {
  size_t start = at;
  while (start > 0 && (IsWordChar(text[start - 1]) || text[start - 1] == '\'')) --start;
  return start < at && std::isdigit(static_cast<unsigned char>(text[start])) != 0;
}

// Position just behind the literal that opens at `at`.
size_t EndOfLiteral(std::string_view text, size_t at) {
  const char quote = text[at];
  if (quote == '"' && at > 0 && text[at - 1] == 'R') {
    const size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    const std::string close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
    const size_t end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
  }
  size_t i = at + 1;
  while (i < text.size() && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

}  // namespace

std::filesystem::path ProjectRoot() { return STRONGROOM_SOURCE_DIR; }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

SourceTree ReadTree(const std::filesystem::path& root, std::string_view folder,
                    const std::vector<std::string>& endings) {
  static const std::set<std::string> kNotOurs = {".git", "build", "data", "node_modules", "dist", ".ccache"};
  SourceTree tree;
  for (auto entry = std::filesystem::recursive_directory_iterator(root / folder);
       entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory()) {
      if (kNotOurs.contains(name)) entry.disable_recursion_pending();
      continue;
    }
    const bool wanted = endings.empty() || std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
                          return name.ends_with(ending);
                        });
    if (name == ".git") continue;  // of a linked work tree: a file that says where the repository is
    if (!wanted || !entry->is_regular_file()) continue;
    std::string contents = ReadFile(entry->path());
    if (contents.find('\0') != std::string::npos) continue;  // an image or another binary
    tree[std::filesystem::relative(entry->path(), root).generic_string()] = std::move(contents);
  }
  return tree;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> Words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string CodeOnly(std::string_view cpp) {
  std::string code(cpp);
  const auto blank = [&](size_t from, size_t to) {
    for (size_t i = from; i < to && i < code.size(); ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
  };
  for (size_t i = 0; i < cpp.size();) {
    if (cpp.substr(i, 2) == "//") {
      const size_t end = std::min(cpp.find('\n', i), cpp.size());
      blank(i, end);
      i = end;
    } else if (cpp.substr(i, 2) == "/*") {
      const size_t close = cpp.find("*/", i + 2);
      const size_t end = close == std::string_view::npos ? cpp.size() : close + 2;
      blank(i, end);
      i = end;
    } else if (cpp[i] == '"' || (cpp[i] == '\'' && !IsDigitSeparator(cpp, i))) {
      const size_t end = EndOfLiteral(cpp, i);
      blank(i + 1, end - 1);  // the quotes stay, so that a call still shows its argument
      i = end;
    } else {
      ++i;
    }
  }
  return code;
}

std::string LayerOf(std::string_view path) {
  if (!path.starts_with("src/")) return "";
  path.remove_prefix(4);
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

std::vector<std::string> OwnIncludesOf(std::string_view cpp) {
  std::vector<std::string> includes;
  const std::string code = CodeOnly(cpp);
  const std::vector<std::string_view> raw_lines = Lines(cpp);
  const std::vector<std::string_view> code_lines = Lines(code);
  for (size_t i = 0; i < raw_lines.size(); ++i) {
    // The directive must be code (not a comment); its file name is a literal, hence read from the raw line.
    const size_t hash = code_lines[i].find_first_not_of(" \t");
    if (hash == std::string_view::npos || code_lines[i][hash] != '#') continue;
    const size_t keyword = code_lines[i].find("include", hash);
    if (keyword == std::string_view::npos) continue;
    const size_t open = raw_lines[i].find('"', keyword);
    const size_t close = open == std::string_view::npos ? open : raw_lines[i].find('"', open + 1);
    if (close != std::string_view::npos) includes.emplace_back(raw_lines[i].substr(open + 1, close - open - 1));
  }
  return includes;
}

std::vector<FunctionSize> FunctionsOf(std::string_view cpp) {
  const std::string code = CodeOnly(cpp);
  std::vector<FunctionSize> functions;
  std::vector<bool> scopes;   // of the open braces: is it a namespace or a class?
  size_t function_depth = 0;  // how many braces were open when the current function began, plus one
  size_t line = 1;
  bool code_on_line = false;
  size_t header_line = 1;
  std::string header;  // the code since the last statement or brace
  for (const char c : code) {
    if (c == '\n') {
      code_on_line = false;
    } else if (!code_on_line && std::isspace(static_cast<unsigned char>(c)) == 0) {
      code_on_line = true;
      if (function_depth > 0) ++functions.back().lines;
    }
    if (c == '{') {
      const bool at_scope = std::find(scopes.begin(), scopes.end(), false) == scopes.end();
      // A function's header has parameters; a namespace's or class' has none (alignas aside, which we do not use).
      const bool is_function =
          at_scope && header.find('(') != std::string::npos && header.find('=') == std::string::npos;
      const std::vector<std::string> words = Words(header);
      const bool is_scope = !is_function && std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word == "namespace" || word == "class" || word == "struct" || word == "union" || word == "extern";
      });
      if (is_function && function_depth == 0) {
        function_depth = scopes.size() + 1;
        functions.push_back({header_line, line - header_line + 1});
      }
      scopes.push_back(is_scope);
      header.clear();
    } else if (c == '}') {
      if (!scopes.empty()) scopes.pop_back();
      if (function_depth == scopes.size() + 1) {
        function_depth = 0;
      }
      header.clear();
    } else if (c == ';') {
      header.clear();
    } else {
      if (c == '\n') ++line;
      // An access label ends with a colon and its line; it is no part of what follows.
      if (c == '\n' && header.ends_with(':')) header.clear();
      if (header.empty() && std::isspace(static_cast<unsigned char>(c)) != 0) continue;
      if (header.empty()) header_line = line;
      header += c;
    }
  }
  return functions;
}

}  // namespace strongroom::house
