// One scan of many pages, gone through by several workers at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "desk/paper_desk.h"

namespace strongroom::desk {

// The same answer as desk.Do(), sooner: a TIFF's pages are taken apart, each is a file of its own for a worker, and the
// results are put together again, all of it by workers.  At most `at_once` of them; what cannot be taken apart (one
// page, a PDF, a TIFF of an old kind) goes to one.  `watch` is called by several threads.  Errors as desk.Do(), with
// the page.
Result<PaperAnswer> DoPages(PaperDesk& desk, const PaperAsk& ask, std::string_view bytes, uint32_t at_once,
                            const PaperDesk::Watch& watch);

}  // namespace strongroom::desk
