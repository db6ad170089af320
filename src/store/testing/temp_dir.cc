#include "store/testing/temp_dir.h"

#include <cstdlib>
#include <filesystem>

namespace strongroom {

TempDir::TempDir() : TempDir(std::filesystem::temp_directory_path().string()) {}

TempDir::TempDir(const std::string& under) {
  std::string pattern = under + "/strongroom-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();  // a test without its directory has nothing to say
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // what is left in the temporary directory harms nobody
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace strongroom
