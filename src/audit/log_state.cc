#include "audit/log_state.h"

#include <cstring>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kStateVersion = 1;

Bytes LogKey(char kind) { return Bytes{'l', kind}; }

Bytes NumberedLogKey(char kind, uint64_t number) {
  Bytes key = LogKey(kind);
  ByteWriter(key).U64(number);
  return key;
}

Digest ReadDigest(ByteReader& reader) {
  Digest digest{};
  const ByteView bytes = reader.Raw(digest.size());
  if (!reader.failed()) std::memcpy(digest.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace

InboxPosition LogState::PositionOf(CompartmentId compartment, uint32_t writer) const {
  const auto found = writers.find(writer);
  return found != writers.end() ? found->second : InboxPosition{0, ChainStart(compartment, writer)};
}

Bytes LogStateKey() { return LogKey('s'); }
Bytes LogCheckpointKey() { return LogKey('c'); }
Bytes LogRunKey(uint64_t first_index) { return NumberedLogKey('r', first_index); }
Bytes LogDigestKey(uint64_t first_index) { return NumberedLogKey('d', first_index); }

Bytes LogTileKey(uint8_t level, uint64_t index) {
  Bytes key = LogKey('t');
  ByteWriter out(key);
  out.U8(level);
  out.U64(index);
  return key;
}

Result<std::optional<LogState>> ReadLogState(const StoreReader& data, const KeyRing& ring) {
  const Bytes key = LogStateKey();
  ASSIGN_OR_RETURN(const std::optional<StoreValue> row, data.Get(key));
  if (!row.has_value()) return std::optional<LogState>();
  const Result<Bytes> plaintext = ring.log().Open(row->bytes, LogRowAssociatedData("state", ring.compartment(), key));
  if (!plaintext.ok()) return Status(Reason::kLogInvalid, "the log's state row does not open; it was altered or moved");
  LogState state;
  state.version = row->version;
  ByteReader reader(*plaintext);
  const bool version_known = reader.U8() == kStateVersion;
  state.origin = reader.Prefixed();
  state.size = reader.U64();
  state.root = ReadDigest(reader);
  state.digested = reader.U64();
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    const uint32_t writer = reader.U32();
    InboxPosition position;
    position.next_sequence = reader.U64();
    position.chain = ReadDigest(reader);
    state.writers.emplace(writer, position);
  }
  if (!version_known || !reader.Finish("log state").ok() || state.digested > state.size) {
    return Status(Reason::kLogInvalid, "the log's state row is malformed");
  }
  return std::optional<LogState>(std::move(state));
}

Result<Bytes> SealLogState(const LogState& state, const KeyRing& ring, Random& random) {
  Bytes plaintext;
  ByteWriter out(plaintext);
  out.U8(kStateVersion);
  out.Prefixed(state.origin);
  out.U64(state.size);
  out.Raw(View(state.root));
  out.U64(state.digested);
  out.Varint(state.writers.size());
  for (const auto& [writer, position] : state.writers) {
    out.U32(writer);
    out.U64(position.next_sequence);
    out.Raw(View(position.chain));
  }
  return ring.log().Seal(plaintext, LogRowAssociatedData("state", ring.compartment(), LogStateKey()), random);
}

Bytes EncodeLogRun(const LogRun& run) {
  Bytes value;
  ByteWriter out(value);
  out.U32(run.writer);
  out.U64(run.first_sequence);
  out.U32(run.count);
  return value;
}

Result<LogRun> DecodeLogRun(ByteView key, ByteView value) {
  LogRun run;
  ByteReader key_reader(key);
  key_reader.Raw(2);
  run.first_index = key_reader.U64();
  ByteReader reader(value);
  run.writer = reader.U32();
  run.first_sequence = reader.U64();
  run.count = reader.U32();
  if (!key_reader.Finish("run key").ok() || !reader.Finish("run").ok() || run.count == 0) {
    return Status(Reason::kLogInvalid, "a row that says where log entries lie is malformed");
  }
  return run;
}

}  // namespace strongroom
