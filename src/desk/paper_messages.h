// PaperAsk and PaperAnswer as messages between processes.  Internal to src/desk.  Both ends are the same binary; still
// whatever comes from a worker is read as a stranger's data.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "desk/paper_ask.h"

namespace strongroom::desk {

// Kinds of messages, both ways.
inline constexpr char kAskMessage = 'A';
inline constexpr char kBytesMessage = 'B';  // a piece of the file, there and back
inline constexpr char kNoteMessage = 'N';
inline constexpr char kFindMessage = 'F';
inline constexpr char kPageMessage = 'G';
inline constexpr char kNaiveMessage = 'V';
inline constexpr char kSummaryMessage = 'S';
inline constexpr char kProgressMessage = 'R';
inline constexpr char kPartMessage = 'Z';     // how long a part of the file's bytes is
inline constexpr char kPictureMessage = 'P';  // a piece of PackPicture()

// Questions of the confined child to its worker.
inline constexpr char kDocumentQuestion = 'd';  // the file that is drawn from now on
inline constexpr char kDrawQuestion = 'w';      // a page of it: PackDraw()
inline constexpr char kBeginQuestion = 'b';     // a picture is read from now on: its number, and PackPicture()
inline constexpr char kReadQuestion = 'r';      // what was read in it: its number; the answer is PackText()

Bytes PackAsk(const PaperAsk& ask);
Result<PaperAsk> UnpackAsk(std::string_view bytes);

Bytes PackFind(const redact::Found& found);
Bytes PackPage(const paper::PaperPage& page);
Bytes PackNaive(const NaiveFind& find);
Bytes PackSummary(const paper::PaperResult& result);
Bytes PackPart(uint64_t size);
Bytes PackProgress(uint32_t page, uint32_t pages);

Bytes PackPicture(const paper::Picture& picture);
Result<paper::Picture> UnpackPicture(std::string_view bytes);

Bytes PackText(const paper::PageText& text);
Result<paper::PageText> UnpackText(std::string_view bytes);

struct DrawQuestion {
  uint32_t page = 0;
  uint32_t dots_per_inch = 0;
};
Bytes PackDraw(const DrawQuestion& question);
Result<DrawQuestion> UnpackDraw(std::string_view bytes);

// Puts an answer together from its messages.  One thread.
class AnswerReader {
 public:
  using Progress = std::function<void(uint32_t page, uint32_t pages)>;
  explicit AnswerReader(Progress progress) : progress_(std::move(progress)) {}
  Status Take(char kind, std::string_view payload);
  // After the last message.
  Result<PaperAnswer> Finish();

 private:
  Status TakeFind(std::string_view payload);
  Status TakePage(std::string_view payload);
  Status TakeNaive(std::string_view payload);
  std::string_view Kept(std::string_view name);

  const Progress progress_;
  PaperAnswer answer_;
  std::string picture_;
};

}  // namespace strongroom::desk
