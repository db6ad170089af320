// Files of the programs that most letters, invoices, statements and forms come from (producers/README.md), gone through
// by the search that ships, before the same outside judges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "detect/detector.h"
#include "names/name_finder.h"
#include "pdf/redact_pdf.h"
#include "redact/testing/fake_finder.h"
#include "store/testing/temp_dir.h"
#include "tests/paper/judges.h"

namespace strongroom {
namespace {

using testing::IsEmpty;

constexpr double kVisible = 0.001;  // of the pixels outside of boxes
constexpr uint32_t kDotsPerInch = 150;

struct Printed {
  std::string name;                  // of the file in producers/
  std::vector<std::string> secrets;  // as they are printed
  // Fields are drawn by whoever opens the file, not by the file: their frames and ticks do not become part of the page.
  bool drawn_by_readers = false;
};

const std::vector<Printed>& AllPrinted() {
  static const std::vector<Printed> printed = {
      {"invoice",
       {"Annika Wahlström", "annika.wahlstrom@posten.se", "811218-9876", "+46 70 174 06 05", "4111 1111 1111 1111",
        "SE45 5000 0000 0583 9825 7466"}},
      {"letter",
       {"Ursula Ammann", "ursula.ammann@bluewin.ch", "044 555 01 23", "CH93 0076 2011 6238 5295 7", "756.9217.0769.85",
        "5555 5555 5555 4444"}},
      {"statement",
       {"Johan Bergström", "johan.bergstrom@example.org", "Maria Lindqvist", "SE45 5000 0000 0583 9825 7466",
        "GB29 NWBK 6016 1331 9268 19", "+46 70 174 06 11", "4012 8888 8888 1881", "670919-9530"}},
      {"form", {"Erik Sandberg", "erik.sandberg@example.net", "670919-9530", "070-174 06 22"}, true},
      {"membership",
       {"Ingrid Nordin", "ingrid.nordin@example.org", "811218-9876", "SE45 5000 0000 0583 9825 7466",
        "4012 8888 8888 1881", "+46 70 174 06 33"}},
      {"payroll",
       {"Sven Holmberg", "sven.holmberg@example.org", "811218-9876", "Lena Forsberg", "lena.forsberg@example.net",
        "670919-9530", "GB29 NWBK 6016 1331 9268 19", "+46 70 174 06 44", "office@company.example.com"}},
  };
  return printed;
}

// A number that was broken over two lines may be said in two pieces.
std::vector<std::string> PiecesOf(const std::string& secret) {
  constexpr size_t kPiece = 8;
  const std::string joined = Joined(secret);
  if (joined.size() < 2 * kPiece || joined.find('@') != std::string::npos) return {joined};
  return {joined, joined.substr(0, kPiece), joined.substr(joined.size() - kPiece)};
}

std::string FileOf(const Printed& printed) { return ReadWholeFile(STRONGROOM_PRODUCERS "/" + printed.name + ".pdf"); }

// Finds these and nothing else: the search that ships also takes what only may be a name, a street or a number, and
// with it words that a test wants to see again.
class ListFinder : public detect::Finder {
 public:
  explicit ListFinder(std::vector<std::string> words) : words_(std::move(words)) {}
  void Find(std::string_view text, std::string_view, std::vector<detect::Finding>& findings) const override {
    findings.clear();
    for (const std::string& word : words_) {
      for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        findings.push_back({at, at + word.size(), detect::Kind::kPerson, 0.9F, "", "listed"});
    }
    std::sort(findings.begin(), findings.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  }

 private:
  const std::vector<std::string> words_;
};

// As the product does it, with pages drawn and pictures read.
Result<paper::PaperResult> Redacted(const TempDir& directory, std::string_view file, const detect::Finder& finder) {
  redact::Replacer replacer(redact::Mode::kBlock, &redact::TestStandIns(), nullptr);
  redact::Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.read = [&](const paper::Picture& picture) { return ReadByTesseract(directory.path(), picture); };
  options.render = [&](std::string_view bytes, uint32_t page, uint32_t dots) {
    return Drawn(directory.path(), bytes, page, dots);
  };
  return pdf::RedactPdf(file, job, options);
}

Result<paper::PaperResult> RedactedAsShipped(const TempDir& directory, std::string_view file) {
  detect::DetectorOptions found;
  found.min_score = redact::kDoubtfulScore;
  found.names = &names::NameFinder::BuiltIn();
  return Redacted(directory, file, detect::Detector(found));
}

// Words that were said and are no part of a secret, and are said no more.
std::vector<std::string> Lost(const std::string& before, const std::string& after,
                              const std::vector<std::string>& secrets) {
  std::multiset<std::string> left;
  const auto words = [](const std::string& text) {
    std::vector<std::string> all(1);
    for (const char c : text) {
      if (c == ' ' || c == '\n' || c == '\f') {
        all.emplace_back();
      } else {
        all.back() += c;
      }
    }
    // With the marks that stand beside a secret the word is another one afterwards.
    for (std::string& word : all) {
      while (!word.empty() && std::string_view(".,:;").find(word.back()) != std::string_view::npos) word.pop_back();
    }
    std::erase(all, "");
    return all;
  };
  for (const std::string& word : words(after)) left.insert(word);
  std::vector<std::string> lost;
  for (const std::string& word : words(before)) {
    const bool secret = std::any_of(secrets.begin(), secrets.end(), [&word](const std::string& one) {
      return one.find(word) != std::string::npos || word.find(one) != std::string::npos;
    });
    const auto found = left.find(word);
    if (found != left.end()) {
      left.erase(found);
    } else if (!secret) {
      lost.push_back(word);
    }
  }
  return lost;
}

TEST(PrintedByOthers, NoJudgeSaysASecretAfterwardsAndEachWasSaidBefore) {
  const TempDir directory;
  for (const Printed& printed : AllPrinted()) {
    SCOPED_TRACE(printed.name);
    const std::string file = FileOf(printed);
    const Judgement before = Judge(directory.path(), file);
    const Result<paper::PaperResult> result = RedactedAsShipped(directory, file);
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const Judgement after = Judge(directory.path(), result->bytes);
    for (const std::string& secret : printed.secrets) {
      EXPECT_TRUE(Says(before, Joined(secret))) << "the control: " << secret;
      for (const std::string& piece : PiecesOf(secret)) EXPECT_FALSE(Says(after, piece)) << secret;
    }
    printf("%s: %zu secrets\n", printed.name.c_str(), printed.secrets.size());
  }
}

TEST(PrintedByOthers, AllOtherWordsAreSaidAsBefore) {
  const TempDir directory;
  for (const Printed& printed : AllPrinted()) {
    SCOPED_TRACE(printed.name);
    if (printed.drawn_by_readers) continue;  // its tick and its choice are among what readers draw
    const std::string file = FileOf(printed);
    const Result<paper::PaperResult> result = Redacted(directory, file, ListFinder(printed.secrets));
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const Judgement before = Judge(directory.path(), file);
    const Judgement after = Judge(directory.path(), result->bytes);
    EXPECT_THAT(Lost(before.pdftotext, after.pdftotext, printed.secrets), IsEmpty());
    EXPECT_THAT(Lost(before.mutool, after.mutool, printed.secrets), IsEmpty());
  }
}

TEST(PrintedByOthers, TheRestOfEachPageLooksAsBefore) {
  const TempDir directory;
  for (const Printed& printed : AllPrinted()) {
    if (printed.drawn_by_readers) continue;
    const std::string file = FileOf(printed);
    const Result<paper::PaperResult> result = Redacted(directory, file, ListFinder(printed.secrets));
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    for (uint32_t page = 1; page <= result->pages.size(); ++page) {
      SCOPED_TRACE(printed.name + " " + std::to_string(page));
      const Result<paper::Picture> was = Drawn(directory.path(), file, page, 72);
      const Result<paper::Picture> is = Drawn(directory.path(), result->bytes, page, 72);
      ASSERT_TRUE(was.ok() && is.ok());
      EXPECT_LT(ChangedOutside(*was, *is, result->pages[page - 1]), kVisible);
    }
  }
}

std::string ReadFromPictures(const std::string& directory, std::string_view pdf, size_t pages) {
  std::string text;
  for (uint32_t page = 1; page <= pages; ++page) {
    const Result<paper::Picture> drawn = Drawn(directory, pdf, page, kDotsPerInch);
    if (!drawn.ok()) return "";
    const Result<paper::PageText> read = ReadByTesseract(directory, *drawn);
    if (read.ok()) text += read->text;
  }
  return Joined(text);
}

TEST(PrintedByOthers, WhoReadsThePagesPicturesReadsNoSecret) {
  const TempDir directory;
  size_t read_before = 0;
  size_t secrets = 0;
  for (const Printed& printed : AllPrinted()) {
    SCOPED_TRACE(printed.name);
    const std::string file = FileOf(printed);
    const Result<paper::PaperResult> result = RedactedAsShipped(directory, file);
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const std::string before = ReadFromPictures(directory.path(), file, result->pages.size());
    const std::string after = ReadFromPictures(directory.path(), result->bytes, result->pages.size());
    EXPECT_GT(after.size(), before.size() / 3);
    for (const std::string& secret : printed.secrets) {
      ++secrets;
      read_before += before.find(Joined(secret)) != std::string::npos ? 1 : 0;
      for (const std::string& piece : PiecesOf(secret)) EXPECT_EQ(after.find(piece), std::string::npos) << secret;
    }
  }
  printf("%zu of %zu secrets were read before\n", read_before, secrets);
  EXPECT_GT(read_before * 4, secrets * 3) << "the control";
}

}  // namespace
}  // namespace strongroom
