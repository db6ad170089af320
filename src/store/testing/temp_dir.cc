#include "store/testing/temp_dir.h"

#include <cstdlib>
#include <filesystem>

namespace strongroom {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "strongroom-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();  // a test without its directory has nothing to say
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // what is left in the temporary directory harms nobody
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace strongroom
