// What a file's rows beside the customer's record look like: docs/formats/file.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "keys/ids.h"
#include "keys/plain_bytes.h"

namespace strongroom {

constexpr char kFileManifestKind = 'm';
constexpr char kFileChunkKind = 'f';
constexpr size_t kFileIdBytes = 8;

struct FileManifest {
  FieldId field = 0;
  uint64_t size_bytes = 0;
  uint32_t chunks = 0;
  UnixMillis stored_at = 0;
  std::string name;
  std::string media_type;

  Bytes Encode() const;
  // kDataCorrupt when malformed, of a newer format, or when size and chunks disagree.
  static Result<FileManifest> Decode(ByteView bytes);
};

// How many chunks a file of this size has: at least one.
uint32_t ChunksOf(uint64_t size_bytes);

// 16 hex digits; kFileNotFound for anything else.
Result<Bytes> FileIdFromText(std::string_view text);
Bytes FileChunkName(ByteView file_id, uint32_t chunk);

// The content of a chunk's row: a byte that says whether it is the last, then the bytes themselves.
PlainBytes EncodeFileChunk(ByteView piece, bool last);
// The piece inside; kDataCorrupt when it is the last and should not be, or the other way round.  Points into `content`.
Result<ByteView> DecodeFileChunk(ByteView content, bool last);

}  // namespace strongroom
