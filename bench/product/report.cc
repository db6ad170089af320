#include "product/report.h"

#include <stdlib.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace strongroom::bench {

void PrintSection(const std::string& title) {
  double load = 0;
  std::printf("\n== %s ==", title.c_str());
  if (getloadavg(&load, 1) == 1) std::printf("   (load average %.1f)", load);
  std::printf("\n");
  std::fflush(stdout);
}

void PrintFigure(const std::string& label, const std::string& figure, const std::string& beside) {
  std::printf("  %-52s %14s   %s\n", label.c_str(), figure.c_str(), beside.c_str());
  std::fflush(stdout);
}

void PrintRatio(const std::string& label, std::vector<double> ratios, double aim) {
  if (ratios.empty()) return;
  std::sort(ratios.begin(), ratios.end());
  const double median = Median(ratios);
  std::string beside = Text("%.2f to %.2f", ratios.front(), ratios.back());
  if (aim > 0) beside += Text(", aim %.2f: %s", aim, median >= aim ? "met" : "MISSED");
  PrintFigure(label, Text("%.2f", median), beside);
}

double Median(std::vector<double> figures) {
  if (figures.empty()) return 0;
  std::sort(figures.begin(), figures.end());
  const size_t middle = figures.size() / 2;
  return figures.size() % 2 == 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
}

std::string Text(const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

}  // namespace strongroom::bench
