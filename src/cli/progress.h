// A line on a terminal that tells how far a long piece of work has come.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "cli/terminal.h"

namespace strongroom {

struct ProgressState {
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;    // 0: not known, and neither is how much is left
  uint64_t rows = 0;           // all that were done, also in runs before
  uint64_t rows_this_run = 0;  // what the speed is reckoned from
  uint64_t bytes_this_run = 0;
  int64_t elapsed_millis = 0;  // of this run
  const char* what = "rows";   // what is counted
};

// " 45 % [#########           ]  123,456 rows  15,200/s  12.3 of 27.1 MiB  0:35 left"
// With an unknown total: "123,456 rows  15,200/s  12.3 MiB".
std::string ProgressLine(const ProgressState& state);
std::string WithThousands(uint64_t number);  // 1,234,567
std::string DurationText(int64_t seconds);   // "0:35", "1:02:03"

// Draws over its own line, and only on a terminal: a log file gets nothing.  Leave it with Clear() before anything
// else is printed.
class ProgressBar {
 public:
  explicit ProgressBar(Terminal& terminal) : terminal_(terminal), active_(terminal.ErrIsTerminal()) {}
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Show(const ProgressState& state);
  void Clear();

 private:
  Terminal& terminal_;
  const bool active_;
  size_t drawn_ = 0;
};

}  // namespace strongroom
