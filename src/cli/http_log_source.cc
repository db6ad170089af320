#include "cli/http_log_source.h"

#include "cli/session.h"

namespace strongroom {

Result<Bytes> HttpLogSource::Get(const std::string& path) const {
  ASSIGN_OR_RETURN(ClientResponse response, client_.Call("GET", UrlPath({"v1", "audit", "logs", log_}) + "/" + path));
  return std::move(response.body);
}

Result<std::string> HttpLogSource::ReadCheckpoint() const { return Get(kCheckpointPath); }

Result<Bytes> HttpLogSource::ReadBundle(uint64_t index, size_t width) const { return Get(BundlePath(index, width)); }

Result<Bytes> HttpLogSource::ReadTile(uint8_t level, uint64_t index, size_t width) const {
  const std::string path = TilePath(level, index, width);
  ASSIGN_OR_RETURN(Bytes tile, Get(path));
  if (tile.size() != width * kHashSizeBytes) {
    return Status(Reason::kLogInvalid, path + " has " + std::to_string(tile.size()) + " bytes where " +
                                           std::to_string(width * kHashSizeBytes) + " belong.");
  }
  return tile;
}

}  // namespace strongroom
