#include "factors/breach_filter_builder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "factors/breach_filter_format.h"

namespace strongroom {
namespace {

// Lookups decode half a block on average: some microseconds.
constexpr unsigned kHashesPerBlockBits = 10;
constexpr int kLeastFalsePositiveBits = 4, kMostFalsePositiveBits = 24;
constexpr uint64_t kMostHashes = uint64_t{1} << 34;

}  // namespace

struct BreachFilterBuilder::Output {
  std::string path, partial_path;
  int file = -1;
  BreachFilterOptions options;
  uint64_t expected = 0;
  unsigned value_bits = 0, block_bits = 0, rice_bits = 0;

  std::vector<uint64_t> index;  // offsets of the blocks that are written
  Bytes pending;                // of the body, not written yet: less than a piece, and what a block adds
  uint64_t body_bytes = 0;      // written and pending
  uint64_t written_bytes = 0;
  Digest digest = {};

  Bytes block;  // the bits of the block that is being filled
  breach::BitWriter bits{block};
  uint64_t block_count = 0;
  uint64_t hashes = 0;
  uint64_t last_value = 0;
  Sha1Digest last_hash = {};
  bool any = false;

  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (file >= 0) ::close(file);
    if (!partial_path.empty()) ::unlink(partial_path.c_str());
  }

  uint64_t blocks() const { return uint64_t{1} << block_bits; }
  uint64_t BodyStart() const { return breach::kHeaderBytes + (blocks() + 1) * 8; }

  Status Failed(const char* what) const {
    const int error = errno;
    return {error == ENOSPC ? Reason::kStorageFull : Reason::kFileUnreadable,
            partial_path + " could not be " + what + ": " + std::strerror(error)};
  }
  Status WriteAt(ByteView bytes, uint64_t offset) const;
  Status WritePieces(bool all);
  Status CloseBlock();
  Status CloseBlocksBefore(uint64_t block_number);
  Bytes Header(const Bytes& encoded_index) const;
};

Status BreachFilterBuilder::Output::WriteAt(ByteView bytes, uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Failed("written");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return Status::Ok();
}

// Whole pieces, for the digest; the last one may be short.
Status BreachFilterBuilder::Output::WritePieces(bool all) {
  size_t done = 0;
  while (pending.size() - done >= breach::kDigestPieceBytes || (all && done < pending.size())) {
    const ByteView piece = ByteView(pending).substr(done, breach::kDigestPieceBytes);
    digest = breach::NextBodyDigest(digest, piece);
    RETURN_IF_ERROR(WriteAt(piece, BodyStart() + written_bytes));
    written_bytes += piece.size();
    done += piece.size();
  }
  pending.erase(0, done);
  return Status::Ok();
}

Status BreachFilterBuilder::Output::CloseBlock() {
  index.push_back(body_bytes);
  if (block_count > 0) {
    bits.Finish();
    const size_t before = pending.size();
    ByteWriter writer(pending);
    writer.Varint(block_count);
    writer.Raw(block);
    body_bytes += pending.size() - before;
    block.clear();
    block_count = 0;
  }
  return WritePieces(false);
}

Status BreachFilterBuilder::Output::CloseBlocksBefore(uint64_t block_number) {
  while (index.size() < block_number) RETURN_IF_ERROR(CloseBlock());
  return Status::Ok();
}

Bytes BreachFilterBuilder::Output::Header(const Bytes& encoded_index) const {
  Bytes header;
  ByteWriter writer(header);
  writer.Raw(breach::kMagic);
  writer.U32(breach::kVersion);
  writer.U8(static_cast<uint8_t>(value_bits));
  writer.U8(static_cast<uint8_t>(block_bits));
  writer.U8(static_cast<uint8_t>(rice_bits));
  writer.U8(0);
  writer.U64(hashes);
  writer.U64(static_cast<uint64_t>(options.made_at));
  writer.U64(options.least_count);
  writer.U64(body_bytes);
  writer.Raw(View(digest));
  writer.Raw(View(Sha256({header, encoded_index})));
  return header;
}

BreachFilterBuilder::BreachFilterBuilder(std::unique_ptr<Output> output) : output_(std::move(output)) {}
BreachFilterBuilder::BreachFilterBuilder(BreachFilterBuilder&&) noexcept = default;
BreachFilterBuilder& BreachFilterBuilder::operator=(BreachFilterBuilder&&) noexcept = default;
BreachFilterBuilder::~BreachFilterBuilder() = default;

Result<BreachFilterBuilder> BreachFilterBuilder::Create(const std::string& path, uint64_t expected_hashes,
                                                        const BreachFilterOptions& options) {
  if (options.false_positive_bits < kLeastFalsePositiveBits || options.false_positive_bits > kMostFalsePositiveBits) {
    return Status(Reason::kInvalidArgument, "a breach filter takes 4 to 24 false-positive bits");
  }
  if (expected_hashes < 1 || expected_hashes > kMostHashes) {
    return Status(Reason::kInvalidArgument, "a breach filter holds 1 to 2^34 hashes");
  }
  auto output = std::make_unique<Output>();
  output->path = path;
  output->options = options;
  output->expected = expected_hashes;
  const auto count_bits = static_cast<unsigned>(std::bit_width(expected_hashes - 1));
  const auto error_bits = static_cast<unsigned>(options.false_positive_bits);
  output->value_bits = std::max(count_bits + error_bits, breach::kLeastValueBits);
  output->block_bits =
      count_bits > kHashesPerBlockBits ? std::min(count_bits - kHashesPerBlockBits, breach::kMostBlockBits) : 0;
  output->rice_bits = output->value_bits - count_bits;  // near the best for distances that mean 2^(b - log2 n)
  output->rice_bits = std::min(output->rice_bits, output->value_bits - output->block_bits);
  const std::string partial = path + ".partial";
  output->file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  output->partial_path = partial;
  if (output->file < 0) {
    const Status failed = output->Failed("opened");
    output->partial_path.clear();  // not ours to remove
    return failed;
  }
  return BreachFilterBuilder(std::move(output));
}

Status BreachFilterBuilder::Add(const Sha1Digest& hash, uint64_t count) {
  Output& out = *output_;
  if (count < out.options.least_count) return Status::Ok();
  if (out.any && hash < out.last_hash) {
    return {Reason::kImportInvalid, "the hashes are not in ascending order: sort them first"};
  }
  out.last_hash = hash;
  const uint64_t value = breach::ValueOf(hash, out.value_bits);
  if (out.any && value == out.last_value) return Status::Ok();
  if (out.hashes == out.expected) {
    return {Reason::kImportInvalid, "there are more hashes than the filter was made for: was the list still growing?"};
  }
  const unsigned rest_bits = out.value_bits - out.block_bits;
  RETURN_IF_ERROR(out.CloseBlocksBefore(value >> rest_bits));
  const uint64_t mask = (uint64_t{1} << rest_bits) - 1;
  const uint64_t base = out.block_count > 0 ? (out.last_value & mask) + 1 : 0;
  out.bits.Rice((value & mask) - base, out.rice_bits);
  ++out.block_count;
  ++out.hashes;
  out.last_value = value;
  out.any = true;
  return Status::Ok();
}

Result<BreachFilterInfo> BreachFilterBuilder::Finish() {
  Output& out = *output_;
  RETURN_IF_ERROR(out.CloseBlocksBefore(out.blocks()));
  RETURN_IF_ERROR(out.WritePieces(true));
  out.index.push_back(out.body_bytes);
  Bytes index;
  ByteWriter writer(index);
  for (const uint64_t offset : out.index) writer.U64(offset);
  RETURN_IF_ERROR(out.WriteAt(index, breach::kHeaderBytes));
  RETURN_IF_ERROR(out.WriteAt(out.Header(index), 0));
  if (::fsync(out.file) != 0) return out.Failed("flushed");
  if (::close(std::exchange(out.file, -1)) != 0) return out.Failed("closed");
  if (::rename(out.partial_path.c_str(), out.path.c_str()) != 0) return out.Failed("moved into place");
  out.partial_path.clear();
  ASSIGN_OR_RETURN(const BreachFilter filter, BreachFilter::Open(out.path));
  return filter.info();
}

}  // namespace strongroom
