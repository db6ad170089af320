// How fast PDFs are gone through and redacted, in pages a second of one core, beside mutool, which only reads (draw -F
// text) or only rewrites (clean).  Processor time of the thread for ours, of the child for mutool's; peak memory.
//
//   paper_bench [--pages N] [FILE.pdf...]
// Without files one of text is made here: 40 lines a page, three of them with something personal.
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>
#include <spawn.h>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "crypto/secret.h"
#include "detect/detector.h"
#include "names/name_finder.h"
#include "pdf/redact_pdf.h"
#include "pdf/testing/pdf_maker.h"
#include "redact/replacement.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one file

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string MadeFile(uint32_t pages) {
  pdf::PdfMaker maker;
  for (uint32_t page = 0; page < pages; ++page) {
    std::string contents;
    for (int line = 0; line < 40; ++line) {
      std::string text = "The service answered while the queue was long and the batch was sent again after noon";
      const std::string number = std::to_string(1000 + (page * 40 + static_cast<uint32_t>(line)) % 9000);
      if (line == 5) text = "Customer anna.berg" + number + "@mail.example.org asked for a copy of the letter of May";
      if (line == 15) text = "Card 4111 1111 1111 1111, paid in full at the counter of the second floor";
      if (line == 25)
        text = "Call back on +46 70 174 " + number.substr(0, 2) + " " + number.substr(2) +
               " before the end of the week, please";
      contents += pdf::Line(60, 790 - 18 * line, text, 10);
    }
    maker.AddPage(contents);
  }
  return maker.Finish();
}

// Seconds of processor time of a program that ran to its end, or less than 0.
double SecondsOf(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  rusage usage{};
  int status = 0;
  if (wait4(child, &status, 0, &usage) != child || status != 0) return -1;
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

long PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void PrintRow(const char* what, size_t pages, double seconds) {
  if (seconds < 0) {
    std::printf("  %-34s not there\n", what);
  } else {
    std::printf("  %-34s %8.0f pages/s  %6.2f s\n", what, static_cast<double>(pages) / std::max(seconds, 1e-9),
                seconds);
  }
}

void Measure(const std::string& name, const std::string& bytes, const detect::Finder& finder) {
  static const redact::StandIns stand_ins(SecretBytes::CopyOf("a key of the benchmark, 32 bytes"));
  std::printf("%s, %.1f MB\n", name.c_str(), static_cast<double>(bytes.size()) / 1e6);
  size_t pages = 0;
  for (const bool look : {true, false}) {
    redact::Replacer replacer(redact::Mode::kBlock, &stand_ins, nullptr);
    redact::Job job;
    job.finder = &finder;
    job.replacer = look ? nullptr : &replacer;
    paper::PaperOptions options;
    options.keep_unread = true;
    size_t found = 0;
    job.report = [&](const redact::Found&) { ++found; };
    const double start = ThreadSeconds();
    const Result<paper::PaperResult> result = pdf::RedactPdf(bytes, job, options);
    const double seconds = ThreadSeconds() - start;
    if (!result.ok()) {
      std::printf("  %s\n", result.status().ToString().c_str());
      return;
    }
    pages = result->pages.size();
    PrintRow(look ? "look" : "redact, write, verify", pages, seconds);
    std::printf("  %-34s %8zu finds, peak memory %ld MB\n", "", found, PeakMegabytes());
  }
  char path[] = "/tmp/paper_bench_XXXXXX";
  const int file = mkstemp(path);
  if (file < 0) return;
  close(file);
  std::ofstream(path, std::ios::binary) << bytes;
  PrintRow("mutool draw -F text (reads)", pages, SecondsOf({"/usr/bin/mutool", "draw", "-q", "-F", "text", path}));
  const std::string rewritten = std::string(path) + ".pdf";
  PrintRow("mutool clean -gggg (rewrites)", pages, SecondsOf({"/usr/bin/mutool", "clean", "-gggg", path, rewritten}));
  unlink(rewritten.c_str());
  unlink(path);
}

}  // namespace

int main(int argc, char** argv) {
  uint32_t pages = 2000;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--pages" && i + 1 < argc) {
      const std::string count = argv[++i];
      std::from_chars(count.data(), count.data() + count.size(), pages);
    } else {
      files.push_back(argument);
    }
  }
  const detect::Detector numbers({});
  const detect::Detector all([&] {
    detect::DetectorOptions options;
    options.names = &names::NameFinder::BuiltIn();
    return options;
  }());
  if (files.empty()) {
    const std::string made = MadeFile(pages);
    Measure("made here, " + std::to_string(pages) + " pages; numbers and addresses of the network", made, numbers);
    Measure("the same; names and places as well", made, all);
  }
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    Measure(file, std::string(std::istreambuf_iterator<char>(in), {}), all);
  }
  return 0;
}
