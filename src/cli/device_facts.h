// What can be read of a Linux machine without rights: is the disk under a path encrypted, is the protection against
// malware current, which system is it.  Read from files the kernel and the distribution write; no program is started.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

class DeviceFacts {
 public:
  static constexpr int64_t kCurrentForDays = 7;

  // `root`: "" on a machine; tests put /proc, /sys and /etc elsewhere.
  explicit DeviceFacts(std::string root = {}) : root_(std::move(root)) {}

  // Whether each of `paths` lies on a device-mapper volume whose own table, or one beneath it, is dm-crypt (LUKS or
  // plain).  False when that cannot be seen: a report claims nothing that was not read.
  bool DisksAreEncrypted(const std::vector<std::string>& paths) const;
  // Whether one of `files` (signatures of a scanner) was written within the last seven days.
  bool ProtectionIsCurrent(const std::vector<std::string>& files, UnixMillis now) const;
  std::string System() const;  // PRETTY_NAME of /etc/os-release, at most 64 bytes; "unknown"

  // ClamAV's, as Debian keeps them.
  static std::vector<std::string> UsualSignatureFiles();

 private:
  std::string DeviceUnder(const std::string& path) const;
  bool IsCrypt(const std::string& device, int depth) const;
  const std::string root_;
};

// The major:minor of the file system that holds `path`, by the text of /proc/self/mountinfo (proc(5)); empty: none.
std::string DeviceOfMount(std::string_view mountinfo, std::string_view path);

}  // namespace strongroom
