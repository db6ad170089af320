// Archives: what lies in zip, tar and compressed files, and in those that lie in them (libarchive).
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>

#include "survey/look.h"

namespace strongroom::survey {
namespace {

constexpr size_t kBeginning = 8192;

struct CloseArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchiveReader = std::unique_ptr<archive, CloseArchive>;

// Without the formats that nobody needs here: each is a parser more.
ArchiveReader Open(std::string_view bytes) {
  ArchiveReader reader(archive_read_new());
  if (reader == nullptr) return nullptr;
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_bzip2(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_zip(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_raw(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return nullptr;
  return reader;
}

std::string EntryName(archive_entry* entry, const std::string& archive_name, uint32_t number) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  if (name == nullptr) return archive_name + "/entry " + std::to_string(number);
  // A file that is only compressed has no name of its own.
  if (std::string_view(name) != "data") return archive_name + "/" + name;
  const size_t dot = archive_name.rfind('.');
  const size_t slash = archive_name.rfind('/');
  const bool ends = dot != std::string::npos && (slash == std::string::npos || slash < dot);
  const std::string_view ending = ends ? std::string_view(archive_name).substr(dot) : std::string_view();
  if (ending == ".tgz") return archive_name.substr(0, dot) + ".tar";
  const bool packed = ending == ".gz" || ending == ".bz2" || ending == ".xz" || ending == ".zst";
  return packed ? archive_name.substr(0, dot) : archive_name;
}

}  // namespace

// kBodyTooLarge when more came out than a file of `packed` bytes may hold; 0: looks at the whole alone.
Status Looker::RefuseBomb(uint64_t packed) const {
  if (inflated_ > limits_.inflated_bytes) {
    return Status(Reason::kBodyTooLarge,
                  "it holds more than " + std::to_string(limits_.inflated_bytes >> 20) + " MiB when unpacked");
  }
  if (packed > 0 && inflated_ > limits_.free_bytes && inflated_ / packed > limits_.ratio) {
    return Status(Reason::kBodyTooLarge,
                  "it grows to more than " + std::to_string(limits_.ratio) + " times its size when unpacked");
  }
  return Status::Ok();
}

// An entry that must be whole to be opened.
Status Looker::Gathered(const std::string& name, std::string_view, const Next& next, int depth) {
  if (depth >= limits_.depth) {
    return Refused(name, "archive", "archives lie in archives deeper than " + std::to_string(limits_.depth), 0);
  }
  std::string bytes;
  while (true) {
    const Result<std::string_view> piece = next();
    if (!piece.ok()) return Refused(name, "archive", piece.status().message(), bytes.size());
    if (piece->empty()) break;
    if (bytes.size() + piece->size() > limits_.kept_bytes) {
      return Refused(name, "archive",
                     "inside of another archive it is larger than " + std::to_string(limits_.kept_bytes >> 20) + " MiB",
                     bytes.size());
    }
    bytes.append(*piece);
  }
  return LookIntoArchive(name, bytes, depth + 1);
}

Status Looker::LookIntoArchive(const std::string& name, std::string_view bytes, int depth) {
  const char* const what = ShapeOf(name, bytes.substr(0, kBeginning)).what;
  const ArchiveReader reader = Open(bytes);
  if (reader == nullptr)
    return Refused(name, what, "it cannot be opened: damaged, or of a kind not known", bytes.size());
  Item whole;
  whole.name = NameForReport(search_, name, whole);
  whole.what = what;
  whole.bytes = bytes.size();
  Status bomb;
  while (true) {
    archive_entry* entry = nullptr;
    const int header = archive_read_next_header(reader.get(), &entry);
    if (header == ARCHIVE_EOF) break;
    if (header < ARCHIVE_WARN) {
      whole.state = ItemState::kNotLookedInto;
      whole.reason = "it is damaged from entry " + std::to_string(whole.rows + 1) + " on";
      break;
    }
    if (++entries_ > limits_.entries) bomb = Status(Reason::kBodyTooLarge, "it holds too many entries");
    if (!bomb.ok()) break;
    if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != 0) continue;
    ++whole.rows;
    const std::string entry_name = EntryName(entry, name, entries_);
    const Next next = [&]() -> Result<std::string_view> {
      RETURN_IF_ERROR(bomb);
      const void* block = nullptr;
      size_t size = 0;
      la_int64_t offset = 0;
      const int read = archive_read_data_block(reader.get(), &block, &size, &offset);
      if (read == ARCHIVE_EOF) return std::string_view();
      if (read < ARCHIVE_WARN) {
        return Status(Reason::kUnsupportedMediaType,
                      archive_entry_is_encrypted(entry) != 0 ? "it is encrypted" : "it is damaged");
      }
      inflated_ += size;
      RETURN_IF_ERROR(Tick(size));
      bomb = RefuseBomb(bytes.size());
      RETURN_IF_ERROR(bomb);
      // A block of nothing is not the end: a hole in a sparse file.
      return size > 0 ? std::string_view(static_cast<const char*>(block), size) : std::string_view("\n", 1);
    };
    // What it is shows in its first bytes, which are given to whoever reads it once more.
    std::string beginning;
    Status first;
    while (beginning.size() < kBeginning) {
      const Result<std::string_view> piece = next();
      if (!piece.ok()) first = piece.status();
      if (!piece.ok() || piece->empty()) break;
      beginning.append(*piece);
    }
    if (!first.ok()) {
      RETURN_IF_ERROR(Refused(entry_name, "entry", first.message(), beginning.size()));
      continue;
    }
    bool given = false;
    const Next again = [&]() -> Result<std::string_view> {
      if (given) return next();
      given = true;
      return beginning.empty() ? next() : Result<std::string_view>(beginning);
    };
    const uint64_t size = archive_entry_size_is_set(entry) != 0 ? static_cast<uint64_t>(archive_entry_size(entry)) : 0;
    const Status looked =
        LookInto(entry_name, std::string_view(beginning).substr(0, kBeginning), again, size, depth, true);
    if (!looked.ok() && looked.reason() != Reason::kBodyTooLarge) return looked;
    if (!bomb.ok()) break;  // even to pass over the rest would be to unpack it
  }
  if (!bomb.ok()) {
    whole.state = ItemState::kNotLookedInto;
    whole.reason = (whole.rows > 1 ? "only in part: " : "") + bomb.message();
  }
  return put_(whole);
}

}  // namespace strongroom::survey
