// A log read from a server, so that ExportLog need not know where it comes from.
#pragma once

#include <string>

#include "audit/log_source.h"
#include "client/client.h"

namespace strongroom {

// `client` must outlive this.  One thread.
class HttpLogSource : public LogSource {
 public:
  HttpLogSource(Client& client, std::string log) : client_(client), log_(std::move(log)) {}
  Result<std::string> ReadCheckpoint() const override;
  Result<Bytes> ReadBundle(uint64_t index, size_t width) const override;
  // kLogInvalid when the answer has another size than the tile.
  Result<Bytes> ReadTile(uint8_t level, uint64_t index, size_t width) const override;

 private:
  Result<Bytes> Get(const std::string& path) const;
  Client& client_;
  const std::string log_;
};

}  // namespace strongroom
