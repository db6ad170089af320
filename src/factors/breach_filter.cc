#include "factors/breach_filter.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "factors/breach_filter_format.h"

namespace strongroom {
namespace {

using breach::BitReader;

Status Corrupt(std::string message) { return {Reason::kDataCorrupt, "the breach filter " + std::move(message)}; }

Status Unreadable(const std::string& path, int error) {
  return {Reason::kFileUnreadable, path + " cannot be read as a breach filter: " + std::strerror(error)};
}

uint64_t OffsetAt(ByteView index, uint64_t place) { return ByteReader(index.substr(place * 8, 8)).U64(); }

// Calls `visit` with each value of a block until it answers false.  False when the block does not decode.
template <typename Visit>
bool WalkBlock(ByteView block, unsigned rice_bits, uint64_t bound, Visit visit) {
  if (block.empty()) return true;
  ByteReader head(block);
  const uint64_t count = head.Varint();
  if (head.failed() || count == 0) return false;
  BitReader bits(head.Rest());
  uint64_t next = 0;  // the least that the next value may be
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = bits.Rice(rice_bits);
    if (bits.failed() || distance >= bound - next) return false;
    if (!visit(next + distance)) return true;
    next += distance + 1;
    if (next == bound && i + 1 < count) return false;
  }
  return bits.AtEnd();
}

}  // namespace

struct BreachFilter::Mapping {
  void* data = MAP_FAILED;
  size_t size_bytes = 0;
  ~Mapping() {
    if (data != MAP_FAILED) ::munmap(data, size_bytes);
  }
};

BreachFilter::BreachFilter() = default;
BreachFilter::BreachFilter(BreachFilter&&) noexcept = default;
BreachFilter& BreachFilter::operator=(BreachFilter&&) noexcept = default;
BreachFilter::~BreachFilter() = default;

Result<BreachFilter> BreachFilter::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Unreadable(path, errno);
  BreachFilter filter;
  filter.mapping_ = std::make_unique<Mapping>();
  struct stat about = {};
  int error = ::fstat(file, &about) == 0 ? 0 : errno;
  if (error == 0 && (!S_ISREG(about.st_mode) || about.st_size < static_cast<off_t>(breach::kHeaderBytes))) {
    ::close(file);
    return Corrupt("is shorter than its header, or no file");
  }
  if (error == 0) {
    filter.mapping_->size_bytes = static_cast<size_t>(about.st_size);
    filter.mapping_->data = ::mmap(nullptr, filter.mapping_->size_bytes, PROT_READ, MAP_SHARED, file, 0);
    if (filter.mapping_->data == MAP_FAILED) error = errno;
  }
  ::close(file);
  if (error != 0) return Unreadable(path, error);
  filter.file_ = {static_cast<const char*>(filter.mapping_->data), filter.mapping_->size_bytes};
  RETURN_IF_ERROR(filter.ReadHeader());
  return filter;
}

Result<BreachFilter> BreachFilter::FromBytes(Bytes bytes) {
  BreachFilter filter;
  // Longer than what std::string keeps inside of itself, so that views into it survive a move of the filter.
  filter.bytes_ = std::move(bytes);
  if (filter.bytes_.size() < breach::kHeaderBytes) return Corrupt("is shorter than its header");
  filter.file_ = filter.bytes_;
  RETURN_IF_ERROR(filter.ReadHeader());
  return filter;
}

Status BreachFilter::ReadHeader() {
  ByteReader in(file_.substr(0, breach::kHeaderBytes));
  const bool known = in.Raw(breach::kMagic.size()) == breach::kMagic && in.U32() == breach::kVersion;
  if (!known) return Corrupt("is no breach filter of a version that is known here");
  value_bits_ = in.U8();
  block_bits_ = in.U8();
  rice_bits_ = in.U8();
  const uint8_t zero = in.U8();
  info_.hashes = in.U64();
  info_.made_at = static_cast<UnixMillis>(in.U64());
  info_.least_count = in.U64();
  const uint64_t body_bytes = in.U64();
  body_digest_ = Bytes(in.Raw(sizeof(Digest)));
  const ByteView header_digest = in.Raw(sizeof(Digest));
  if (in.failed() || zero != 0 || value_bits_ < breach::kLeastValueBits || value_bits_ > breach::kMostValueBits ||
      block_bits_ > breach::kMostBlockBits || block_bits_ >= value_bits_ || rice_bits_ > value_bits_ - block_bits_) {
    return Corrupt("has a header that contradicts itself");
  }
  const uint64_t index_bytes = ((uint64_t{1} << block_bits_) + 1) * 8;
  const ByteView rest = file_.substr(breach::kHeaderBytes);
  if (rest.size() < index_bytes || rest.size() - index_bytes != body_bytes) return Corrupt("has been cut, or grew");
  index_ = rest.substr(0, index_bytes);
  body_ = rest.substr(index_bytes);
  const Digest digest = Sha256({file_.substr(0, breach::kSignedHeaderBytes), index_});
  if (View(digest) != header_digest) return Corrupt("has a damaged header or index");
  info_.size_bytes = file_.size();
  info_.false_positive_rate = std::ldexp(static_cast<double>(info_.hashes), -static_cast<int>(value_bits_));
  return Status::Ok();
}

// Empty for what the offsets of a forged index would make of it.
ByteView BreachFilter::BlockOf(uint64_t block) const {
  const uint64_t from = OffsetAt(index_, block), to = OffsetAt(index_, block + 1);
  if (from > to || to > body_.size()) return {};
  return body_.substr(from, to - from);
}

bool BreachFilter::MayContain(const Sha1Digest& hash) const {
  const uint64_t value = breach::ValueOf(hash, value_bits_);
  const unsigned rest_bits = value_bits_ - block_bits_;
  const uint64_t wanted = value & ((uint64_t{1} << rest_bits) - 1);
  bool found = false;
  const auto visit = [&](uint64_t have) {
    found = have == wanted;
    return have < wanted;
  };
  return WalkBlock(BlockOf(value >> rest_bits), rice_bits_, uint64_t{1} << rest_bits, visit) && found;
}

Status BreachFilter::VerifyBody() const {
  Digest digest = {};
  for (ByteView left = body_; !left.empty();) {
    const ByteView piece = left.substr(0, breach::kDigestPieceBytes);
    digest = breach::NextBodyDigest(digest, piece);
    left.remove_prefix(piece.size());
  }
  if (View(digest) != body_digest_) return Corrupt("has a damaged body: fetch or build it again");
  uint64_t hashes = 0, expected_from = 0;
  for (uint64_t block = 0; block < uint64_t{1} << block_bits_; ++block) {
    if (OffsetAt(index_, block) != expected_from) return Corrupt("has an index that is out of order");
    const ByteView bytes = BlockOf(block);
    expected_from += bytes.size();
    const auto count = [&](uint64_t) { return ++hashes > 0; };
    if (!WalkBlock(bytes, rice_bits_, uint64_t{1} << (value_bits_ - block_bits_), count)) {
      return Corrupt("has a block that does not decode");
    }
  }
  if (expected_from != body_.size() || hashes != info_.hashes) return Corrupt("holds other hashes than it says");
  return Status::Ok();
}

}  // namespace strongroom
