// One file of many pages, gone through by several processes at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "desk/paper_desk.h"

namespace strongroom::desk {

// The same answer as desk.Do(), sooner.  A TIFF's pages are taken apart, each is a file of its own for a worker, and
// the results are put together again, all of it by workers; what cannot be taken apart (one page, a TIFF of an old
// kind) goes to one.  A PDF goes to one worker, which has its pictures and drawings read by others (reading_pool.h). At
// most `at_once` of them.  `watch` is called by several threads.  Errors as desk.Do(), with the page.
Result<PaperAnswer> DoPages(PaperDesk& desk, const PaperAsk& ask, std::string_view bytes, uint32_t at_once,
                            const PaperDesk::Watch& watch);

}  // namespace strongroom::desk
