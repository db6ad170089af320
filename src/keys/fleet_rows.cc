#include "keys/fleet_rows.h"

#include <utility>

#include "base/encoding.h"
#include "keys/aad.h"
#include "store/group.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr size_t kMaxRows = 100'000;
constexpr char kDuty = 'd';
constexpr char kEpoch = 'e';
constexpr char kServer = 's';
constexpr char kTable = 't';

Bytes RowKey(char kind) {
  Bytes key = "v";
  key.push_back(kind);
  return key;
}

Bytes ServerKey(uint32_t number) {
  Bytes key = RowKey(kServer);
  ByteWriter(key).U8(static_cast<uint8_t>(number));
  return key;
}

Status ReadServer(ByteView content, ServerLease& lease) {
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  lease.name = std::string(reader.Prefixed());
  lease.address = std::string(reader.Prefixed());
  lease.version = std::string(reader.Prefixed());
  lease.started_at = static_cast<UnixMillis>(reader.U64());
  lease.beat = reader.U64();
  RETURN_IF_ERROR(reader.Finish("the row of a server"));
  return version == kFormatVersion ? Status::Ok()
                                   : Status(Reason::kDataCorrupt, "the row of a server is of a newer format");
}

Status ReadDuty(ByteView content, DutyLease& duty) {
  ByteReader reader(content);
  const uint8_t version = reader.U8();
  duty.number = reader.U32();
  duty.beat = reader.U64();
  RETURN_IF_ERROR(reader.Finish("the row of the server on duty"));
  return version == kFormatVersion ? Status::Ok()
                                   : Status(Reason::kDataCorrupt, "the row of duty is of a newer format");
}

}  // namespace

Bytes FleetChangeKey(uint8_t table) {
  Bytes key = RowKey(kTable);
  ByteWriter(key).U8(table);
  return key;
}

Result<Bytes> FleetRows::Sealed(const Bytes& row_key, ByteView content) const {
  return ring_->rows().Seal(content, aad::Row(ring_->compartment(), row_key), random_);
}

Result<Bytes> FleetRows::Opened(const StoreRow& row) const {
  return ring_->rows().Open(row.value, aad::Row(ring_->compartment(), row.key));
}

Result<FleetSight> FleetRows::Look() const {
  ASSIGN_OR_RETURN(const std::vector<StoreRow> rows, store_.Scan({.begin = "v", .end = "w", .limit = kMaxRows}));
  FleetSight sight;
  for (const StoreRow& row : rows) {
    ByteReader key(ByteView(row.key).substr(1));
    switch (static_cast<char>(key.U8())) {
      case kTable:
        sight.changes[key.U8()] = row.value;
        break;
      case kEpoch: {
        ASSIGN_OR_RETURN(const Bytes content, Opened(row));
        ByteReader reader(content);
        EpochNotice notice;
        notice.wanted = reader.U32();
        notice.drawn = row.value;
        RETURN_IF_ERROR(reader.Finish("the notice of an epoch"));
        sight.epochs[key.U32()] = std::move(notice);
        break;
      }
      case kServer: {
        ASSIGN_OR_RETURN(const Bytes content, Opened(row));
        ServerLease lease;
        lease.number = key.U8();
        lease.row_version = VersionOf(row.value);
        RETURN_IF_ERROR(ReadServer(content, lease));
        sight.servers.push_back(std::move(lease));
        break;
      }
      case kDuty: {
        ASSIGN_OR_RETURN(const Bytes content, Opened(row));
        DutyLease duty;
        duty.row_version = VersionOf(row.value);
        RETURN_IF_ERROR(ReadDuty(content, duty));
        sight.duty = duty;
        break;
      }
      default:
        return Status(Reason::kDataCorrupt, "the office holds a row about servers of a newer format");
    }
    if (key.failed()) return Status(Reason::kDataCorrupt, "the key of a row about servers is cut short");
  }
  return sight;
}

Status FleetRows::Beat(ServerLease& mine, DutyLease* duty) {
  StoreBatch batch;
  ServerLease next = mine;
  ++next.beat;
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.Prefixed(next.name);
  writer.Prefixed(next.address);
  writer.Prefixed(next.version);
  writer.U64(static_cast<uint64_t>(next.started_at));
  writer.U64(next.beat);
  const Bytes server_key = ServerKey(mine.number);
  ASSIGN_OR_RETURN(Bytes sealed, Sealed(server_key, content));
  next.row_version = VersionOf(sealed);
  batch.conditions.push_back({server_key, mine.row_version});
  batch.puts.push_back({server_key, std::move(sealed)});
  std::optional<DutyLease> next_duty;
  if (duty != nullptr) {
    next_duty = *duty;
    next_duty->number = mine.number;
    ++next_duty->beat;
    Bytes duty_content;
    ByteWriter duty_writer(duty_content);
    duty_writer.U8(kFormatVersion);
    duty_writer.U32(next_duty->number);
    duty_writer.U64(next_duty->beat);
    const Bytes duty_key = RowKey(kDuty);
    ASSIGN_OR_RETURN(Bytes duty_sealed, Sealed(duty_key, duty_content));
    next_duty->row_version = VersionOf(duty_sealed);
    batch.conditions.push_back({duty_key, duty->row_version});
    batch.puts.push_back({duty_key, std::move(duty_sealed)});
  }
  RETURN_IF_ERROR(store_.Commit(batch));
  mine = std::move(next);
  if (duty != nullptr) *duty = *next_duty;
  return Status::Ok();
}

Status FleetRows::Leave(const ServerLease& mine, const DutyLease* duty) {
  StoreBatch batch;
  batch.conditions.push_back({ServerKey(mine.number), mine.row_version});
  batch.deletes.push_back(ServerKey(mine.number));
  if (duty != nullptr) {
    batch.conditions.push_back({RowKey(kDuty), duty->row_version});
    batch.deletes.push_back(RowKey(kDuty));
  }
  return store_.Commit(batch);
}

Status FleetRows::NoticeEpoch(CompartmentId compartment, Epoch wanted) {
  Bytes key = RowKey(kEpoch);
  ByteWriter(key).U32(compartment);
  Bytes content;
  ByteWriter(content).U32(wanted);
  ASSIGN_OR_RETURN(Bytes sealed, Sealed(key, content));
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(sealed)});
  return store_.Commit(batch);
}

}  // namespace strongroom
