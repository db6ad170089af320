// How fast detection reads, on one core, beside copying memory and, where Vectorscan is installed, beside its raw rate
// with patterns for the same things.  Processor time of the thread, so that a busy machine does not count.
//
//   detect_bench [--file FILE] [--mb N] [--long]
// Without --file the text is made here: prose, logs, CSV and JSON lines in English, Swedish and Chinese with numbers
// whose check digits are right.  --long goes up to 1 GB.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#ifdef STRONGROOM_VECTORSCAN
#include <hs.h>
#endif

#include "detect/blocks.h"
#include "detect/detector.h"
#include "detect/validators.h"
#include "names/name_finder.h"

namespace {

using namespace strongroom::detect;  // NOLINT: a program of one file

constexpr int kRounds = 5;

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The best of some rounds, in millions of bytes a second.
double RateOf(size_t bytes, const std::function<void()>& work, int rounds = kRounds) {
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const double start = ThreadSeconds();
    work();
    best = std::max(best, static_cast<double>(bytes) / 1e6 / (ThreadSeconds() - start));
  }
  return best;
}

class Dice {
 public:
  size_t Below(size_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<size_t>(state_ >> 33) % bound;
  }
  std::string Digits(size_t count) {
    std::string digits;
    for (size_t i = 0; i < count; ++i) digits += static_cast<char>('0' + Below(10));
    return digits;
  }
  std::string Words(std::span<const std::string_view> words, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + std::string(words[Below(words.size())]);
    return text;
  }

 private:
  uint64_t state_ = 1;
};

constexpr std::string_view kEnglish[] = {"the",   "service", "returned", "a",       "delayed",  "response",
                                         "while", "queue",   "batch",    "retry",   "was",      "invoked",
                                         "for",   "shard",   "after",    "timeout", "upstream", "rate"};
constexpr std::string_view kSwedish[] = {"systemet", "svarade",  "sent", "och", "kön",   "växte", "medan", "driften",
                                         "flyttade", "trafiken", "till", "den", "andra", "zonen", "under", "natten"};
constexpr std::string_view kNames[] = {"James Smith", "Anna Lindqvist", "Erik Berg", "Maria Garcia", "Karin Nilsson"};

std::string CardOf(Dice& dice) {
  std::string card = "4" + dice.Digits(14);
  return card + LuhnCheckDigit(card);
}

std::string Line(Dice& dice) {
  const std::string name(kNames[dice.Below(std::size(kNames))]);
  const std::string mail = "anna.berg" + dice.Digits(3) + "@mail.example.org";
  const std::string ip = "192.0." + std::to_string(dice.Below(256)) + "." + std::to_string(dice.Below(256));
  const size_t kind = dice.Below(10);
  if (kind < 3) return dice.Words(kEnglish, 14) + ".";
  if (kind < 4)
    return "Customer " + name + " called from (555) 010-" + dice.Digits(4) + " about card " + CardOf(dice) + ".";
  if (kind < 5)
    return "Patient " + name + ", SSN 5" + dice.Digits(2) + "-1" + dice.Digits(1) + "-1" + dice.Digits(3) + ", email " +
           mail;
  if (kind < 6) {
    return "2026-03-1" + dice.Digits(1) + "T09:10:1" + dice.Digits(1) + "Z INFO req=3fa" + dice.Digits(9) +
           "c src=" + ip + " user=" + mail + " status=200 bytes=" + dice.Digits(5) + " " + dice.Words(kEnglish, 6);
  }
  if (kind < 7)
    return "{\"id\":" + dice.Digits(9) + ",\"name\":\"" + name + "\",\"ip\":\"" + ip + "\",\"note\":\"" +
           dice.Words(kEnglish, 6) + "\"}";
  if (kind < 8)
    return dice.Digits(6) + "," + name + "," + mail + "," + CardOf(dice) + "," + dice.Digits(3) + "." + dice.Digits(2);
  if (kind < 9)
    return dice.Words(kSwedish, 8) + ". Kunden " + name + ", personnummer 19811218-9876, telefon +46 70 174 06 " +
           dice.Digits(2) + ".";
  return "系统在夜间维护期间响应缓慢，客户张伟，身份证号11010519491231002X，手机139" + dice.Digits(8) + "，等待恢复。";
}

std::string MadeText(size_t bytes) {
  Dice dice;
  std::string text;
  while (text.size() < bytes) text += Line(dice) + "\n";
  return text;
}

void Report(const char* what, double rate, double copy) {
  std::printf("%-46s %9.1f MB/s   copying is %6.1f times as fast\n", what, rate, copy / rate);
}

double CopyRate(const std::string& text) {
  std::string target(text.size(), '\0');
  return RateOf(text.size(), [&] { std::memcpy(target.data(), text.data(), text.size()); });
}

void DetectWhole(const std::string& text, const Finder* names, const char* what, double copy) {
  DetectorOptions options;
  options.today = {2026, 11, 1};
  options.names = names;
  const Detector detector(options);
  std::vector<Finding> findings;
  const double rate = RateOf(text.size(), [&] { detector.Find(text, "", findings); });
  Report(what, rate, copy);
  std::printf("%-46s %9zu, one in %.0f bytes\n", "  finds", findings.size(),
              static_cast<double>(text.size()) / static_cast<double>(std::max<size_t>(1, findings.size())));
}

// The text again and again, as a stream of `bytes`, block by block.
double StreamRate(const std::string& text, size_t bytes) {
  DetectorOptions options;
  options.today = {2026, 11, 1};
  const Detector detector(options);
  return RateOf(
      bytes,
      [&] {
        BlockCutter cutter;
        BlockJoiner joiner;
        std::vector<Finding> findings;
        const auto drain = [&] {
          while (const std::optional<Block> block = cutter.Next()) {
            detector.Find(block->text, "", findings);
            joiner.Keep(*block, findings);
          }
        };
        for (size_t fed = 0; fed < bytes;) {
          const size_t at = fed % text.size();
          const size_t piece = std::min({size_t{1} << 16, text.size() - at, bytes - fed});
          cutter.Feed(std::string_view(text).substr(at, piece));
          fed += piece;
          drain();
        }
        cutter.Finish();
        drain();
      },
      bytes > 100'000'000 ? 1 : 3);
}

#ifdef STRONGROOM_VECTORSCAN
// Shapes alone: no check digit, no word beside them, no folding.
constexpr const char* kPatterns[] = {R"(\b4\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b)",
                                     R"(\b5[1-5]\d{2}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b)",
                                     R"(\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b)",
                                     R"(\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b)",
                                     R"(\b\d{3}-\d{2}-\d{4}\b)",
                                     R"(\b\d{3} \d{3} \d{4}\b)",
                                     R"(\b(19|20)?\d{6}[-+]\d{4}\b)",
                                     R"(\b\d{17}[0-9X]\b)",
                                     R"(\b\d{3}\.\d{3}\.\d{3}-\d{2}\b)",
                                     R"(\b\d{8}[A-Z]\b)",
                                     R"(\b[XYZ]\d{7}[A-Z]\b)",
                                     R"(\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b)",
                                     R"(\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b)",
                                     R"(\b756\.\d{4}\.\d{4}\.\d{2}\b)",
                                     R"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}\b)",
                                     R"(\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b)",
                                     R"(\b([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b)",
                                     R"(\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b)",
                                     R"(\bhttps?://[^\s"<>]{1,2000})",
                                     R"(\(\d{3}\) ?\d{3}-\d{4})",
                                     R"(\+\d{1,3}[ -]?\d{2,4}[ -]?\d{2,4}[ -]?\d{2,4})",
                                     R"(\b1[3-9]\d{9}\b)",
                                     R"(\b\d{4}-\d{2}-\d{2}\b)",
                                     R"(\b\d{1,2}/\d{1,2}/\d{4}\b)",
                                     R"(\bAKIA[A-Z0-9]{16}\b)"};

void Vectorscan(const std::string& text, double copy) {
  std::vector<unsigned> flags(std::size(kPatterns), HS_FLAG_DOTALL);
  std::vector<unsigned> ids(std::size(kPatterns));
  for (unsigned i = 0; i < ids.size(); ++i) ids[i] = i;
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(kPatterns, flags.data(), ids.data(), static_cast<unsigned>(ids.size()), HS_MODE_BLOCK, nullptr,
                       &database, &error) != HS_SUCCESS) {
    std::printf("Vectorscan does not take the patterns: %s\n", error->message);
    hs_free_compile_error(error);
    return;
  }
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) == HS_SUCCESS) {
    size_t matches = 0;
    const auto count = [](unsigned, unsigned long long, unsigned long long, unsigned,
                          void* context) {  // NOLINT(google-runtime-int): its own
      ++*static_cast<size_t*>(context);
      return 0;
    };
    const double rate = RateOf(text.size(), [&] {
      (void)hs_scan(database, text.data(), static_cast<unsigned>(text.size()), 0, scratch, count, &matches);
    });
    Report("Vectorscan, 25 patterns, ends of matches only", rate, copy);
    hs_free_scratch(scratch);
  }
  hs_free_database(database);
}
#endif

int Run(const std::string& file, size_t bytes, bool is_long) {
  std::string text;
  if (file.empty()) {
    text = MadeText(bytes);
  } else {
    std::ifstream in(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
    if (text.empty()) {
      std::fprintf(stderr, "detect_bench: nothing to read in %s\n", file.c_str());
      return 1;
    }
  }
  std::printf("%.1f MB of text, one core\n", static_cast<double>(text.size()) / 1e6);
  const double copy = CopyRate(text);
  std::printf("%-46s %9.1f MB/s\n", "copying memory", copy);
  DetectWhole(text, nullptr, "numbers, dates, network, secrets", copy);
  DetectWhole(text, &strongroom::names::NameFinder::BuiltIn(), "the same, names and addresses", copy);
#ifdef STRONGROOM_VECTORSCAN
  Vectorscan(text, copy);
#else
  std::printf("Vectorscan is not installed (libvectorscan-dev)\n");
#endif
  for (size_t size : {size_t{1'000'000}, size_t{10'000'000}, size_t{100'000'000}, size_t{1'000'000'000}}) {
    if (size > 100'000'000 && !is_long) continue;
    std::printf("as a stream of %4zu MB                          %9.1f MB/s\n", size / 1'000'000,
                StreamRate(text, size));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%-46s %9.1f MB, of which the text twice\n", "most memory held",
              static_cast<double>(usage.ru_maxrss) / 1e3);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;
  size_t megabytes = 32;
  bool is_long = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--long") {
      is_long = true;
    } else if (argument == "--file" && i + 1 < argc) {
      file = argv[++i];
    } else if (argument == "--mb" && i + 1 < argc) {
      const std::string_view number = argv[++i];
      std::from_chars(number.data(), number.data() + number.size(), megabytes);
    } else {
      std::fprintf(stderr, "detect_bench [--file FILE] [--mb N] [--long]\n");
      return 2;
    }
  }
  return Run(file, std::max<size_t>(1, std::min<size_t>(megabytes, 4000)) * 1'000'000, is_long);
}
