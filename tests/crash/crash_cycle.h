// The loss of a whole server: every store of a vault stands on a file system whose power is cut while several callers
// work, and what was promised to them is then compared with what is found.
#pragma once

#include <cstdint>
#include <string>

namespace strongroom {

struct CrashTotals {
  uint64_t cuts = 0;
  uint64_t cuts_while_opening = 0;
  uint64_t creates = 0;  // acknowledged; likewise below
  uint64_t changes = 0;
  uint64_t reveals = 0;
  uint64_t tokens = 0;
  uint64_t erasures = 0;
  uint64_t erasures_finished = 0;  // by the sweeper, after a cut in the middle of one
  uint64_t unanswered_kept = 0;    // changes of any kind that nobody was told of and that are nevertheless whole
  uint64_t checkpoints_continued = 0;
  uint64_t rotations_found_begun = 0;  // rooms in which a cut fell between two epochs
  uint64_t epochs_destroyed = 0;
  uint64_t moves = 0;              // to the other compartment
  uint64_t moves_found_begun = 0;  // that a cut fell into
  uint64_t moves_unanswered = 0;   // ... and that were carried out, though nobody was told
  uint64_t bytes_lost = 0;
};

// False: a protection is off, as a control.
struct CrashProtections {
  bool sync = true;        // stores flush before they answer
  bool move_notes = true;  // the rows that say which moves were under way are there after the cut
};

// One vault through several cuts of power.  Empty, or the first promise that was found broken.
std::string RunCrashCycle(uint64_t seed, const CrashProtections& protections, CrashTotals& totals);

}  // namespace strongroom
