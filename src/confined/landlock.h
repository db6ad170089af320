// Landlock (Linux 5.13): which files a process may read and execute.  Internal to src/confined.
#pragma once

#include <string>
#include <vector>

namespace strongroom {

// A set of rules: nothing may be written, made or removed; only what is named may be read, or executed.
class FileRules {
 public:
  FileRules();
  FileRules(const FileRules&) = delete;
  FileRules& operator=(const FileRules&) = delete;
  ~FileRules();
  // False where the kernel has none: then nothing else here does anything.
  bool known() const { return fd_ >= 0; }
  // A file, or a folder with all below it.  What is missing is passed over.
  void MayRead(const std::string& path);
  void MayExecute(const std::string& path);
  // For this process and its children, for good; needs PR_SET_NO_NEW_PRIVS.  Between fork and exec, too.
  bool Enforce() const;

 private:
  void Add(const std::string& path, unsigned long long rights);
  int fd_ = -1;
};

}  // namespace strongroom
