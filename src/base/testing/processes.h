// For tests: which processes a process has started, and those in turn.
#pragma once

#include <sys/types.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace strongroom {

// Each with the time of its start, so that a number that is used again is another process.
using Process = std::pair<pid_t, std::string>;

namespace processes_internal {

// The words of /proc/<pid>/stat from the third on (proc(5)): the second may hold blanks.  Empty: there is no such.
inline std::vector<std::string> StatOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::vector<std::string> words;
  if (!std::getline(file, line)) return words;
  size_t at = line.rfind(')');
  while (at != std::string::npos && at + 2 < line.size()) {
    const size_t end = line.find(' ', at + 2);
    words.push_back(line.substr(at + 2, end == std::string::npos ? end : end - at - 2));
    at = end == std::string::npos ? end : end - 1;
  }
  return words;
}

}  // namespace processes_internal

// Those that `parent` started and that still run; zombies do not.
inline std::vector<Process> ChildrenOf(pid_t parent) {
  std::vector<Process> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::vector<std::string> stat = processes_internal::StatOf(name);
    if (stat.size() > 19 && stat[0] != "Z" && std::atoi(stat[1].c_str()) == parent)
      children.emplace_back(std::atoi(name.c_str()), stat[19]);
  }
  return children;
}

// Those, and what they started, and so on.
inline std::vector<Process> DescendantsOf(pid_t ancestor) {
  std::vector<Process> all = ChildrenOf(ancestor);
  for (size_t i = 0; i < all.size(); ++i) {
    const std::vector<Process> more = ChildrenOf(all[i].first);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

inline bool Runs(const Process& process) {
  const std::vector<std::string> stat = processes_internal::StatOf(std::to_string(process.first));
  return stat.size() > 19 && stat[0] != "Z" && stat[0] != "X" && stat[19] == process.second;
}

}  // namespace strongroom
