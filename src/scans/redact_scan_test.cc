#include "scans/redact_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/detector.h"
#include "scans/picture_file.h"
#include "scans/reader.h"
#include "scans/testing/drawn_text.h"

namespace strongroom::scans {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kCard[] = "4539 1488 0343 6467";
const std::vector<std::string> kLines = {"The pump had failed and the boxes", "that stood on the floor were wet.",
                                         "Card 4539 1488 0343 6467 was paid", "by the company in the morning."};

PageReader& Reader() {
  static const std::unique_ptr<PageReader> reader = std::move(*PageReader::Open({}));
  return *reader;
}

struct Outcome {
  Result<paper::PaperResult> result = Status(Reason::kInternal, "not run");
  std::vector<redact::Found> found;
  std::vector<std::string> notes;
};

Outcome Redact(std::string_view bytes, paper::PaperOptions options = {}, bool looks = false) {
  const detect::Detector detector({});
  redact::Replacer replacer(redact::Mode::kBlock, nullptr, nullptr);
  Outcome run;
  redact::Job job;
  job.finder = &detector;
  job.replacer = looks ? nullptr : &replacer;
  job.report = [&](const redact::Found& found) { run.found.push_back(found); };
  job.note = [&](const std::string& note) { run.notes.push_back(note); };
  run.result = RedactScan(bytes, job, options);
  return run;
}

paper::PaperOptions WithReader() {
  paper::PaperOptions options;
  options.read = Reader().AsReadPicture();
  return options;
}

std::string TextOf(std::string_view bytes, uint32_t page = 0) {
  const Result<std::unique_ptr<PictureFile>> file = PictureFile::Open(bytes, {});
  EXPECT_TRUE(file.ok());
  const Result<PageImage> stored = (*file)->Page(page);
  EXPECT_TRUE(stored.ok());
  return Reader().Read(AsPicture(*Upright(*stored)))->text;
}

std::string TiffOf(const std::vector<PixPtr>& pages) {
  const std::unique_ptr<PictureWriter> writer = PictureWriter::Make(FileKind::kTiff);
  for (const PixPtr& pix : pages) {
    PageImage page;
    page.pix.reset(pixClone(pix.get()));
    page.dots_per_inch = 300;
    EXPECT_TRUE(writer->Add(page).ok());
  }
  return *writer->Finish();
}

TEST(RedactScanTest, ACardIsBurntOutAndTheRestStays) {
  const PixPtr drawn = DrawnText(kLines);
  for (const std::string& bytes : {PngOf(drawn.get()), JpegOf(drawn.get())}) {
    EXPECT_THAT(TextOf(bytes), HasSubstr(kCard));  // the control
    const Outcome run = Redact(bytes, WithReader());
    ASSERT_TRUE(run.result.ok()) << run.result.status().message();
    EXPECT_EQ(KindOfPicture(run.result->bytes), KindOfPicture(bytes));
    const std::string left = TextOf(run.result->bytes);
    EXPECT_THAT(left, Not(HasSubstr("1488")));
    EXPECT_THAT(left, HasSubstr("stood on the floor"));
    EXPECT_THAT(left, HasSubstr("paid"));
    ASSERT_THAT(run.found, SizeIs(1));
    EXPECT_EQ(run.found[0].kind, detect::Kind::kCreditCard);
    EXPECT_EQ(run.found[0].place.part, "page 1");
    ASSERT_THAT(run.result->pages, SizeIs(1));
    EXPECT_THAT(run.result->pages[0].found, SizeIs(1));
    EXPECT_EQ(run.result->pages[0].found[0].place, "picture");
  }
}

TEST(RedactScanTest, ALookSaysTheSameAndWritesNothing) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  const Outcome look = Redact(bytes, WithReader(), true);
  ASSERT_TRUE(look.result.ok());
  EXPECT_THAT(look.result->bytes, IsEmpty());
  ASSERT_THAT(look.result->pages, SizeIs(1));
  EXPECT_EQ(look.result->pages[0].width, 1600);
  ASSERT_THAT(look.result->pages[0].found, SizeIs(1));

  // What a person lifts stays.
  paper::PaperOptions options = WithReader();
  for (const paper::Box& box : look.result->pages[0].found[0].boxes) options.lifted.push_back({1, box.Grown(1)});
  const Outcome lifted = Redact(bytes, options);
  ASSERT_TRUE(lifted.result.ok()) << lifted.result.status().message();
  EXPECT_THAT(TextOf(lifted.result->bytes), HasSubstr(kCard));
  EXPECT_THAT(lifted.found, IsEmpty());
  ASSERT_THAT(lifted.result->pages[0].found, SizeIs(1));
  EXPECT_TRUE(lifted.result->pages[0].found[0].lifted);
}

TEST(RedactScanTest, BoxesOfAPersonAreBurntWhateverStandsThere) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  ASSERT_THAT(TextOf(bytes), HasSubstr("pump"));
  paper::PaperOptions options;  // nothing is read
  options.search = false;
  options.boxes = {{1, {0, 40, 1600, kDrawnMargin + kDrawnLine - 5.0}}, {7, {0, 0, 1600, 900}}};
  const Outcome run = Redact(bytes, options);
  ASSERT_TRUE(run.result.ok()) << run.result.status().message();
  const std::string left = TextOf(run.result->bytes);
  EXPECT_THAT(left, Not(HasSubstr("pump")));
  EXPECT_THAT(left, HasSubstr(kCard));  // not searched for
  ASSERT_THAT(run.found, SizeIs(1));
  EXPECT_EQ(run.found[0].rule, "manual");
}

TEST(RedactScanTest, PagesOfATiffStayInOrderAndKind) {
  std::vector<PixPtr> pages;
  pages.push_back(DrawnText({"The first page says nothing of anybody", "and is kept as it is."}));
  pages.emplace_back(pixConvertTo1(DrawnText(kLines).get(), 128));
  const std::string bytes = TiffOf(pages);
  std::vector<uint32_t> progress;
  paper::PaperOptions options = WithReader();
  options.progress = [&](uint32_t page, uint32_t all) {
    EXPECT_EQ(all, 2U);
    progress.push_back(page);
  };
  const Outcome run = Redact(bytes, options);
  ASSERT_TRUE(run.result.ok()) << run.result.status().message();
  EXPECT_THAT(progress, ElementsAre(1, 2));
  const Result<std::unique_ptr<PictureFile>> file = PictureFile::Open(run.result->bytes, {});
  ASSERT_EQ((*file)->pages(), 2U);
  EXPECT_EQ(pixGetDepth((*file)->Page(0)->pix.get()), 8);
  EXPECT_EQ(pixGetDepth((*file)->Page(1)->pix.get()), 1);
  EXPECT_THAT(TextOf(run.result->bytes, 0), HasSubstr("first page"));
  EXPECT_THAT(TextOf(run.result->bytes, 1), Not(HasSubstr("1488")));
  ASSERT_THAT(run.found, SizeIs(1));
  EXPECT_EQ(run.found[0].place.part, "page 2");
}

TEST(RedactScanTest, ExifTurnsThePageAndGoes) {
  const PixPtr drawn = DrawnText(kLines);
  const PixPtr stored(pixRotateOrth(drawn.get(), 3));  // to be turned clockwise: orientation 6
  const std::string bytes = WithExif(JpegOf(stored.get()), 6, "by Ingrid Lindqvist");
  paper::PaperOptions options = WithReader();
  // In pixels of the upright picture: the first line.
  options.boxes = {{1, {0, 40, 1600, kDrawnMargin + kDrawnLine - 15.0}}};
  const Outcome run = Redact(bytes, options);
  ASSERT_TRUE(run.result.ok()) << run.result.status().message();
  EXPECT_EQ(run.result->pages[0].width, 1600);
  EXPECT_THAT(run.result->bytes, Not(HasSubstr("Lindqvist")));
  const Result<PageImage> page = (*PictureFile::Open(run.result->bytes, {}))->Page(0);
  EXPECT_EQ(page->orientation, 1);
  EXPECT_EQ(pixGetWidth(page->pix.get()), 1600);
  const std::string left = TextOf(run.result->bytes);
  EXPECT_THAT(left, Not(HasSubstr("1488")));
  EXPECT_THAT(left, Not(HasSubstr("pump")));
  EXPECT_THAT(left, HasSubstr("stood on the floor"));
}

TEST(RedactScanTest, APageOfHandwritingIsRefusedUnlessItIsToBeKept) {
  PixPtr pix(pixCreate(1600, 900, 8));
  pixSetAll(pix.get());
  for (int y = 100; y < 800; y += 180) Scribble(pix.get(), 100, y, 1300, 120);
  const std::string bytes = PngOf(pix.get());
  const Outcome refused = Redact(bytes, WithReader());
  EXPECT_EQ(refused.result.status().reason(), Reason::kUnsupportedMediaType);
  EXPECT_THAT(refused.result.status().message(), HasSubstr("page 1"));

  paper::PaperOptions keep = WithReader();
  keep.keep_unread = true;
  const Outcome kept = Redact(bytes, keep);
  ASSERT_TRUE(kept.result.ok()) << kept.result.status().message();
  EXPECT_GT(kept.result->pages[0].unread_share, 0.5);
  EXPECT_THAT(kept.notes, Contains(HasSubstr("could not be read")));

  // Boxed by hand, nothing of it is unread.
  paper::PaperOptions boxed = WithReader();
  boxed.boxes = {{1, {50, 50, 1550, 850}}};
  EXPECT_TRUE(Redact(bytes, boxed).result.ok());
  // A look tells, and refuses nothing.
  const Outcome look = Redact(bytes, WithReader(), true);
  ASSERT_TRUE(look.result.ok());
  EXPECT_GT(look.result->pages[0].unread_share, 0.5);
}

// --- with readers that misbehave ---

// Says that `words` stand on the page, one after the other, whatever the picture.
paper::PageText Says(const paper::Picture& picture, const std::vector<std::string>& words, double top) {
  paper::PageText page;
  page.width = picture.width;
  page.height = picture.height;
  double left = 60;
  for (const std::string& word : words) {
    if (left > 60) page.Blank();
    page.Add(word, {left, top, left + 100, top + 40}, 0, 90);
    left += 120;
  }
  page.EndLine();
  return page;
}

TEST(RedactScanTest, AFileIsRefusedWhenWhatWasTakenOutCanStillBeRead) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  paper::PaperOptions options;
  options.keep_unread = true;
  options.read = [](const paper::Picture& picture) -> Result<paper::PageText> {
    return Says(picture, {"4111", "1111", "1111", "1111"}, 240);
  };
  // Read at the place that is burnt: that is an old box, and the value can be read.
  const Outcome still = Redact(bytes, options);
  EXPECT_EQ(still.result.status().reason(), Reason::kInternal);
  // The control: a reader that reads nothing the second time.
  int looks = 0;
  options.read = [&looks](const paper::Picture& picture) -> Result<paper::PageText> {
    return looks++ == 0 ? Says(picture, {"4111", "1111", "1111", "1111"}, 240) : Says(picture, {"nothing"}, 500);
  };
  EXPECT_TRUE(Redact(bytes, options).result.ok());
  EXPECT_EQ(looks, 2);
}

TEST(RedactScanTest, WhatASecondLookFindsIsBurntToo) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  paper::PaperOptions options;
  options.keep_unread = true;
  int looks = 0;
  options.read = [&looks](const paper::Picture& picture) -> Result<paper::PageText> {
    ++looks;
    if (looks == 1) return Says(picture, {"4111", "1111", "1111", "1111"}, 240);
    if (looks == 2) return Says(picture, {"5105", "1051", "0510", "5100"}, 60);
    return Says(picture, {"nothing"}, 500);
  };
  const Outcome run = Redact(bytes, options);
  ASSERT_TRUE(run.result.ok()) << run.result.status().message();
  EXPECT_EQ(looks, 3);
  EXPECT_THAT(run.found, SizeIs(2));
  const Result<PageImage> page = (*PictureFile::Open(run.result->bytes, {}))->Page(0);
  for (const int y : {80, 260}) {
    uint32_t value = 1;
    pixGetPixel(page->pix.get(), 100, y, &value);
    EXPECT_EQ(value, 0U) << y;
  }
}

// A reader takes black bars for letters, and what it makes of them would be burnt in turn, and again.
TEST(RedactScanTest, TheSecondLookSeesPaperWhereTheBoxesAre) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  paper::PaperOptions options;
  options.keep_unread = true;
  int looks = 0;
  std::vector<int> middle;  // of the box, at each look
  options.read = [&](const paper::Picture& picture) -> Result<paper::PageText> {
    middle.push_back(static_cast<unsigned char>(picture.samples[size_t{260} * picture.width + 100]));
    return looks++ == 0 ? Says(picture, {"4111", "1111", "1111", "1111"}, 240) : Says(picture, {"nothing"}, 500);
  };
  const Outcome run = Redact(bytes, options);
  ASSERT_TRUE(run.result.ok()) << run.result.status().message();
  ASSERT_THAT(middle, SizeIs(2));
  EXPECT_EQ(middle[1], 255);
  const Result<PageImage> page = (*PictureFile::Open(run.result->bytes, {}))->Page(0);
  uint32_t written = 1;
  pixGetPixel(page->pix.get(), 100, 260, &written);
  EXPECT_EQ(written, 0U);
}

TEST(RedactScanTest, APageOnWhichEachLookFindsMoreIsRefused) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  paper::PaperOptions options;
  options.keep_unread = true;
  int looks = 0;
  options.read = [&](const paper::Picture& picture) -> Result<paper::PageText> {
    return Says(picture, {"5105", "1051", "0510", "5100"}, 60.0 + 60 * looks++);
  };
  EXPECT_EQ(Redact(bytes, options).result.status().reason(), Reason::kInternal);
  EXPECT_EQ(looks, 6);
  // The control: one that comes to an end.
  looks = 0;
  options.read = [&](const paper::Picture& picture) -> Result<paper::PageText> {
    if (looks == 5) return Says(picture, {"nothing"}, 500);
    return Says(picture, {"5105", "1051", "0510", "5100"}, 60.0 + 60 * looks++);
  };
  EXPECT_TRUE(Redact(bytes, options).result.ok());
}

TEST(RedactScanTest, WithoutAReaderAPageIsUnread) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  EXPECT_EQ(Redact(bytes).result.status().reason(), Reason::kUnsupportedMediaType);
  paper::PaperOptions keep;
  keep.keep_unread = true;
  EXPECT_TRUE(Redact(bytes, keep).result.ok());
}

TEST(RedactScanTest, AFailingReaderFailsTheFile) {
  const std::string bytes = PngOf(DrawnText(kLines).get());
  paper::PaperOptions options;
  options.read = [](const paper::Picture&) -> Result<paper::PageText> {
    return Status(Reason::kInternal, "no memory");
  };
  EXPECT_EQ(Redact(bytes, options).result.status().reason(), Reason::kInternal);
}

}  // namespace
}  // namespace strongroom::scans
