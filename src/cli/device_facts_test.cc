#include "cli/device_facts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace strongroom {
namespace {

constexpr UnixMillis kNow = 1'795'327'553'000;
constexpr int64_t kDaySeconds = 86'400;

// A machine made of files: / on 253:1, which stands on 253:0, which stands on a partition.
class DeviceFactsTest : public ::testing::Test {
 protected:
  DeviceFactsTest() {
    char pattern[] = "/tmp/strongroom-facts-XXXXXX";
    root_ = mkdtemp(pattern);
    Write("/proc/self/mountinfo",
          "22 1 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n"
          "30 22 8:1 / /boot rw - ext4 /dev/sda1 rw\n"
          "31 22 0:5 / /proc rw - proc proc rw\n");
    Write("/sys/dev/block/253:1/dm/uuid", "LVM-abc\n");
    Write("/sys/dev/block/253:1/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-name\n");
    Write("/sys/dev/block/8:1/partition", "1\n");
    Write("/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
  }
  ~DeviceFactsTest() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void SetTime(const std::string& path, int64_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (root_ + path).c_str(), times, 0), 0);
  }
  DeviceFacts Facts() const { return DeviceFacts(root_); }
  std::string root_;
};

TEST_F(DeviceFactsTest, SeesEncryptionBeneathAVolume) {
  EXPECT_TRUE(Facts().DisksAreEncrypted({"/", "/srv/ada"}));
  EXPECT_FALSE(Facts().DisksAreEncrypted({"/", "/boot"})) << "one of them is not";
  EXPECT_FALSE(Facts().DisksAreEncrypted({}));
  Write("/sys/dev/block/253:1/slaves/dm-0/dm/uuid", "LVM-other\n");
  EXPECT_FALSE(Facts().DisksAreEncrypted({"/"}));
}

TEST_F(DeviceFactsTest, HalfAnEncryptedDiskIsNone) {
  EXPECT_TRUE(Facts().DisksAreEncrypted({"/"})) << "the control";
  Write("/sys/dev/block/253:1/slaves/sdb1/partition", "1\n");
  EXPECT_FALSE(Facts().DisksAreEncrypted({"/"}));
}

TEST_F(DeviceFactsTest, ClaimsNothingThatCannotBeRead) {
  EXPECT_FALSE(DeviceFacts("/nowhere").DisksAreEncrypted({"/"}));
  EXPECT_FALSE(DeviceFacts("/nowhere").ProtectionIsCurrent(DeviceFacts::UsualSignatureFiles(), kNow));
  EXPECT_EQ(DeviceFacts("/nowhere").System(), "unknown");
  EXPECT_EQ(Facts().System(), "Debian GNU/Linux 12");
}

TEST_F(DeviceFactsTest, SignaturesAreCurrentForAWeek) {
  const std::string file = DeviceFacts::UsualSignatureFiles().front();
  const auto current = [&] { return Facts().ProtectionIsCurrent(DeviceFacts::UsualSignatureFiles(), kNow); };
  EXPECT_FALSE(current());
  Write(file, "signatures");
  SetTime(file, kNow / 1000 - 6 * kDaySeconds);
  EXPECT_TRUE(current());
  SetTime(file, kNow / 1000 - 8 * kDaySeconds);
  EXPECT_FALSE(current()) << "too old";
  SetTime(file, kNow / 1000 + 30 * kDaySeconds);
  EXPECT_FALSE(current()) << "from the future";
}

TEST(DeviceOfMount, TakesTheNearestAndTheUppermost) {
  constexpr std::string_view kMounts = "1 0 8:1 / / rw\n2 1 8:2 / /srv rw\n3 1 8:3 / /srv rw\n4 1 8:4 / /srvs rw\n";
  EXPECT_EQ(DeviceOfMount(kMounts, "/etc"), "8:1");
  EXPECT_EQ(DeviceOfMount(kMounts, "/srv/ada"), "8:3");
  EXPECT_EQ(DeviceOfMount(kMounts, "/srvs"), "8:4");
  EXPECT_EQ(DeviceOfMount("", "/"), "");
  EXPECT_EQ(DeviceOfMount("1 0\n\n x", "/"), "");
}

}  // namespace
}  // namespace strongroom
