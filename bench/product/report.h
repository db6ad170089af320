// The table a run prints: one line a figure, beside the ceiling it is held to and the load of the machine.
#pragma once

#include <string>
#include <vector>

namespace strongroom::bench {

// "== reveal ==   load average 1.2"
void PrintSection(const std::string& title);
// A figure: `label`, the figure as text, and what stands beside it.
void PrintFigure(const std::string& label, const std::string& figure, const std::string& beside = {});
// A ratio of two figures taken right after each other, as often as there were rounds: the median, the extremes, the
// aim; 0: there is none.
void PrintRatio(const std::string& label, std::vector<double> ratios, double aim);

double Median(std::vector<double> figures);
// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string Text(const char* format, ...);

}  // namespace strongroom::bench
