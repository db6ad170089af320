#include "confined/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strongroom {
namespace {

// All that the first version of Landlock knows.  Later versions add moving between folders, truncating and asking
// devices: a process that may open nothing for writing has no use for them, and seccomp refuses them as well.
constexpr unsigned long long kHandled =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM;
// Out of the way of the numbers that a child gives its own descriptors.
constexpr int kLowestFd = 200;

}  // namespace

FileRules::FileRules() {
  landlock_ruleset_attr rules = {};
  rules.handled_access_fs = kHandled;
  const int made = static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0));
  if (made < 0) return;
  fd_ = fcntl(made, F_DUPFD_CLOEXEC, kLowestFd);
  close(made);
}

FileRules::~FileRules() {
  if (fd_ >= 0) close(fd_);
}

void FileRules::Add(const std::string& path, unsigned long long rights) {
  if (fd_ < 0) return;
  const int place = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) return;
  struct stat facts = {};
  if (fstat(place, &facts) == 0) {
    landlock_path_beneath_attr rule = {};
    rule.allowed_access = rights & (S_ISDIR(facts.st_mode) ? ~0ULL : ~0ULL ^ LANDLOCK_ACCESS_FS_READ_DIR);
    rule.parent_fd = place;
    syscall(SYS_landlock_add_rule, fd_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);  // failing, it allows less
  }
  close(place);
}

void FileRules::MayRead(const std::string& path) {
  Add(path, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
}

void FileRules::MayExecute(const std::string& path) {
  Add(path, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
}

bool FileRules::Enforce() const { return syscall(SYS_landlock_restrict_self, fd_, 0) == 0; }

}  // namespace strongroom
