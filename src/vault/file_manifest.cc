#include "vault/file_manifest.h"

#include <algorithm>

#include "base/encoding.h"
#include "vault/files.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr uint8_t kMore = 0;
constexpr uint8_t kLast = 1;

}  // namespace

uint32_t ChunksOf(uint64_t size_bytes) {
  return static_cast<uint32_t>(std::max<uint64_t>(1, (size_bytes + Files::kChunkBytes - 1) / Files::kChunkBytes));
}

Bytes FileManifest::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Varint(field);
  writer.Varint(size_bytes);
  writer.Varint(chunks);
  writer.U64(static_cast<uint64_t>(stored_at));
  writer.Prefixed(name);
  writer.Prefixed(media_type);
  return out;
}

Result<FileManifest> FileManifest::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  FileManifest manifest;
  const uint8_t version = reader.U8();
  manifest.field = static_cast<FieldId>(reader.Varint());
  manifest.size_bytes = reader.Varint();
  const uint64_t chunks = reader.Varint();
  manifest.stored_at = static_cast<UnixMillis>(reader.U64());
  manifest.name = std::string(reader.Prefixed());
  manifest.media_type = std::string(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("a file's manifest"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "a file's manifest is of a newer format");
  if (manifest.size_bytes > Files::kMaxFileBytes || chunks != ChunksOf(manifest.size_bytes)) {
    return Status(Reason::kDataCorrupt, "a file's manifest contradicts itself");
  }
  manifest.chunks = static_cast<uint32_t>(chunks);
  return manifest;
}

Result<Bytes> FileIdFromText(std::string_view text) {
  Result<Bytes> id = HexDecode(text);
  if (!id.ok() || id->size() != kFileIdBytes) return Status(Reason::kFileNotFound);
  return id;
}

Bytes FileChunkName(ByteView file_id, uint32_t chunk) {
  Bytes name(file_id);
  ByteWriter(name).U32(chunk);
  return name;
}

PlainBytes EncodeFileChunk(ByteView piece, bool last) {
  PlainBytes content;
  content.mutable_bytes().reserve(piece.size() + 1);  // never regrows: a regrown buffer would leave plaintext behind
  ByteWriter writer(content.mutable_bytes());
  writer.U8(last ? kLast : kMore);
  writer.Raw(piece);
  return content;
}

Result<ByteView> DecodeFileChunk(ByteView content, bool last) {
  if (content.empty() || static_cast<uint8_t>(content.front()) != (last ? kLast : kMore)) {
    return Status(Reason::kDataCorrupt, "a file ends too early or too late");
  }
  return content.substr(1);
}

}  // namespace strongroom
