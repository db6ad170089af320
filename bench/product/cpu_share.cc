#include "product/cpu_share.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace strongroom::bench {
namespace {

constexpr int kPeriodMicros = 10'000;  // short, so that a pause is short
constexpr const char* kVersion1 = "/sys/fs/cgroup/cpu";
constexpr const char* kVersion2 = "/sys/fs/cgroup";

Status Say(const std::string& file, const std::string& word) {
  std::ofstream out(file);
  out << word << '\n';
  return out.flush() ? Status::Ok() : Status(Reason::kFileUnreadable, "cannot write " + word + " to " + file);
}

}  // namespace

Result<CpuShare> CpuShare::Limit(pid_t process, int percent) {
  const bool version1 = std::filesystem::exists(std::string(kVersion1) + "/cpu.cfs_quota_us");
  const std::string directory =
      (version1 ? kVersion1 : kVersion2) + std::string("/strongroom-bench-") + std::to_string(process);
  if (::mkdir(directory.c_str(), 0755) != 0) {
    return Status(Reason::kFileUnreadable, "cannot make the control group " + directory + ": " + std::strerror(errno));
  }
  CpuShare share(directory);
  const std::string quota = std::to_string(kPeriodMicros * percent / 100);
  if (version1) {
    RETURN_IF_ERROR(Say(directory + "/cpu.cfs_period_us", std::to_string(kPeriodMicros)));
    RETURN_IF_ERROR(Say(directory + "/cpu.cfs_quota_us", quota));
    RETURN_IF_ERROR(Say(directory + "/cpu.shares", "10240"));
  } else {
    RETURN_IF_ERROR(Say(directory + "/cpu.max", quota + " " + std::to_string(kPeriodMicros)));
    RETURN_IF_ERROR(Say(directory + "/cpu.weight", "1000"));
  }
  RETURN_IF_ERROR(Say(directory + "/cgroup.procs", std::to_string(process)));
  return share;
}

CpuShare::CpuShare(CpuShare&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}

// Only an empty group goes away: the process has ended by now.
CpuShare::~CpuShare() {
  if (!directory_.empty()) ::rmdir(directory_.c_str());
}

}  // namespace strongroom::bench
