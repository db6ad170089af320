#include "redact/zip_archive.h"

#include <zip.h>

#include <memory>
#include <set>

namespace strongroom::redact {
namespace {

constexpr uint64_t kAlwaysFine = uint64_t{1} << 20;
constexpr uint16_t kDosDate = 1 << 5 | 1;  // 1980-01-01
constexpr zip_uint32_t kLevel = 6;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

Status Refused(const std::string& why) {
  return Status(Reason::kUnsupportedMediaType, "The document cannot be opened: " + why + ".");
}

Result<std::string> ReadEntry(zip_t* archive, zip_uint64_t index, uint64_t packed_bytes, uint64_t most_bytes,
                              const ZipLimits& limits) {
  const std::unique_ptr<zip_file_t, CloseEntry> file(zip_fopen_index(archive, index, 0));
  if (!file) return Refused("an entry cannot be read");
  std::string data;
  char buffer[64 << 10];
  while (true) {
    // What it says of its size is not believed: what comes is counted.
    const zip_int64_t got = zip_fread(file.get(), buffer, sizeof buffer);
    if (got < 0) return Refused("an entry is damaged");
    if (got == 0) return data;
    data.append(buffer, static_cast<size_t>(got));
    if (data.size() > most_bytes) return Refused("it unpacks to more than 256 MiB");
    if (data.size() > kAlwaysFine && data.size() / limits.most_ratio > packed_bytes) {
      return Refused("an entry unpacks to more than 300 times its size");
    }
  }
}

}  // namespace

Result<std::vector<ZipEntry>> ReadZip(std::string_view bytes, const ZipLimits& limits) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return Status(Reason::kInternal, "no memory for the document");
  const Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  zip_error_fini(&error);
  if (!archive) {
    zip_source_free(source);
    return Refused("it is no whole zip archive");
  }
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || static_cast<uint64_t>(count) > limits.most_entries) return Refused("it has more than 5000 entries");
  std::vector<ZipEntry> entries;
  std::set<std::string> names;
  uint64_t all_bytes = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(archive.get(), i, ZIP_FL_ENC_RAW, &facts) != 0 || (facts.valid & ZIP_STAT_NAME) == 0)
      return Refused("an entry cannot be read");
    if ((facts.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && facts.encryption_method != ZIP_EM_NONE)
      return Refused("it is encrypted");
    if (!names.insert(facts.name).second) return Refused("two entries have the same name");
    const uint64_t packed = (facts.valid & ZIP_STAT_COMP_SIZE) != 0 ? facts.comp_size : 0;
    ASSIGN_OR_RETURN(std::string data, ReadEntry(archive.get(), i, packed, limits.most_bytes - all_bytes, limits));
    all_bytes += data.size();
    entries.push_back({facts.name, std::move(data)});
  }
  return entries;
}

Result<std::string> WriteZip(const std::vector<ZipEntry>& entries) {
  const Status failed(Reason::kInternal, "The document could not be put together.");
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, FreeSource> target(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!target) return failed;
  zip_source_keep(target.get());  // beyond the archive, to read what it wrote
  Archive archive(zip_open_from_source(target.get(), ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(target.get());
    return failed;
  }
  for (const ZipEntry& entry : entries) {
    if (entry.name.ends_with('/')) {
      const zip_int64_t folder = zip_dir_add(archive.get(), entry.name.c_str(), ZIP_FL_ENC_UTF_8);
      if (folder < 0 || zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(folder), 0, kDosDate, 0) != 0)
        return failed;
      continue;
    }
    zip_source_t* const data = zip_source_buffer(archive.get(), entry.data.data(), entry.data.size(), 0);
    if (data == nullptr) return failed;
    const zip_int64_t index = zip_file_add(archive.get(), entry.name.c_str(), data, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(data);
      return failed;
    }
    const auto at = static_cast<zip_uint64_t>(index);
    const zip_int32_t method = entry.name == "mimetype" ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    if (zip_set_file_compression(archive.get(), at, method, method == ZIP_CM_STORE ? 0 : kLevel) != 0 ||
        zip_file_set_dostime(archive.get(), at, 0, kDosDate, 0) != 0) {
      return failed;
    }
  }
  if (zip_close(archive.get()) != 0) return failed;
  static_cast<void>(archive.release());  // closed, and gone with that
  if (zip_source_open(target.get()) != 0) return failed;
  std::string out;
  char buffer[64 << 10];
  zip_int64_t got = 0;
  while ((got = zip_source_read(target.get(), buffer, sizeof buffer)) > 0) out.append(buffer, static_cast<size_t>(got));
  zip_source_close(target.get());
  return got < 0 ? Result<std::string>(failed) : Result<std::string>(std::move(out));
}

}  // namespace strongroom::redact
