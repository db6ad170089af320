#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/testing/hanging_paper.h"
#include "base/testing/processes.h"
#include "base/testing/small_pdf.h"
#include "desk/drawer.h"
#include "desk/paper_desk.h"
#include "desk/paper_messages.h"
#include "desk/paper_pages.h"
#include "desk/png.h"

namespace strongroom::desk {
namespace {

std::string AnnasPdf() { return SmallPdf({"Anna Lind, anna.lind@posten.se"}); }

PaperDesk::Settings Settings() {
  PaperDesk::Settings settings;
  settings.program = STRONGROOM_DESK_WORKER;
  return settings;
}

TEST(Drawer, DrawsAPageAsItLooks) {
  const Result<paper::Picture> drawn = DrawPdfPage(AnnasPdf(), 1, 72, {});
  ASSERT_TRUE(drawn.ok()) << drawn.status().message();
  EXPECT_EQ(drawn->width, 300U);
  EXPECT_EQ(drawn->height, 200U);
  const auto at = [&](size_t x, size_t y) {
    return static_cast<unsigned char>(drawn->samples[(y * drawn->width + x) * drawn->channels]);
  };
  EXPECT_LT(at(10, 10), 20);
  EXPECT_GT(at(100, 10), 235);
  EXPECT_EQ(DrawPdfPage(AnnasPdf(), 2, 72, {}).status().reason(), Reason::kUnsupportedMediaType);
  EXPECT_EQ(DrawPdfPage("%PDF-1.4 no more", 1, 72, {}).status().reason(), Reason::kUnsupportedMediaType);
  paper::PaperLimits small;
  small.pixels = 100;
  EXPECT_EQ(DrawPdfPage(AnnasPdf(), 1, 72, small).status().reason(), Reason::kUnsupportedMediaType);
}

TEST(Png, IsWhatWasDrawn) {
  paper::Picture grey;
  grey.width = 3;
  grey.height = 2;
  grey.samples = std::string("\x00\x80\xFF\x10\x20\x30", 6);
  const std::string png = EncodePng(grey);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1A\n");
  EXPECT_EQ(PaperFormatOf(png), redact::Format::kScan);
  const paper::Picture both = SideBySide(grey, grey);
  EXPECT_EQ(both.width, 3U + 16U + 3U);
  EXPECT_EQ(both.samples.size(), both.width * both.height * 3U);
  EXPECT_EQ(both.samples.substr(0, 9), std::string("\x00\x00\x00\x80\x80\x80\xFF\xFF\xFF", 9));
  EXPECT_TRUE(EncodePng({}).empty());
}

TEST(PaperMessages, AnAskComesThroughAsItWas) {
  PaperAsk ask;
  ask.task = Task::kTakeOut;
  ask.format = redact::Format::kScan;
  ask.selection.kinds = detect::KindSet();
  ask.selection.kinds.Add(detect::Kind::kIban);
  ask.selection.min_score = 0.25F;
  ask.stand_in_key = std::string(32, '\x07');
  ask.boxes = {{2, {1, 2, 3.5, 4}}};
  ask.lifted = {{1, {5, 6, 7, 8}}, {3, {9, 10, 11, 12}}};
  ask.search = false;
  ask.languages = {"eng", "swe"};
  ask.limits.pages = 7;
  const Result<PaperAsk> back = UnpackAsk(PackAsk(ask));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(PackAsk(*back), PackAsk(ask));
  EXPECT_TRUE(back->selection.kinds.Has(detect::Kind::kIban));
  EXPECT_FALSE(back->selection.kinds.Has(detect::Kind::kPerson));
  EXPECT_EQ(back->lifted[1].page, 3U);
  EXPECT_EQ(back->languages, ask.languages);
  // Cut off anywhere it is an error, never a guess.
  const Bytes packed = PackAsk(ask);
  for (size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(UnpackAsk(packed.substr(0, size)).ok()) << size;
}

TEST(PaperMessages, NonsenseFromAWorkerIsAnErrorAndNothingElse) {
  paper::PaperPage page;
  page.found.push_back({detect::Kind::kEmail, "", "email", 1, {{1, 2, 3, 4}}, false, "text"});
  const Bytes packed = PackPage(page);
  AnswerReader good({});
  EXPECT_TRUE(good.Take(kPageMessage, packed).ok());
  for (size_t size = 0; size < packed.size(); ++size) {
    AnswerReader reader({});
    EXPECT_FALSE(reader.Take(kPageMessage, std::string_view(packed).substr(0, size)).ok()) << size;
  }
  AnswerReader reader({});
  EXPECT_FALSE(reader.Take('?', "").ok());
  EXPECT_TRUE(reader.Take(kPictureMessage, "not a picture").ok());
  EXPECT_FALSE(reader.Finish().ok());
  // Words that are no names of rules are not shown as they are.
  AnswerReader rude({});
  EXPECT_TRUE(rude.Take(kNoteMessage, "a\x1B[31mb").ok());
  EXPECT_EQ(rude.Finish()->notes, std::vector<std::string>{"a?[31mb"});
}

TEST(PaperDesk, AWorkerLooksAndTakesOutAndDraws) {
  PaperDesk desk(Settings());
  PaperAsk ask;
  ask.now = 1'700'000'000'000;
  ask.read_pictures = false;
  std::atomic<uint32_t> pages = 0;
  PaperDesk::Watch watch;
  watch.progress = [&pages](uint32_t, uint32_t all) { pages = all; };
  const std::string pdf = AnnasPdf();
  const Result<PaperAnswer> looked = desk.Do(ask, pdf, watch);
  ASSERT_TRUE(looked.ok()) << looked.status().message();
  EXPECT_EQ(pages, 1U);
  ASSERT_EQ(looked->result.pages.size(), 1U);
  EXPECT_TRUE(looked->result.bytes.empty());
  EXPECT_FALSE(looked->result.pages[0].found.empty());

  ask.task = Task::kTakeOut;
  const Result<PaperAnswer> taken = desk.Do(ask, pdf);
  ASSERT_TRUE(taken.ok()) << taken.status().message();
  EXPECT_EQ(PaperFormatOf(taken->result.bytes), redact::Format::kPdf);

  ask.task = Task::kDraw;
  ask.dots_per_inch = 72;
  const Result<PaperAnswer> drawn = desk.Do(ask, pdf);
  ASSERT_TRUE(drawn.ok()) << drawn.status().message();
  EXPECT_EQ(drawn->picture.width, 300U);
}

// A scan goes all the way: drawn, read by the confined child with models loaded before it was, burnt over, read again.
TEST(PaperDesk, AWorkerReadsAScanAndBurnsItOver) {
  const Result<paper::Picture> drawn =
      DrawPdfPage(SmallPdf({"Write to anna.lind@posten.se", "about seven herons."}), 1, 300, {});
  ASSERT_TRUE(drawn.ok()) << drawn.status().message();
  const std::string png = EncodePng(*drawn);
  PaperDesk desk(Settings());
  PaperAsk ask;
  ask.format = redact::Format::kScan;
  ask.languages = {"eng"};
  const auto emails = [&desk, &ask](const std::string& file) -> int {
    ask.task = Task::kLook;
    const Result<PaperAnswer> looked = desk.Do(ask, file);
    EXPECT_TRUE(looked.ok()) << looked.status().message();
    if (!looked.ok() || looked->result.pages.size() != 1) return -1;
    EXPECT_GT(looked->result.pages[0].words, 2U);
    int count = 0;
    for (const paper::FoundBox& found : looked->result.pages[0].found)
      count += found.kind == detect::Kind::kEmail ? 1 : 0;
    return count;
  };
  EXPECT_EQ(emails(png), 1) << "the control";
  ask.task = Task::kTakeOut;
  const Result<PaperAnswer> taken = desk.Do(ask, png);
  ASSERT_TRUE(taken.ok()) << taken.status().message();
  EXPECT_EQ(emails(taken->result.bytes), 0);
}

// A grey TIFF of such pages (TIFF 6.0, baseline, not packed): a frame on white.
std::string SmallTiff(uint32_t pages) {
  constexpr uint32_t kSide = 120;
  std::string tiff("II*\0", 4);
  const auto put = [&tiff](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) tiff.push_back(static_cast<char>(value >> (8 * i)));
  };
  put(8, 4);
  for (uint32_t page = 0; page < pages; ++page) {
    const std::pair<uint32_t, uint32_t> words[] = {{256, kSide}, {257, kSide}, {258, 8},
                                                   {259, 1},     {262, 1},     {273, 0},
                                                   {277, 1},     {278, kSide}, {279, kSide * kSide}};
    const auto begin = static_cast<uint32_t>(tiff.size());
    const uint32_t samples = begin + 2 + 9 * 12 + 4;
    put(9, 2);
    for (const auto& [tag, value] : words) {
      put(tag, 2);
      put(4, 2);
      put(1, 4);
      put(tag == 273 ? samples : value, 4);
    }
    put(page + 1 < pages ? samples + kSide * kSide : 0, 4);
    for (uint32_t y = 0; y < kSide; ++y) {
      for (uint32_t x = 0; x < kSide; ++x) tiff.push_back(x < 4 + page || y < 4 ? '\x20' : '\xFF');
    }
  }
  return tiff;
}

TEST(PaperDesk, PagesOfOneScanGoneThroughApartComeOutAsTogether) {
  PaperDesk desk(Settings());
  PaperAsk ask;
  ask.format = redact::Format::kScan;
  ask.task = Task::kTakeOut;
  ask.search = false;
  ask.read_pictures = false;
  ask.keep_unread = true;
  ask.boxes = {{2, {40, 40, 80, 80}}, {3, {10, 90, 100, 100}}};
  const std::string tiff = SmallTiff(3);
  const Result<PaperAnswer> together = desk.Do(ask, tiff);
  ASSERT_TRUE(together.ok()) << together.status().message();
  std::atomic<uint32_t> pages = 0;
  PaperDesk::Watch watch;
  watch.progress = [&pages](uint32_t, uint32_t) { ++pages; };
  const Result<PaperAnswer> apart = DoPages(desk, ask, tiff, 2, watch);
  ASSERT_TRUE(apart.ok()) << apart.status().message();
  EXPECT_EQ(pages, 3U);
  ASSERT_EQ(apart->result.pages.size(), 3U);
  EXPECT_EQ(apart->result.pages[1].found.size(), 1U);
  EXPECT_EQ(apart->result.pages[0].found.size(), 0U);
  ask.task = Task::kDraw;
  for (ask.draw_page = 1; ask.draw_page <= 3; ++ask.draw_page) {
    const Result<PaperAnswer> one = desk.Do(ask, together->result.bytes);
    const Result<PaperAnswer> other = desk.Do(ask, apart->result.bytes);
    ASSERT_TRUE(one.ok() && other.ok()) << ask.draw_page << other.status().message();
    EXPECT_EQ(one->picture.samples, other->picture.samples) << ask.draw_page;
    EXPECT_EQ(one->picture.samples[size_t{60} * 120 + 60] == '\0', ask.draw_page == 2);
  }
}

// As many processes at work as are asked for, and what they make of a file is what one makes of it.
TEST(PaperDesk, PicturesOfOnePdfReadBySeveralComeOutAsByOne) {
  std::vector<GreyPixels> pictures;
  for (const char* name : {"anna", "bertil", "cecilia", "david"}) {
    const Result<paper::Picture> drawn =
        DrawPdfPage(SmallPdf({std::string("Write to ") + name + ".lind@posten.se", "about seven herons."}), 1, 200, {});
    ASSERT_TRUE(drawn.ok()) << drawn.status().message();
    GreyPixels grey{drawn->width, drawn->height, {}};
    for (size_t i = 0; i < drawn->samples.size(); i += drawn->channels) grey.samples += drawn->samples[i];
    pictures.push_back(std::move(grey));
  }
  const std::string pdf = PicturesPdf(pictures, {0, 1, 2, 1, 3});
  PaperDesk desk(Settings());
  PaperAsk ask;
  ask.languages = {"eng"};
  ask.now = 1'700'000'000'000;
  for (const Task task : {Task::kLook, Task::kTakeOut}) {
    ask.task = task;
    std::vector<std::string> files;
    std::vector<size_t> processes;
    std::vector<std::vector<uint32_t>> told;
    for (const uint32_t at_once : {1U, 3U}) {
      size_t most = 0;
      std::vector<uint32_t> pages;
      PaperDesk::Watch watch;
      watch.progress = [&](uint32_t page, uint32_t) {
        pages.push_back(page);
        most = std::max(most, DescendantsOf(getpid()).size());
      };
      const Result<PaperAnswer> answer = DoPages(desk, ask, pdf, at_once, watch);
      ASSERT_TRUE(answer.ok()) << answer.status().message();
      ASSERT_EQ(answer->result.pages.size(), 5U);
      std::string found;
      for (const paper::PaperPage& page : answer->result.pages) found += PackPage(page);
      EXPECT_FALSE(answer->result.pages[4].found.empty());
      files.push_back(found + answer->result.bytes);
      processes.push_back(most);
      told.push_back(pages);
    }
    EXPECT_EQ(files[0], files[1]);
    EXPECT_EQ(told[0], (std::vector<uint32_t>{1, 2, 3, 4, 5}));
    EXPECT_EQ(told[1], told[0]);
    EXPECT_EQ(processes[0], 2U) << "a worker and its child";
    EXPECT_EQ(processes[1], 5U) << "and three that read";
  }
}

TEST(PaperMessages, ATextComesThroughAsItWas) {
  paper::PageText text;
  text.width = 10.5;
  text.Add("seven", {1, 2, 3.25, 4}, uint64_t{1} << 40, 93);
  text.Blank();
  text.Add("herons", {5, 6, 7, 8}, 2, 12);
  text.EndLine();
  const Bytes packed = PackText(text);
  const Result<paper::PageText> back = UnpackText(packed);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(PackText(*back), packed);
  EXPECT_EQ(back->pieces[0].tag, uint64_t{1} << 40);
  for (size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(UnpackText(packed.substr(0, size)).ok()) << size;
  text.pieces[1].end = 100;
  EXPECT_FALSE(UnpackText(PackText(text)).ok()) << "a piece beyond the text";
}

TEST(PaperDesk, WhatCannotBeDoneIsAClearError) {
  PaperDesk desk(Settings());
  PaperAsk ask;
  ask.mode = redact::Mode::kToken;
  EXPECT_EQ(desk.Do(ask, AnnasPdf()).status().reason(), Reason::kInvalidArgument);
  ask = {};
  ask.languages = {"../../etc/passwd"};
  EXPECT_EQ(desk.Do(ask, AnnasPdf()).status().reason(), Reason::kInvalidArgument);
  ask = {};
  ask.limits.bytes = 100;
  EXPECT_EQ(desk.Do(ask, AnnasPdf()).status().reason(), Reason::kBodyTooLarge);
  PaperDesk::Settings none = Settings();
  none.program = "/usr/bin/strongroom-has-no-such-program";
  EXPECT_EQ(PaperDesk(none).Do({}, AnnasPdf()).status().reason(), Reason::kInternal);
}

// A worker that has begun and does not end, as its asker sees it.
struct Hanging {
  PaperDesk& desk;
  std::atomic<bool> gone = false;
  std::atomic<pid_t> worker = 0;
  Reason reason = Reason::kOk;
  std::jthread thread = std::jthread([this] {
    PaperDesk::Watch watch;
    watch.gone = [this] { return gone.load(); };
    watch.progress = [this](uint32_t page, uint32_t) { worker = static_cast<pid_t>(page); };
    reason = desk.Do({}, HangingPdf(), watch).status().reason();
  });
  void WaitUntilItHangs() const {
    while (worker == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

// While it works for one who stays, the next does not get its turn, however long they look: the control.
TEST(PaperDesk, AWorkerDiesWithItsAskersPatienceAndItsPlaceIsFree) {
  PaperDesk::Settings settings = Settings();
  settings.at_once = 1;
  PaperDesk desk(settings);
  Hanging first{desk};
  first.WaitUntilItHangs();
  PaperAsk ask;
  ask.read_pictures = false;
  uint32_t looks = 0;
  PaperDesk::Watch impatient;
  impatient.gone = [&looks] { return ++looks == 4; };
  EXPECT_EQ(desk.Do(ask, AnnasPdf(), impatient).status().reason(), Reason::kShuttingDown);
  EXPECT_EQ(looks, 4U);
  EXPECT_EQ(kill(first.worker, 0), 0) << "the control: it still works";
  first.gone = true;
  const Result<PaperAnswer> next = desk.Do(ask, AnnasPdf());
  EXPECT_TRUE(next.ok()) << next.status().message();
  first.thread.join();
  EXPECT_EQ(first.reason, Reason::kShuttingDown);
  EXPECT_EQ(kill(first.worker, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

// One who is gone while they wait leaves the place to whom comes after them.
TEST(PaperDesk, WhoLeavesWhileTheyWaitTakesNoPlace) {
  PaperDesk::Settings settings = Settings();
  settings.at_once = 1;
  settings.waiting = 1;
  PaperDesk desk(settings);
  Hanging first{desk};
  first.WaitUntilItHangs();
  PaperDesk::Watch gone;
  gone.gone = [] { return true; };
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(desk.Do({}, HangingPdf(), gone).status().reason(), Reason::kShuttingDown) << "only one may wait";
  first.gone = true;
  first.thread.join();
  PaperAsk ask;
  ask.read_pictures = false;
  EXPECT_TRUE(desk.Do(ask, AnnasPdf()).ok());
}

// While one is busy and one waits, a third is turned away; with room for it, it is not.
TEST(PaperDesk, TurnsAwayMoreThanMayWait) {
  for (const uint32_t waiting : {1U, 2U}) {
    PaperDesk::Settings settings = Settings();
    settings.at_once = 1;
    settings.waiting = waiting;
    PaperDesk desk(settings);
    PaperAsk ask;
    ask.task = Task::kDraw;
    std::atomic<bool> let_go = false;
    std::atomic<bool> busy = false;
    PaperDesk::Watch hold;
    hold.gone = [&] {
      busy = true;
      while (!let_go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return true;
    };
    const std::string pdf = AnnasPdf();
    std::atomic<uint32_t> turned_away = 0;
    std::atomic<uint32_t> done = 0;
    std::jthread first([&] { (void)desk.Do(ask, pdf, hold); });
    while (!busy) std::this_thread::yield();
    const auto other = [&] {
      const Result<PaperAnswer> answer = desk.Do(ask, pdf);
      (answer.status().reason() == Reason::kOverloaded ? turned_away : done) += 1;
    };
    std::jthread second(other);
    std::jthread third(other);
    if (waiting == 1) {
      while (turned_away == 0) std::this_thread::yield();
    }
    let_go = true;
    second.join();
    third.join();
    EXPECT_EQ(turned_away, waiting == 1 ? 1U : 0U);
    EXPECT_EQ(done, waiting == 1 ? 1U : 2U);
  }
}

}  // namespace
}  // namespace strongroom::desk
