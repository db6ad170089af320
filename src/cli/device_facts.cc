#include "cli/device_facts.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "cli/session.h"

namespace strongroom {
namespace {

constexpr int kDeepestStack = 8;  // LVM on LUKS on RAID has three
constexpr int64_t kMillisPerDay = 86'400'000;
constexpr size_t kLongestNameBytes = 64;

// Files of /proc and /sys say that they are empty; they are read to their end all the same.
std::string TextOf(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path, 1u << 20);
  return text.ok() ? *text : std::string();
}

std::string_view NextWord(std::string_view& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

bool LiesUnder(std::string_view path, std::string_view mount) {
  if (mount == "/") return path.starts_with('/');
  return path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/');
}

}  // namespace

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw: the third word is the device, the fifth the place.
std::string DeviceOfMount(std::string_view mountinfo, std::string_view path) {
  std::string device;
  size_t longest = 0;
  while (!mountinfo.empty()) {
    const size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    NextWord(line);
    NextWord(line);
    const std::string_view number = NextWord(line);
    NextWord(line);
    const std::string_view mount = NextWord(line);
    // Of two at the same place the later one lies on top.
    if (mount.empty() || mount.size() < longest || !LiesUnder(path, mount)) continue;
    longest = mount.size();
    device = std::string(number);
  }
  return device;
}

std::string DeviceFacts::DeviceUnder(const std::string& path) const {
  const std::string number = DeviceOfMount(TextOf(root_ + "/proc/self/mountinfo"), path);
  if (number.empty() || number.find_first_not_of("0123456789:") != std::string::npos) return {};
  return root_ + "/sys/dev/block/" + number;
}

bool DeviceFacts::IsCrypt(const std::string& device, int depth) const {
  if (TextOf(device + "/dm/uuid").starts_with("CRYPT-")) return true;
  if (depth == 0) return false;
  std::error_code error;
  bool any = false;
  for (std::filesystem::directory_iterator below(device + "/slaves", error), end; !error && below != end;
       below.increment(error)) {
    // All that it stands on: half an encrypted disk is none.
    if (!IsCrypt(below->path().string(), depth - 1)) return false;
    any = true;
  }
  return any && !error;
}

bool DeviceFacts::DisksAreEncrypted(const std::vector<std::string>& paths) const {
  return !paths.empty() && std::all_of(paths.begin(), paths.end(), [this](const std::string& path) {
    const std::string device = DeviceUnder(path);
    return !device.empty() && IsCrypt(device, kDeepestStack);
  });
}

bool DeviceFacts::ProtectionIsCurrent(const std::vector<std::string>& files, UnixMillis now) const {
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    struct stat info = {};
    if (stat((root_ + file).c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return false;
    const UnixMillis written = int64_t{info.st_mtim.tv_sec} * 1000;
    return written <= now + kMillisPerDay && now - written < kCurrentForDays * kMillisPerDay;
  });
}

std::string DeviceFacts::System() const {
  constexpr std::string_view kName = "PRETTY_NAME=\"";
  const std::string text = TextOf(root_ + "/etc/os-release");
  const size_t at = text.find(kName);
  if (at == std::string::npos) return "unknown";
  const std::string name = text.substr(at + kName.size(), text.find('"', at + kName.size()) - at - kName.size());
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  return plain && !name.empty() ? name.substr(0, kLongestNameBytes) : "unknown";
}

std::vector<std::string> DeviceFacts::UsualSignatureFiles() {
  return {"/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd"};
}

}  // namespace strongroom
