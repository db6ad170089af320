#include "names/training/report.h"

#include <cstdio>

namespace strongroom::names {
namespace {

constexpr const char* kBegin = "<!-- figures: begin -->\n";
constexpr const char* kEnd = "<!-- figures: end -->\n";

std::string Row(const std::string& what, const Counts& counts) {
  char row[200];
  std::snprintf(row, sizeof(row), "| %s | %zu | %.3f | %.3f | %.3f | %.3f |\n", what.c_str(),
                counts.right + counts.missing, counts.Precision(), counts.Recall(), counts.F(1), counts.F(2));
  return row;
}

}  // namespace

std::string TablesOf(const Boards& boards) {
  std::string text;
  for (const auto& [name, board] : boards) {
    text +=
        "\n### " + name + "\n\n| type | labelled | precision | recall | F1 | F2 |\n|---|---:|---:|---:|---:|---:|\n";
    size_t kinds = 0;
    for (size_t i = 0; i < detect::kKindCount; ++i) {
      const Counts& counts = board.kinds[i];
      if (counts.right + counts.missing == 0) continue;
      text += Row(std::string(detect::NameOf(static_cast<detect::Kind>(i))), counts);
      ++kinds;
    }
    if (kinds > 1) text += Row("**all, typed**", board.Typed(detect::KindSet::All()));
    text += Row("all, whatever the type", board.untyped);
    text += Row("bytes blacked out", board.characters);
    char line[100];
    std::snprintf(line, sizeof(line), "\nWholly covered: %zu of %zu labelled spans (%.1f %%).\n", board.covered,
                  board.gold,
                  board.gold == 0 ? 0.0 : 100.0 * static_cast<double>(board.covered) / static_cast<double>(board.gold));
    text += line;
  }
  return text;
}

std::string ReplaceFigures(const std::string& page, const std::string& figures) {
  const size_t begin = page.find(kBegin), end = page.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return page.substr(0, begin) + kBegin + figures + page.substr(end);
}

}  // namespace strongroom::names
