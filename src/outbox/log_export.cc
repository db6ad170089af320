#include "outbox/log_export.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/entry_format.h"
#include "audit/log_floor.h"
#include "audit/log_reader.h"
#include "audit/tree.h"
#include "base/encoding.h"
#include "base/json_writer.h"
#include "outbox/outbox_config.h"

namespace strongroom {
namespace {

constexpr uint8_t kVersion = 1;
constexpr Table kTable{33};  // log export (docs/formats/data-store.md)
constexpr int64_t kSaveMillis = 60'000;
constexpr auto kLook = std::chrono::milliseconds(1'000);
constexpr auto kLongestPause = std::chrono::milliseconds(60'000);
constexpr std::string_view kOwnDetail = "log export to ";

// Written by this: to write down that these were taken would make another one, without end.
bool IsOwn(const AuditEntry& entry) {
  return entry.actor_kind == PrincipalKind::kSystem && entry.action == Action::kAuditExport &&
         entry.detail.starts_with(kOwnDetail);
}

Digest Fold(const Bytes& hashes, size_t first, size_t count) {
  if (count == 1) {
    Digest hash{};
    std::copy_n(AsU8(ByteView(hashes)) + first * kHashSizeBytes, kHashSizeBytes, hash.begin());
    return hash;
  }
  return NodeHash(Fold(hashes, first, count / 2), Fold(hashes, first + count / 2, count / 2));
}

}  // namespace

std::vector<Digest> PeaksOf(const TreeBuilder& tree) {
  std::vector<Digest> peaks;  // from the smallest
  for (const Bytes& tile : tree.edge()) {
    const size_t width = tile.size() / kHashSizeBytes;
    for (size_t count = 1; count <= width; count <<= 1) {
      if ((width & count) != 0) peaks.push_back(Fold(tile, width & ~(2 * count - 1), count));
    }
  }
  std::reverse(peaks.begin(), peaks.end());
  return peaks;
}

struct LogExport::Place {
  std::string name;
  std::unique_ptr<LogReceiver> receiver;
  std::mutex sending;  // one batch at a time; guards the next four
  Positions at;
  StoreVersion version = kAbsent;  // of the document
  bool unsaved = false;            // others' entries were taken since it was written
  int64_t saved_at_ms = 0;         // monotonic
  // Guarded by LogExport::mutex_:
  Positions saved;
  Positions seen;  // a copy of `at`, for those who ask
  uint64_t taken = 0;
  uint64_t failed_attempts = 0;
  UnixMillis failing_since = 0;
  std::string failure;
  bool stopping = false;
  std::thread thread;
};

// A batch, and where the place is when it has taken it.
struct LogExport::Prepared {
  LogBatch batch;
  Position after;
  size_t entries = 0;
  bool others = false;  // not all of them are of our own making
};

Result<LogReceivers> MakeLogReceivers(const LogExportConfig& config) {
  LogReceivers receivers;
  ASSIGN_OR_RETURN(auto webhooks,
                   ReadWebhooks("log_export", config.webhooks, config.webhook_secret_files, config.ca_file));
  for (auto& [name, settings] : webhooks) {
    receivers["webhook/" + name] = MakeWebhookReceiver(std::move(settings));
  }
  ASSIGN_OR_RETURN(auto servers, ReadSyslogs("log_export", config.syslog, config.ca_file));
  for (auto& [name, settings] : servers) {
    if (settings.transport == SyslogTransport::kUdp) {
      return Status(Reason::kConfigInvalid, "'log_export.syslog', " + name +
                                                ": over UDP nobody knows what was taken; it takes tls:// or tcp://");
    }
    receivers["syslog/" + name] = MakeSyslogReceiver(std::move(settings));
  }
  return receivers;
}

LogExport::LogExport(House& house, bool customers) : house_(house), customers_(customers) {}

Result<std::unique_ptr<LogExport>> LogExport::Open(House& house, LogReceivers receivers, bool customers) {
  std::unique_ptr<LogExport> made(new LogExport(house, customers));
  for (auto& [name, receiver] : receivers) {
    auto place = std::make_unique<Place>();
    place->name = name;
    place->receiver = std::move(receiver);
    place->saved_at_ms = house.clock().MonotonicMillis();
    RETURN_IF_ERROR(made->Load(*place));
    made->places_.emplace(name, std::move(place));
  }
  return made;
}

LogExport::~LogExport() {
  stop_.Set();
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, place] : places_) place->stopping = true;
  }
  wake_.notify_all();
  bool ran = false;
  for (const auto& [name, place] : places_) {
    ran = ran || place->thread.joinable();
    if (place->thread.joinable()) place->thread.join();
  }
  if (ran) SavePositions().IgnoreError();  // what is not written is sent again
}

void LogExport::Start() {
  for (const auto& [name, place] : places_) {
    if (!place->thread.joinable()) place->thread = std::thread([this, at = place.get()] { Run(*at); });
  }
}

std::vector<std::pair<std::string, const Room*>> LogExport::Logs() const {
  std::vector<std::pair<std::string, const Room*>> logs = {{"office", &house_.office()}};
  for (const auto& room : house_.compartments()) logs.emplace_back(room->info.name, room.get());
  return logs;
}

// --- positions -------------------------------------------------------------------------------------------------------

Status LogExport::Load(Place& place) {
  ASSIGN_OR_RETURN(const std::optional<Document> stored, house_.office().sealed->GetDocument(kTable, place.name));
  if (!stored.has_value()) return Status::Ok();
  place.at.clear();
  ByteReader reader(stored->content);
  const bool known = reader.U8() == kVersion;
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    std::string log(reader.Prefixed());
    Position position;
    position.origin = std::string(reader.Prefixed());
    position.next = reader.U64();
    place.at[std::move(log)] = std::move(position);
  }
  RETURN_IF_ERROR(reader.Finish("the position of a log export"));
  if (!known) return Status(Reason::kDataCorrupt, "the position of a log export is of a newer format");
  place.version = stored->version;
  std::lock_guard lock(mutex_);
  place.saved = place.seen = place.at;
  return Status::Ok();
}

// The place's `sending` is held.
Status LogExport::Save(Place& place) {
  if (!place.unsaved) return Status::Ok();
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kVersion);
  writer.Varint(place.at.size());
  for (const auto& [log, position] : place.at) {
    writer.Prefixed(log);
    writer.Prefixed(position.origin);
    writer.U64(position.next);
  }
  const SealedStore& office = *house_.office().sealed;
  SealedBatch batch;
  RETURN_IF_ERROR(office.OverwriteDocument(batch, kTable, place.name, content));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kAuditExport;
  entry.decision = Decision::kPlain;
  entry.detail = std::string(kOwnDetail) + place.name;
  RETURN_IF_ERROR(house_.office().journal->Submit(std::move(batch), std::move(entry)).Wait());
  place.unsaved = false;
  place.saved_at_ms = house_.clock().MonotonicMillis();
  std::lock_guard lock(mutex_);
  place.saved = place.at;
  return Status::Ok();
}

Status LogExport::SavePositions() {
  Status first;
  for (const auto& [name, place] : places_) {
    std::lock_guard alone(place->sending);
    Status saved = Save(*place);
    if (first.ok()) first = std::move(saved);
  }
  return first;
}

uint64_t LogExport::Taken(const std::string& log) const {
  uint64_t taken = UINT64_MAX;
  std::lock_guard lock(mutex_);
  for (const auto& [name, place] : places_) {
    const auto found = place->saved.find(log);
    taken = std::min(taken, found == place->saved.end() ? 0 : found->second.next);
  }
  return taken;
}

LogExportState LogExport::State() const {
  LogExportState state;
  state.now = house_.clock().NowMillis();
  const auto logs = Logs();
  std::map<std::string, uint64_t> sizes;
  for (const auto& [name, room] : logs) {
    const Result<uint64_t> size = room->log->Size();
    if (size.ok()) sizes[name] = *size;
  }
  std::lock_guard lock(mutex_);
  for (const auto& [name, place] : places_) {
    LogExportState::Place one{name, {}, place->taken, place->failed_attempts, place->failing_since, place->failure};
    for (const auto& [log, size] : sizes) {
      const auto at = place->seen.find(log);
      const uint64_t next = at == place->seen.end() ? 0 : at->second.next;
      one.behind[log] = size > next ? size - next : 0;
    }
    state.places.push_back(std::move(one));
  }
  return state;
}

// --- batches ---------------------------------------------------------------------------------------------------------

LogLine LogExport::EntryLine(const std::string& origin, const IndexedEntry& entry) const {
  const Bytes encoded = entry.entry.Encode();
  LogLine line;
  line.index = *entry.index;
  line.time = entry.entry.time;
  line.leaf = Base64Encode(View(LeafHash(encoded)));
  JsonWriter json(line.json);
  json.BeginObject().String("type", "entry").String("log", origin).Key("index").Uint(line.index);
  json.String("leaf", line.leaf).Key("entry");
  if (customers_) {
    AppendEntryJson(json, entry.entry, entry.index);
    json.String("bytes", Base64Encode(encoded));
  } else {
    AuditEntry without = entry.entry;
    without.customers.clear();
    AppendEntryJson(json, without, entry.index);
    json.Key("customers").Uint(entry.entry.customers.size());
  }
  json.EndObject();
  return line;
}

Result<LogExport::Prepared> LogExport::Prepare(const std::string& name, const Room& room,
                                               const Position& position) const {
  Prepared prepared;
  prepared.after = position;
  const LogReader& log = *room.log;
  // The checkpoint first: it is not of more than the log has when it is read next.
  ASSIGN_OR_RETURN(const VerifierKey key, log.Key());
  ASSIGN_OR_RETURN(const std::string note, log.ReadCheckpoint());
  const Result<Checkpoint> checkpoint = OpenCheckpoint(note, key);
  ASSIGN_OR_RETURN(const uint64_t size, log.Size());
  LogBatch& batch = prepared.batch;
  batch.log = key.name;
  batch.now = house_.clock().NowMillis();
  uint64_t next = position.next;
  // Of a log that was restored, what was sent under the name of before is sent again under the new one.
  bool begins = position.origin != key.name || next > size;
  if (begins) next = 0;
  prepared.after = {key.name, next};
  if (next == size && !begins) return prepared;
  const auto until = [&] { return std::min<uint64_t>(size, next + kMostEntries); };
  Result<std::vector<IndexedEntry>> entries = log.Read(next, until());
  if (entries.reason() == Reason::kLogPruned) {  // before this place was told of it
    ASSIGN_OR_RETURN(next, PrunedBelow(log));
    prepared.after.next = next;
    begins = true;
    entries = log.Read(next, until());
  }
  RETURN_IF_ERROR(entries.status());
  if (begins) {
    ASSIGN_OR_RETURN(const TreeBuilder tree, TreeBuilder::Continue(log, next));
    LogLine line;
    line.type = LogLine::Type::kBegin;
    line.time = batch.now;
    line.index = next;
    JsonWriter json(line.json);
    json.BeginObject().String("type", "begin").String("log", key.name).String("room", name);
    json.String("key", key.Encode()).Key("index").Uint(next).Key("peaks").BeginArray();
    for (const Digest& peak : PeaksOf(tree)) json.String(Base64Encode(View(peak)));
    json.EndArray().EndObject();
    batch.lines.push_back(std::move(line));
  }
  size_t bytes = 0;
  for (const IndexedEntry& entry : *entries) {
    if (prepared.entries > 0 && bytes > kMostBatchBytes) break;
    batch.lines.push_back(EntryLine(key.name, entry));
    bytes += batch.lines.back().json.size();
    prepared.others = prepared.others || !IsOwn(entry.entry);
    ++prepared.entries;
    ++prepared.after.next;
    if (!checkpoint.ok() || checkpoint->size != prepared.after.next) continue;
    LogLine line;
    line.type = LogLine::Type::kCheckpoint;
    line.time = batch.now;
    line.index = checkpoint->size;
    JsonWriter json(line.json);
    json.BeginObject().String("type", "checkpoint").String("log", key.name).Key("size").Uint(checkpoint->size);
    json.String("note", note).EndObject();
    batch.lines.push_back(std::move(line));
  }
  batch.id = key.name + "/" + std::to_string(next) + "+" + std::to_string(prepared.entries);
  return prepared;
}

Result<size_t> LogExport::SendDue(const std::string& name) {
  Place& place = *places_.at(name);
  std::lock_guard alone(place.sending);
  size_t sent = 0;
  for (const auto& [log, room] : Logs()) {
    Result<Prepared> prepared = Prepare(log, *room, place.at[log]);
    if (prepared.reason() == Reason::kNotInitialised) continue;  // no checkpoint yet
    // Pruned between two looks: the next one begins behind it.
    if (prepared.reason() == Reason::kLogPruned) continue;
    Delivery delivery;
    if (!prepared.ok()) {
      delivery = {Delivery::Outcome::kLater, "log " + log + ": " + prepared.status().message(), false};
    } else if (prepared->batch.lines.empty()) {
      continue;
    } else {
      delivery = place.receiver->Take(prepared->batch, stop_);
    }
    std::lock_guard lock(mutex_);
    if (delivery.outcome != Delivery::Outcome::kSent) {
      ++place.failed_attempts;
      if (place.failing_since == 0) place.failing_since = house_.clock().NowMillis();
      place.failure = delivery.detail;
      return Status(Reason::kServerUnreachable, delivery.detail);
    }
    // Only now: what was not taken comes again.
    place.at[log] = prepared->after;
    place.seen = place.at;
    place.unsaved = place.unsaved || prepared->others;
    place.taken += prepared->entries;
    place.failing_since = 0;
    place.failure.clear();
    sent += prepared->entries;
  }
  const bool save = house_.clock().MonotonicMillis() - place.saved_at_ms >= kSaveMillis;
  if (save) RETURN_IF_ERROR(Save(place));
  return sent;
}

// `current`: whether what is known here of the place's position is the newest there is.
Result<size_t> LogExport::TakeTurn(Place& place, bool& current) {
  if (!house_.on_duty()) {
    std::lock_guard alone(place.sending);
    place.unsaved = false;  // whoever is on duty writes how far it came
    current = false;
    return size_t{0};
  }
  if (!current) {
    std::lock_guard alone(place.sending);
    RETURN_IF_ERROR(Load(place));
    current = true;
  }
  return SendDue(place.name);
}

void LogExport::Run(Place& place) {
  auto pause = kLook;
  bool current = !house_.view().shared();  // of several servers, others may have sent since the place was opened
  std::unique_lock lock(mutex_);
  while (!place.stopping) {
    lock.unlock();
    const Result<size_t> sent = TakeTurn(place, current);
    lock.lock();
    if (!current) {
      pause = kOffDutyPause;
    } else if (sent.ok()) {
      pause = kLook;
      if (*sent >= kMostEntries) continue;  // there is more
    } else {
      pause = std::min(2 * pause, std::chrono::milliseconds(kLongestPause));
    }
    wake_.wait_for(lock, pause, [&place] { return place.stopping; });
  }
}

}  // namespace strongroom
