#include "keys/share_sheet.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kVersion = 1;
constexpr uint64_t kMostShares = 255;
}  // namespace

Digest ShareSheet::CommitmentTo(const SecretShare& share) const {
  const char numbers[2] = {static_cast<char>(share.threshold), static_cast<char>(share.index)};
  return Sha256({"strongroom share v1", id, ByteView(numbers, 2), ExposeSecret(share.data)});
}

ShareSheet ShareSheet::Of(const std::vector<SecretShare>& shares, Random& random) {
  ShareSheet sheet;
  sheet.id = random.Take(kIdBytes);
  for (const SecretShare& share : shares) {
    sheet.threshold = share.threshold;
    sheet.lines.push_back({sheet.CommitmentTo(share), 0});
  }
  return sheet;
}

std::optional<uint8_t> ShareSheet::Find(const SecretShare& share) const {
  if (share.index < 1 || share.index > lines.size()) return std::nullopt;
  const Digest commitment = CommitmentTo(share);
  if (!EqualInConstantTime(View(commitment), View(lines[share.index - 1u].commitment))) return std::nullopt;
  return share.index;
}

size_t ShareSheet::Acknowledged() const {
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(), [](const Line& line) { return line.acknowledged_at != 0; }));
}

Bytes ShareSheet::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kVersion);
  writer.Raw(id);
  writer.U8(threshold);
  writer.Varint(lines.size());
  for (const Line& line : lines) {
    writer.Raw(View(line.commitment));
    writer.U64(static_cast<uint64_t>(line.acknowledged_at));
  }
  return out;
}

Result<ShareSheet> ShareSheet::Decode(ByteView content) {
  const Status damaged(Reason::kDataCorrupt, "the sheet of the lock's shares is damaged");
  ByteReader reader(content);
  if (reader.U8() != kVersion) return damaged;
  ShareSheet sheet;
  sheet.id = Bytes(reader.Raw(kIdBytes));
  sheet.threshold = reader.U8();
  const uint64_t count = reader.Varint();
  if (reader.failed() || sheet.threshold < 2 || count < sheet.threshold || count > kMostShares) return damaged;
  for (uint64_t i = 0; i < count; ++i) {
    Line line;
    const ByteView commitment = reader.Raw(line.commitment.size());
    std::copy_n(AsU8(commitment), commitment.size(), line.commitment.begin());
    line.acknowledged_at = static_cast<UnixMillis>(reader.U64());
    sheet.lines.push_back(line);
  }
  if (!reader.Finish("the sheet of the lock's shares").ok()) return damaged;
  return sheet;
}

}  // namespace strongroom
