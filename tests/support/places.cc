#include "places.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace strongroom {
namespace {

constexpr size_t kWindowBytes = size_t{4} << 20;
constexpr size_t kContextBytes = 48;

int64_t MillisSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

std::string Printable(ByteView bytes) {
  std::string text;
  for (const char c : bytes) text.push_back(c >= ' ' && c <= '~' ? c : '.');
  return text;
}

// Searches a file in windows that overlap, from `begin` to `end`; answers the bytes that could be read.
uint64_t SearchRange(const PatternSearch& search, int fd, uint64_t begin, uint64_t end, const std::string& name,
                     SearchReport& report) {
  Bytes window(kWindowBytes, '\0');
  uint64_t read_bytes = 0;
  size_t kept = 0;
  for (uint64_t at = begin; at < end;) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(window.size() - kept, end - at));
    const ssize_t count = pread(fd, window.data() + kept, wanted, static_cast<off_t>(at));
    if (count <= 0) {
      at = (at / 4096 + 1) * 4096;  // a page that is not there
      kept = 0;
      continue;
    }
    at += static_cast<uint64_t>(count);
    read_bytes += static_cast<uint64_t>(count);
    const ByteView filled(window.data(), kept + static_cast<size_t>(count));
    for (const PatternSearch::Hit& hit : search.Search(filled)) {
      const size_t from = hit.offset > kContextBytes ? hit.offset - kContextBytes : 0;
      char place[32];
      std::snprintf(place, sizeof place, "%llx", static_cast<unsigned long long>(at - filled.size() + hit.offset));
      report.findings.push_back({hit.value, name + " at " + place + ", as " + hit.form + ": " +
                                                Printable(filled.substr(from, 3 * kContextBytes))});
    }
    // What straddles the border is found next time; what lies whole in the kept part is found twice, which is no harm.
    kept = std::min(filled.size(), search.longest_bytes());
    const Bytes tail(filled.substr(filled.size() - kept));
    std::copy(tail.begin(), tail.end(), window.begin());
  }
  report.bytes += read_bytes;
  return read_bytes;
}

}  // namespace

std::set<size_t> SearchReport::ValuesFound() const {
  std::set<size_t> values;
  for (const Finding& finding : findings) values.insert(finding.value);
  return values;
}

std::string SearchReport::Describe(size_t at_most) const {
  std::string text = std::to_string(findings.size()) + " findings";
  for (size_t i = 0; i < std::min(findings.size(), at_most); ++i) text += "\n  " + findings[i].where;
  return text;
}

Result<SearchReport> SearchFiles(const PatternSearch& search, const std::string& directory) {
  const auto start = std::chrono::steady_clock::now();
  SearchReport report;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory, error)) {
    for (const PatternSearch::Hit& hit : search.Search(file.path().string())) {
      report.findings.push_back({hit.value, "the name of " + file.path().string()});
    }
    if (!file.is_regular_file()) continue;
    const int fd = open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return Status(Reason::kFileUnreadable, file.path().string());
    SearchRange(search, fd, 0, file.file_size(), file.path().string(), report);
    close(fd);
    ++report.places;
  }
  if (error) return Status(Reason::kFileUnreadable, directory + ": " + error.message());
  report.millis = MillisSince(start);
  return report;
}

Result<SearchReport> SearchMemory(const PatternSearch& search, pid_t process) {
  const auto start = std::chrono::steady_clock::now();
  const std::string folder = "/proc/" + std::to_string(process);
  const int fd = open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Status(Reason::kFileUnreadable, "cannot read the memory of another process: " + folder + "/mem");
  kill(process, SIGSTOP);
  SearchReport report;
  std::ifstream maps(folder + "/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0;
    unsigned long long end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, rights) != 3) continue;
    // Reserved and never used: terabytes of nothing.  vsyscall and vvar are the kernel's.
    if (rights[0] != 'r' || line.find("[v") != std::string::npos) continue;
    SearchRange(search, fd, begin, end, line, report);
    ++report.places;
  }
  kill(process, SIGCONT);
  close(fd);
  report.millis = MillisSince(start);
  if (report.bytes == 0) return Status(Reason::kFileUnreadable, "nothing of the other process could be read");
  return report;
}

}  // namespace strongroom
