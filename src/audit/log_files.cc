#include "audit/log_files.h"

#include <filesystem>
#include <fstream>

namespace strongroom {
namespace {

namespace fs = std::filesystem;

Status Unreadable(const std::string& path, std::string_view why) {
  return Status(Reason::kFileUnreadable, path + ": " + std::string(why));
}

}  // namespace

Result<std::optional<Bytes>> LogDirectory::Read(const std::string& path) const {
  const fs::path full = fs::path(directory_) / path;
  std::error_code error;
  const fs::file_status status = fs::status(full, error);
  if (status.type() == fs::file_type::not_found) return std::optional<Bytes>();
  if (error) return Unreadable(full, error.message());
  if (!fs::is_regular_file(status)) return Unreadable(full, "not a regular file");
  const uintmax_t size_bytes = fs::file_size(full, error);
  if (error) return Unreadable(full, error.message());
  if (size_bytes > kFileLimitBytes) return Unreadable(full, "larger than any file of a log");
  std::ifstream in(full, std::ios::binary);
  Bytes bytes(size_bytes, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in || in.gcount() != static_cast<std::streamsize>(size_bytes))
    return Unreadable(full, "could not be read whole");
  return std::optional<Bytes>(std::move(bytes));
}

Result<std::vector<std::string>> LogDirectory::List() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_directory(error)) paths.push_back(fs::relative(it->path(), directory_, error).generic_string());
    if (error) break;
  }
  if (error) return Unreadable(directory_, error.message());
  return paths;
}

}  // namespace strongroom
