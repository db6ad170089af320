// The figures of docs/detection.md.
#pragma once

#include <map>
#include <string>

#include "names/training/scoring.h"

namespace strongroom::names {

// By the name of what was read ("Swedish news, held out"); printed in this order.
using Boards = std::map<std::string, Scoreboard>;

// Tables in Markdown.
std::string TablesOf(const Boards& boards);

// `page` with what stands between its two marker lines replaced; an empty text when it has no markers.
std::string ReplaceFigures(const std::string& page, const std::string& figures);

}  // namespace strongroom::names
