#include "cpu_group.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace strongroom {
namespace {

constexpr int kPeriodMicros = 20'000;

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

// The processes whose parent is `parent`.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string stat;
    std::getline(std::ifstream(entry.path() / "stat"), stat);
    const size_t end = stat.rfind(')');  // behind the program's name: state, parent
    if (end != std::string::npos && end + 4 < stat.size() && std::atoi(stat.c_str() + end + 4) == parent)
      children.push_back(static_cast<pid_t>(std::atoi(name.c_str())));
  }
  return children;
}

}  // namespace

Result<std::unique_ptr<CpuGroup>> CpuGroup::Make(int percent) {
  static std::atomic<int> count{0};
  const bool first_version = std::filesystem::exists("/sys/fs/cgroup/cpu/cgroup.procs");
  const std::string path = std::string(first_version ? "/sys/fs/cgroup/cpu/" : "/sys/fs/cgroup/") + "fleet-" +
                           std::to_string(::getpid()) + "-" + std::to_string(++count);
  std::error_code error;
  std::filesystem::create_directory(path, error);
  if (error) return Status(Reason::kInvalidArgument, "cannot make the control group " + path + ": " + error.message());
  std::unique_ptr<CpuGroup> made(new CpuGroup(path));
  const std::string quota = std::to_string(kPeriodMicros * percent / 100);
  const std::string period = std::to_string(kPeriodMicros);
  const bool held = first_version
                        ? Write(path + "/cpu.cfs_period_us", period) && Write(path + "/cpu.cfs_quota_us", quota)
                        : Write(path + "/cpu.max", quota + " " + period);
  if (!held) return Status(Reason::kInvalidArgument, "cannot set the quota of the control group " + path);
  return made;
}

Status CpuGroup::AddWithChildren(pid_t pid) {
  // Twice, for what was started in between.
  for (int round = 0; round < 2; ++round) {
    if (!Write(path_ + "/cgroup.procs", std::to_string(pid)))
      return Status(Reason::kInvalidArgument, "cannot put a process into " + path_);
    for (const pid_t child : ChildrenOf(pid)) Write(path_ + "/cgroup.procs", std::to_string(child));
  }
  return Status::Ok();
}

CpuGroup::Throttled CpuGroup::SoFar() const {
  Throttled so_far;
  std::ifstream file(path_ + "/cpu.stat");
  std::string name;
  double figure = 0;
  while (file >> name >> figure) {
    if (name == "nr_periods") so_far.periods = figure;
    if (name == "nr_throttled") so_far.waited = figure;
  }
  return so_far;
}

CpuGroup::~CpuGroup() {
  std::error_code error;
  for (int tries = 0; tries < 50 && !std::filesystem::remove(path_, error); ++tries) ::usleep(20'000);
}

}  // namespace strongroom
