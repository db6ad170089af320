// PaperFilters: PDF and scans that a caller brings are searched for what is personal, or have it taken out, under
// policy and log.
//
// Nothing of them is kept: the log says who asked, for what kind of file, how many pages it had and how many finds of
// which kind there were; neither its name nor anything in it.  The files are opened by processes that can compute and
// nothing else (desk/paper_worker.h); the server itself never parses one.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "desk/paper_desk.h"
#include "keys/plain_bytes.h"
#include "vault/gate.h"

namespace strongroom {

// How a file is to be looked at.  The views live as long as the call.
struct PaperLook {
  std::string_view document;            // the file: PDF, PNG, JPEG, TIFF
  std::vector<std::string_view> kinds;  // "PERSON", ...; empty: all
  std::optional<double> min_score;      // 0 to 1; absent: 0.5
  bool search = true;                   // false: only the boxes
  std::vector<paper::PageBox> boxes;    // that a person drew
  std::vector<paper::PageBox> lifted;   // places where finds stay
  std::function<bool()> gone;           // true: nobody waits for the answer any more; any thread; empty: never
};

struct PaperDraw {
  std::string_view document;
  uint32_t page = 1;
  std::function<bool()> gone;  // as above
};

struct PaperTakeOut : PaperLook {
  std::string_view mode = "block";  // block, mask, label
  bool keep_unread = false;         // pass what cannot be read as it is; otherwise the file is refused
};

struct LookedPaper {
  bool is_pdf = true;
  desk::PaperAnswer answer;
};

struct PaperPicture {
  std::string png;
  uint32_t width = 0;  // in pixels
  uint32_t height = 0;
};

// Any thread; calls wait, and take time with the pages: a second or so for each that is a picture.
class PaperFilters {
 public:
  static constexpr uint32_t kMostPages = 1000;
  static constexpr size_t kMostBytes = size_t{47} << 20;  // what fits into a body of 64 MiB as Base64

  // `worker`: the program that is started to open paper; empty: none, and all is refused.  The gate outlives it.
  PaperFilters(Gate& gate, std::string worker);

  // paper.look.  kInvalidArgument names the member that does not fit; kUnsupportedMediaType for what is no paper or was
  // too much; kBodyTooLarge; kOverloaded when as many files are gone through as may be; kRequestTimeout when the caller
  // was `gone`, kShuttingDown after LetGo(): what worked at the file is dead then, and its place free.
  Receipted<LookedPaper> Look(const Caller& caller, const PaperLook& ask);
  // paper.look.  One page as it looks, for somebody who marks places on it.
  Receipted<PaperPicture> Draw(const Caller& caller, const PaperDraw& draw);
  // paper.redact.  The file without what was found and marked, or nothing.
  Receipted<LookedPaper> TakeOut(const Caller& caller, const PaperTakeOut& ask);
  // Breaks off what is being worked at, within a second, and begins nothing any more: the vault locks or the server
  // stops, and neither waits for paper.  Does not wait.
  void LetGo() { letting_go_ = true; }

 private:
  Result<desk::PaperAsk> AskOf(const PaperLook& ask) const;
  Result<LookedPaper> Do(const desk::PaperAsk& ask, std::string_view document, const std::function<bool()>& gone);
  static void Record(const LookedPaper& looked, AuditEntry& entry);

  Gate& gate_;
  const std::string worker_;
  desk::PaperDesk desk_;
  std::atomic<bool> letting_go_ = false;
};

}  // namespace strongroom
