// Scans of known text, worn, redacted by us and judged by the program tesseract; and the reader in its sandbox.  A few
// pages of what ./dev bench scans measures at length.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "confined/sandbox.h"
#include "detect/detector.h"
#include "names/name_finder.h"
#include "scans/pages.h"
#include "scans/picture_file.h"
#include "scans/reader.h"
#include "scans/redact_scan.h"
#include "tests/scans/test_pages.h"

namespace strongroom::scans {
namespace {

using testing::HasSubstr;

PageReader& Reader() {
  static const std::unique_ptr<PageReader> reader = std::move(*PageReader::Open({}));
  return *reader;
}

const detect::Finder& Finder() {
  static const detect::Detector detector([] {
    detect::DetectorOptions options;
    options.min_score = redact::kDoubtfulScore;
    options.today = {2026, 6, 1};
    options.names = &names::NameFinder::BuiltIn();
    return options;
  }());
  return detector;
}

Result<paper::PaperResult> Redacted(const std::string& file, const paper::ReadPicture& read) {
  redact::Replacer replacer(redact::Mode::kBlock, nullptr, nullptr);
  redact::Job job;
  job.finder = &Finder();
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.read = read;
  return RedactScan(file, job, options);
}

std::vector<PixPtr>& Drawn(int dpi) {
  static std::map<int, std::vector<PixPtr>> drawn;
  if (!drawn.contains(dpi)) {
    Result<std::vector<PixPtr>> pages = DrawPages(TestPages(), dpi);
    EXPECT_TRUE(pages.ok()) << pages.status().message();
    drawn[dpi] = std::move(*pages);
  }
  return drawn[dpi];
}

struct Sheet {
  size_t page;
  int dpi;
  Wear wear;
};

class ScansTest : public testing::TestWithParam<Sheet> {};

TEST_P(ScansTest, NothingSecretCanBeReadAfterwardsAndTheRestCan) {
  const Sheet& sheet = GetParam();
  const TestPage page = TestPages()[sheet.page];
  const PixPtr worn = Worn(Drawn(sheet.dpi)[sheet.page].get(), sheet.wear, static_cast<uint32_t>(sheet.page + 1));
  const std::string file = FileOf(worn.get(), sheet.wear);
  const Result<Judged> before = JudgePicture(page, file);
  ASSERT_TRUE(before.ok()) << before.status().message();
  // The control: the judge can read what is secret as long as it is there.
  ASSERT_GT(before->found.secret_letters * 100, before->all.secret_letters * 70);

  const Result<paper::PaperResult> redacted = Redacted(file, Reader().AsReadPicture());
  ASSERT_TRUE(redacted.ok()) << redacted.status().message();
  const Result<Judged> after = JudgePicture(page, redacted->bytes);
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ(after->found.secret_letters, 0U);
  // Beside black boxes the judge, which takes one threshold for a whole page, sees nothing of faint print any more.
  if (sheet.wear != Wear::kFaint) {
    EXPECT_GE(after->found.other_words * 100, before->found.other_words * 85);
  }
}

INSTANTIATE_TEST_SUITE_P(Sheets, ScansTest,
                         testing::Values(Sheet{0, 150, Wear::kAskew}, Sheet{1, 200, Wear::kNoisy},
                                         Sheet{2, 200, Wear::kFaint}, Sheet{3, 150, Wear::kJpeg},
                                         Sheet{4, 200, Wear::kAskew}));

// In a process that can open no file and start no thread, which the kernel enforces.
TEST(ScansInSandboxTest, PagesAreReadAndRedactedWithoutFilesAndThreads) {
  const std::string file = FileOf(Drawn(200)[4].get(), Wear::kNone);  // Chinese: both kinds of models are asked
  PageReader& reader = Reader();
  std::string confined;
  const Status status = RunConfined(
      [&](const SendMessage& send) -> Status {
        ASSIGN_OR_RETURN(const paper::PaperResult result, Redacted(file, reader.AsReadPicture()));
        return send('D', result.bytes);
      },
      [&](char /*kind*/, std::string_view payload) {
        confined.append(payload);
        return Status::Ok();
      });
  ASSERT_TRUE(status.ok()) << status.message();
  // And it is the same as outside.
  const Result<paper::PaperResult> outside = Redacted(file, reader.AsReadPicture());
  ASSERT_TRUE(outside.ok());
  EXPECT_EQ(confined, outside->bytes);
}

// The control: what needs a file fails there, so that the one above would have failed.
TEST(ScansInSandboxTest, AReaderThatIsOpenedInTheSandboxFindsNoModels) {
  const Status status = RunConfined(
      [&](const SendMessage& send) -> Status {
        RETURN_IF_ERROR(PageReader::Open({}).status());
        return send('D', "opened");
      },
      [](char /*kind*/, std::string_view /*payload*/) { return Status::Ok(); });
  EXPECT_FALSE(status.ok());
}

TEST(ScansTogetherTest, PagesDoneApartAreTheFileDoneWhole) {
  const std::unique_ptr<PictureWriter> writer = PictureWriter::Make(FileKind::kTiff);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    PageImage page;
    page.pix.reset(pixConvertTo1(Drawn(200)[i].get(), 150));
    page.dots_per_inch = 200;
    ASSERT_TRUE(writer->Add(page).ok());
  }
  const std::string file = *writer->Finish();
  const Result<paper::PaperResult> whole = Redacted(file, Reader().AsReadPicture());
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  const Result<std::vector<std::string>> parts = SplitPages(file, {});
  ASSERT_TRUE(parts.ok());
  ASSERT_EQ(parts->size(), 2U);
  std::vector<std::string> done;
  for (const std::string& part : *parts) {
    const Result<paper::PaperResult> result = Redacted(part, Reader().AsReadPicture());
    ASSERT_TRUE(result.ok()) << result.status().message();
    done.push_back(result->bytes);
  }
  const Result<std::string> joined = JoinPages(done);
  ASSERT_TRUE(joined.ok());
  const Result<std::unique_ptr<PictureFile>> one = PictureFile::Open(whole->bytes, {});
  const Result<std::unique_ptr<PictureFile>> other = PictureFile::Open(*joined, {});
  ASSERT_TRUE(one.ok() && other.ok());
  ASSERT_EQ((*other)->pages(), 2U);
  for (uint32_t i = 0; i < 2; ++i) {
    const Result<PageImage> a = (*one)->Page(i);
    const Result<PageImage> b = (*other)->Page(i);
    int same = 0;
    pixEqual(a->pix.get(), b->pix.get(), &same);
    EXPECT_EQ(same, 1) << i;
  }
}

TEST(JudgeTest, WhatStandsThereIsReadAndWhatDoesNotIsNot) {
  for (const TestPage& page : TestPages()) {
    const Judged whole = JudgeTexts(page, {page.text});
    // One character, or two digits, between Chinese ones cannot be told.
    EXPECT_GE(whole.found.secret_letters + 3, whole.all.secret_letters) << page.language;
    EXPECT_EQ(whole.found.other_words, whole.all.other_words) << page.language;
    std::string without = page.text;
    for (const std::string& secret : page.secrets) without.replace(without.find(secret), secret.size(), " ");
    const Judged rest = JudgeTexts(page, {without});
    EXPECT_EQ(rest.found.secret_letters, 0U) << page.language;
    EXPECT_EQ(rest.found.other_words, rest.all.other_words) << page.language;
    EXPECT_GT(rest.all.secret_letters, 30U);
  }
}

}  // namespace
}  // namespace strongroom::scans
