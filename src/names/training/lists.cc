#include "names/training/lists.h"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace strongroom::names {
namespace {

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Reason::kFileUnreadable, "cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> WordsOf(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

// 0 for what is no number.
uint32_t CountOf(std::string_view digits) {
  uint32_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

// "字12": a text and its count.
Weighted WeightsOf(const std::vector<std::string>& words) {
  Weighted weighted;
  double sum = 0;
  for (const std::string& word : words) {
    const size_t digits = word.find_first_of("0123456789");
    if (digits == 0 || digits == std::string::npos) continue;
    sum += CountOf(std::string_view(word).substr(digits));
    weighted.words.push_back(word.substr(0, digits));
    weighted.sums.push_back(sum);
  }
  return weighted;
}

// "n2:197": a class of words, whether of one character or more, and how often it follows.
Weighted ChainOf(const std::vector<std::string>& words) {
  Weighted weighted;
  double sum = 0;
  for (size_t i = 1; i < words.size(); ++i) {
    const size_t colon = words[i].find(':');
    if (colon == std::string::npos) continue;
    sum += CountOf(std::string_view(words[i]).substr(colon + 1));
    weighted.words.push_back(words[i].substr(0, colon));
    weighted.sums.push_back(sum);
  }
  return weighted;
}

// Lines of a class and its words.
Status ReadClasses(const std::string& path, std::map<std::string, std::vector<std::string>>& classes) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path));
  for (const std::string& line : LinesOf(text)) {
    std::vector<std::string> row = WordsOf(line);
    for (size_t i = 1; i < row.size(); ++i) {
      for (char& c : row[i]) c = c == '_' ? ' ' : c;
    }
    classes[row[0]].assign(row.begin() + 1, row.end());
  }
  return {};
}

Status ReadHan(const std::string& folder, Lists& lists) {
  ASSIGN_OR_RETURN(const std::string words, ReadWhole(folder + "/words_zh.txt"));
  for (const std::string& line : LinesOf(words)) {
    const std::vector<std::string> row = WordsOf(line);
    for (size_t i = 2; i < row.size(); ++i) {
      lists.han_words.push_back({row[i], row[0][0], CountOf(row[1])});
    }
  }
  ASSIGN_OR_RETURN(const std::string names, ReadWhole(folder + "/names_zh.txt"));
  for (const std::string& line : LinesOf(names)) {
    std::vector<std::string> row = WordsOf(line);
    const std::string what = row[0];
    row.erase(row.begin());
    if (what == "surnames") lists.han_surnames = row;
    if (what == "surname_weights") lists.han_surname_weights = WeightsOf(row);
    if (what == "given_first") lists.han_given_first = WeightsOf(row);
    if (what == "given_second") lists.han_given_second = WeightsOf(row);
    if (what == "given_single") lists.han_given_single = WeightsOf(row);
    if (what == "foreign_characters") lists.han_foreign_characters = row;
    if (what == "japanese_surnames") lists.japanese_surnames = row;
    if (what == "japanese_given") lists.japanese_given = row;
    if (what == "foreign_names") lists.han_foreign_names = row;
  }
  ASSIGN_OR_RETURN(const std::string places, ReadWhole(folder + "/places_zh.txt"));
  const std::vector<std::string> lines = LinesOf(places);
  if (lines.size() != 2) return {Reason::kDataCorrupt, "places_zh.txt has two lines: places, countries"};
  lists.han_places = WordsOf(lines[0]);
  lists.han_regions = WordsOf(lines[1]);
  ASSIGN_OR_RETURN(const std::string chain, ReadWhole(folder + "/chain_zh.txt"));
  for (const std::string& line : LinesOf(chain)) lists.han_chain[WordsOf(line)[0]] = ChainOf(WordsOf(line));
  return {};
}

}  // namespace

Result<Lists> ReadLists(const std::string& folder) {
  Lists lists;
  const std::pair<const char*, std::vector<std::string>*> files[] = {
      {"given_names.txt", &lists.given_names}, {"surnames.txt", &lists.surnames}, {"places.txt", &lists.places},
      {"regions.txt", &lists.regions},         {"streets.txt", &lists.streets},   {"words_en.txt", &lists.words},
      {"proper_en.txt", &lists.proper},
  };
  for (const auto& [name, lines] : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadWhole(folder + "/" + name));
    *lines = LinesOf(text);
  }
  RETURN_IF_ERROR(ReadClasses(folder + "/cue_words.txt", lists.cues));
  RETURN_IF_ERROR(ReadClasses(folder + "/usual_names.txt", lists.usual));
  RETURN_IF_ERROR(ReadHan(folder, lists));
  return lists;
}

}  // namespace strongroom::names
