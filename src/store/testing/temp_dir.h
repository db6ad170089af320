// A directory of a test's own, gone when the test is.
#pragma once

#include <string>

namespace strongroom {

class TempDir {
 public:
  // Where the system keeps what is temporary.
  TempDir();
  explicit TempDir(const std::string& under);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace strongroom
