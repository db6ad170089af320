#include "store/wal_check.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace strongroom {

namespace {

constexpr size_t kBlockSizeBytes = 32768;
constexpr size_t kHeaderSizeBytes = 7;        // masked CRC-32C (4), length (2), type (1); little-endian
constexpr size_t kBatchHeaderSizeBytes = 12;  // sequence (8), count (4)
enum FragmentType : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

uint32_t Crc32cBytes(uint32_t crc, const uint8_t* data, size_t size) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  for (size_t i = 0; i < size; ++i) crc = kTable[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return crc;
}

#if defined(__x86_64__)
// A hundred MiB of logs must not delay the start: the instruction does several GB/s, the table a tenth of that.
__attribute__((target("sse4.2"))) uint32_t Crc32cHardware(uint32_t crc, const uint8_t* data, size_t size) {
  uint64_t wide = crc;
  for (; size >= 8; size -= 8, data += 8) {
    uint64_t word = 0;
    __builtin_memcpy(&word, data, sizeof(word));
    wide = __builtin_ia32_crc32di(wide, word);
  }
  return Crc32cBytes(static_cast<uint32_t>(wide), data, size);
}
#endif

uint32_t MaskedCrc(const uint8_t* data, size_t size) {
  uint32_t crc = 0xffffffffU;
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  crc = has_instruction ? Crc32cHardware(crc, data, size) : Crc32cBytes(crc, data, size);
#else
  crc = Crc32cBytes(crc, data, size);
#endif
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

uint64_t Little(const uint8_t* data, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | data[i];
  return value;
}

Status Unreadable(const rocksdb::IOStatus& status) {
  return Status(Reason::kStorageUnavailable, "a write-ahead log cannot be read: " + status.ToString());
}

// Follows the records of all logs in order.
class WalReader {
 public:
  // One log, fed block by block; `last` when the file ends with it.
  void BeginFile(uint64_t number) {
    number_ = number;
    first_record_of_file_ = true;
    in_record_ = false;
    damaged_here_ = false;
    ++summary_.files;
  }

  Status Block(ByteView block) {
    size_t at = 0;
    while (block.size() - at >= kHeaderSizeBytes) {
      const uint8_t* header = AsU8(block) + at;
      const size_t size = Little(header + 4, 2);
      const bool fits = size <= block.size() - at - kHeaderSizeBytes;
      if (!fits) {
        Damage();
        return Status::Ok();
      }
      const uint8_t type = header[6];
      const bool intact = type >= kFull && type <= kLast && Little(header, 4) == MaskedCrc(header + 6, size + 1);
      // A damaged fragment's length may be good: believing it costs nothing, since what follows has its own CRC.
      if (intact) {
        RETURN_IF_ERROR(Fragment(type, block.substr(at + kHeaderSizeBytes, size)));
      } else {
        Damage();
      }
      at += kHeaderSizeBytes + size;
    }
    // A full block ends in up to six zeros; a shorter rest of the file is a torn header.
    if (block.size() < kBlockSizeBytes && at < block.size()) Damage();
    return Status::Ok();
  }

  void EndFile() {
    if (in_record_) Damage();
    if (damaged_here_) ++summary_.torn_tails;
    damaged_ = damaged_ || damaged_here_;
  }

  const WalSummary& summary() const { return summary_; }

 private:
  void Damage() {
    damaged_here_ = true;
    in_record_ = false;
  }

  Status Corrupt(std::string_view what) const {
    return Status(Reason::kDataCorrupt, "write-ahead log " + std::to_string(number_) + " has " + std::string(what) +
                                            " with later records behind it: acknowledged changes are damaged; restore "
                                            "the store from a backup");
  }

  Status Fragment(uint8_t type, ByteView payload) {
    if (type == kFull || type == kFirst) {
      if (in_record_) Damage();
      if (damaged_here_) return Corrupt("a damaged record");
      batch_header_.clear();
      in_record_ = true;
    } else if (!in_record_) {
      // The rest of a record whose start was damaged; without such damage its start has vanished.
      Damage();
      return Status::Ok();
    }
    batch_header_.append(payload.substr(0, std::min(payload.size(), kBatchHeaderSizeBytes - batch_header_.size())));
    if (type == kFirst || type == kMiddle) return Status::Ok();
    in_record_ = false;
    return Record();
  }

  Status Record() {
    if (batch_header_.size() < kBatchHeaderSizeBytes) {
      Damage();
      return Status::Ok();
    }
    const uint64_t sequence = Little(AsU8(batch_header_), 8);
    const uint64_t count = Little(AsU8(batch_header_) + 8, 4);
    if (next_sequence_.has_value() && sequence != *next_sequence_) {
      // Between files a gap alone proves nothing: a log that recovery no longer needs may have outlived its successor.
      if (!first_record_of_file_) return Corrupt("a gap");
      if (damaged_ && sequence > *next_sequence_) return Corrupt("a gap after a damaged log");
    }
    // RocksDB begins the log that follows a torn one with the sequence number it recovered to: the tear is accounted
    // for.
    damaged_ = false;
    first_record_of_file_ = false;
    next_sequence_ = sequence + count;
    ++summary_.records;
    return Status::Ok();
  }

  WalSummary summary_;
  uint64_t number_ = 0;
  std::optional<uint64_t> next_sequence_;
  bool damaged_ = false;       // an earlier log ended in damage
  bool damaged_here_ = false;  // this log has damage so far
  bool first_record_of_file_ = true;
  bool in_record_ = false;
  Bytes batch_header_;
};

Status ReadFile(rocksdb::FileSystem& file_system, const std::string& path, WalReader& reader) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = file_system.NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (!status.ok()) return Unreadable(status);
  std::vector<char> buffer(kBlockSizeBytes);
  for (;;) {
    rocksdb::Slice block;
    status = file->Read(buffer.size(), rocksdb::IOOptions(), &block, buffer.data(), nullptr);
    if (!status.ok()) return Unreadable(status);
    RETURN_IF_ERROR(reader.Block(ByteView(block.data(), block.size())));
    if (block.size() < kBlockSizeBytes) return Status::Ok();
  }
}

std::optional<uint64_t> LogNumber(const std::string& name) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || std::string_view(end) != ".log") return std::nullopt;
  return number;
}

}  // namespace

Result<WalSummary> CheckWriteAheadLogs(rocksdb::FileSystem& file_system, const std::string& directory,
                                       uint64_t oldest_needed) {
  std::vector<std::string> names;
  const rocksdb::IOStatus listed = file_system.GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
  if (!listed.ok()) return Unreadable(listed);
  std::vector<std::pair<uint64_t, std::string>> logs;
  for (const std::string& name : names) {
    const std::optional<uint64_t> number = LogNumber(name);
    if (number.has_value() && *number >= oldest_needed) logs.emplace_back(*number, name);
  }
  std::sort(logs.begin(), logs.end());

  WalReader reader;
  for (const auto& [number, name] : logs) {
    reader.BeginFile(number);
    RETURN_IF_ERROR(ReadFile(file_system, directory + "/" + name, reader));
    reader.EndFile();
  }
  return reader.summary();
}

}  // namespace strongroom
