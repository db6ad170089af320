// The files of an exported log, for those who only read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

class LogFiles {
 public:
  virtual ~LogFiles() = default;
  // nullopt when there is no such file.  `path` is relative, as in tlog-tiles.
  virtual Result<std::optional<Bytes>> Read(const std::string& path) const = 0;
  // Every file, as relative paths, in no order.
  virtual Result<std::vector<std::string>> List() const = 0;
};

class LogDirectory : public LogFiles {
 public:
  static constexpr size_t kFileLimitBytes = 64 << 20;  // a full bundle of the largest entries has 16 MiB

  explicit LogDirectory(std::string directory) : directory_(std::move(directory)) {}
  Result<std::optional<Bytes>> Read(const std::string& path) const override;
  Result<std::vector<std::string>> List() const override;

 private:
  const std::string directory_;
};

}  // namespace strongroom
