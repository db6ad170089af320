// How much of what is secret can still be read on scans after redaction, and how fast pages are read: the figures of
// docs/redaction-scans.md.  ./dev bench scans [--dpi N]... [--speed] [--table] [--wear NAME]... [--without-misread]
//
// The judge of what can be read is the program tesseract, not our own reader.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "detect/detector.h"
#include "names/name_finder.h"
#include "scans/reader.h"
#include "scans/redact_scan.h"
#include "tests/scans/test_pages.h"
#include "tests/support/child_process.h"

namespace strongroom::scans {
namespace {

double Since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Share(size_t part, size_t all) {
  return all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

struct Setting {
  std::unique_ptr<PageReader> reader;
  std::unique_ptr<detect::Detector> detector;
  bool without_doubt = false;
};

Result<Setting> Start() {
  Setting setting;
  ASSIGN_OR_RETURN(setting.reader, PageReader::Open({}));
  detect::DetectorOptions options;
  options.min_score = redact::kDoubtfulScore;
  options.today = {2026, 6, 1};
  options.names = &names::NameFinder::BuiltIn();
  setting.detector = std::make_unique<detect::Detector>(options);
  return setting;
}

// What the search for misreadings brings: the same words, said to be read without doubt, are taken at their word.
paper::ReadPicture WithoutDoubt(paper::ReadPicture read) {
  return [read = std::move(read)](const paper::Picture& picture) -> Result<paper::PageText> {
    ASSIGN_OR_RETURN(paper::PageText page, read(picture));
    for (paper::PageText::Piece& piece : page.pieces) piece.confidence = 100;
    return page;
  };
}

// The program does not turn pages that stand on their heads: somebody who wants to read them does.
std::string ForTheJudge(const std::string& file, Wear wear) {
  if (wear != Wear::kUpsideDown) return file;
  const PixPtr page(pixReadMem(reinterpret_cast<const l_uint8*>(file.data()), file.size()));
  const PixPtr turned(page ? pixRotateOrth(page.get(), 2) : nullptr);
  return turned ? FileOf(turned.get(), wear) : file;
}

Result<paper::PaperResult> Redacted(const Setting& setting, const std::string& file) {
  redact::Replacer replacer(redact::Mode::kBlock, nullptr, nullptr);
  redact::Job job;
  job.finder = setting.detector.get();
  job.replacer = &replacer;
  paper::PaperOptions options;
  options.read = setting.reader->AsReadPicture();
  if (setting.without_doubt) options.read = WithoutDoubt(options.read);
  options.keep_unread = true;
  return RedactScan(file, job, options);
}

Status PrintTable(const Setting& setting, const std::vector<int>& resolutions, const std::vector<std::string>& wears,
                  bool verbose) {
  const std::vector<TestPage> pages = TestPages();
  std::printf(
      "| dpi | page | secret characters read before | after | other words read before | after | refused | seconds a "
      "page |\n");
  std::printf("|---|---|---|---|---|---|---|---|\n");
  Judged total_before, total_after;
  size_t total_refused = 0;
  size_t row = 0;
  for (const int dpi : resolutions) {
    ASSIGN_OR_RETURN(const std::vector<PixPtr> pictures, DrawPages(pages, dpi));
    for (const Wear wear : {Wear::kNone, Wear::kAskew, Wear::kNoisy, Wear::kFaint, Wear::kUneven, Wear::kJpeg,
                            Wear::kOnItsSide, Wear::kUpsideDown}) {
      if (!wears.empty() && std::find(wears.begin(), wears.end(), NameOf(wear)) == wears.end()) {
        ++row;
        continue;
      }
      Judged before, after;
      double seconds = 0;
      size_t refused = 0;
      const auto add = [](Judged& sum, const Judged& one) {
        sum.all.secret_letters += one.all.secret_letters;
        sum.all.other_words += one.all.other_words;
        sum.found.secret_letters += one.found.secret_letters;
        sum.found.other_words += one.found.other_words;
      };
      // One page of each language, in turn the form and the letter.
      ++row;
      for (size_t i = row % 2; i < pages.size(); i += 2) {
        const PixPtr worn = Worn(pictures[i].get(), wear, static_cast<uint32_t>(i + 1));
        const std::string file = FileOf(worn.get(), wear);
        ASSIGN_OR_RETURN(const Judged one_before, JudgePicture(pages[i], ForTheJudge(file, wear)));
        const auto start = std::chrono::steady_clock::now();
        const Result<paper::PaperResult> redacted = Redacted(setting, file);
        seconds += Since(start);
        if (!redacted.ok()) {
          std::printf("%s %d %s: %s\n", pages[i].language.c_str(), dpi, NameOf(wear),
                      redacted.status().message().c_str());
          ++refused;
          continue;
        }
        ASSIGN_OR_RETURN(const Judged one_after, JudgePicture(pages[i], ForTheJudge(redacted->bytes, wear)));
        add(before, one_before);
        add(after, one_after);
        if (verbose || one_after.found.secret_letters > 0) {
          std::printf("  page %zu (%s): %zu finds, secret %zu -> %zu of %zu, other %zu -> %zu of %zu\n", i + 1,
                      pages[i].language.c_str(), redacted->pages[0].found.size(), one_before.found.secret_letters,
                      one_after.found.secret_letters, one_before.all.secret_letters, one_before.found.other_words,
                      one_after.found.other_words, one_before.all.other_words);
          const char* const keep = getenv("STRONGROOM_SCANS_KEEP");
          if (keep != nullptr) {
            const std::string path =
                std::string(keep) + "/" + std::to_string(dpi) + "-" + NameOf(wear) + "-" + std::to_string(i + 1);
            for (const auto& [end, bytes] : {std::pair(".before", &file), std::pair(".after", &redacted->bytes)}) {
              std::FILE* const out = std::fopen((path + end).c_str(), "wb");
              if (out != nullptr) std::fwrite(bytes->data(), 1, bytes->size(), out);
              if (out != nullptr) std::fclose(out);
            }
          }
        }
      }
      std::printf("| %d | %s | %.1f %% of %zu | %zu | %.1f %% of %zu | %.1f %% | %zu of 3 | %.1f |\n", dpi,
                  NameOf(wear), Share(before.found.secret_letters, before.all.secret_letters),
                  before.all.secret_letters, after.found.secret_letters,
                  Share(before.found.other_words, before.all.other_words), before.all.other_words,
                  Share(after.found.other_words, after.all.other_words), refused, seconds / 3);
      total_refused += refused;
      std::fflush(stdout);
      add(total_before, before);
      add(total_after, after);
    }
  }
  std::printf("| all | | %.1f %% of %zu | %zu | %.1f %% of %zu | %.1f %% | %zu | |\n",
              Share(total_before.found.secret_letters, total_before.all.secret_letters),
              total_before.all.secret_letters, total_after.found.secret_letters,
              Share(total_before.found.other_words, total_before.all.other_words), total_before.all.other_words,
              Share(total_after.found.other_words, total_after.all.other_words), total_refused);
  return Status::Ok();
}

// Pages a second beside the program, in turn, on the same pictures; both on one core.
Status PrintSpeed(const Setting& setting, const std::vector<int>& resolutions) {
  const std::vector<TestPage> pages = TestPages();
  std::printf(
      "| dpi | reader, pages/s | tesseract, pages/s | ratio | with search and burning, pages/s "
      "| refused |\n|---|---|---|---|---|---|\n");
  for (const int dpi : resolutions) {
    ASSIGN_OR_RETURN(const std::vector<PixPtr> pictures, DrawPages(pages, dpi));
    double ours = 0, theirs = 0, whole = 0;
    int refused = 0;
    for (size_t i = 0; i < pages.size(); ++i) {
      paper::Picture picture;
      picture.width = static_cast<uint32_t>(pixGetWidth(pictures[i].get()));
      picture.height = static_cast<uint32_t>(pixGetHeight(pictures[i].get()));
      picture.dots_per_inch = static_cast<uint32_t>(dpi);
      for (uint32_t y = 0; y < picture.height; ++y) {
        const uint32_t* const row = Row(pictures[i].get(), static_cast<int>(y));
        for (uint32_t x = 0; x < picture.width; ++x) picture.samples += static_cast<char>(GET_DATA_BYTE(row, x));
      }
      auto start = std::chrono::steady_clock::now();
      RETURN_IF_ERROR(setting.reader->Read(picture).status());
      ours += Since(start);
      const std::string file = FileOf(pictures[i].get(), Wear::kNone);
      start = std::chrono::steady_clock::now();
      refused += Redacted(setting, file).ok() ? 0 : 1;  // the work was done all the same
      whole += Since(start);
      const std::string path = "/tmp/strongroom-scans-" + std::to_string(getpid()) + ".png";
      if (std::FILE* const out = std::fopen(path.c_str(), "wb"); out != nullptr) {
        std::fwrite(file.data(), 1, file.size(), out);
        std::fclose(out);
      }
      start = std::chrono::steady_clock::now();
      // The languages of our reader; a person who runs the program knows which page is Chinese.
      const std::string model = pages[i].language == "zh" ? "chi_sim" : "swe+eng";
      RETURN_IF_ERROR(RunProgram({"/usr/bin/tesseract", path, "stdout", "-l", model}, {"OMP_THREAD_LIMIT=1"}).status());
      theirs += Since(start);
      std::remove(path.c_str());
    }
    const auto count = static_cast<double>(pages.size());
    std::printf("| %d | %.2f | %.2f | %.2f | %.2f | %d of %zu |\n", dpi, count / ours, count / theirs, theirs / ours,
                count / whole, refused, pages.size());
    std::fflush(stdout);
  }
  return Status::Ok();
}

int Main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::vector<int> resolutions;
  std::vector<std::string> wears;
  bool table = false, speed = false, verbose = false, plain = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--table")
      table = true;
    else if (argument == "--speed")
      speed = true;
    else if (argument == "--without-misread")
      plain = true;
    else if (argument == "--verbose")
      verbose = true;
    else if (argument == "--wear" && i + 1 < argc)
      wears.emplace_back(argv[++i]);
    else if (argument == "--dpi" && i + 1 < argc) {
      const std::string_view number = argv[++i];
      int dpi = 0;
      std::from_chars(number.data(), number.data() + number.size(), dpi);
      resolutions.push_back(std::clamp(dpi, 50, 1200));
    } else {
      std::fprintf(stderr,
                   "scans_bench [--table] [--speed] [--dpi N]... [--wear NAME]... [--verbose] [--without-misread]\n");
      return 2;
    }
  }
  if (!table && !speed) table = speed = true;
  if (resolutions.empty()) resolutions = {150, 200, 300};
  Result<Setting> setting = Start();
  if (setting.ok()) setting->without_doubt = plain;
  Status status = setting.status();
  if (status.ok() && table) status = PrintTable(*setting, resolutions, wears, verbose);
  if (status.ok() && speed) status = PrintSpeed(*setting, resolutions);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace strongroom::scans

int main(int argc, char** argv) { return strongroom::scans::Main(argc, argv); }
