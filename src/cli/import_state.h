// How far an import has come: kept beside the imported file, so that the same command continues it.
//
// A piece of the file is imported first and recorded here afterwards.  What falls between is sent again by the next
// run, which does no harm: rows are upserts by external id, or by their own digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"

namespace strongroom {

struct ImportState {
  // What it belongs to; another server or a file that changed is another import.
  std::string server;
  uint64_t file_bytes = 0;
  int64_t file_modified_nanos = 0;
  std::string mapping;  // JSON, as accepted
  // How far.
  uint64_t offset = 0;  // where the next piece begins
  uint64_t line = 1;    // of the file, at offset
  uint64_t created = 0;
  uint64_t changed = 0;
  uint64_t unchanged = 0;
  uint64_t bad = 0;
  uint64_t bad_file_bytes = 0;  // of the file of bad rows; what lies behind was written for a piece that is sent again

  uint64_t rows() const { return created + changed + unchanged + bad; }
};

std::string ImportStatePath(const std::string& file);  // FILE.strongroom-import
std::string EncodeImportState(const ImportState& state);
// kImportInvalid when the text is not one of these.
Result<ImportState> DecodeImportState(const std::string& text);

// Nothing when there is none.
Result<std::optional<ImportState>> LoadImportState(const std::string& file);
Status SaveImportState(const std::string& file, const ImportState& state);
Status RemoveImportState(const std::string& file);

}  // namespace strongroom
