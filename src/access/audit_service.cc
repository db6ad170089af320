#include "access/audit_service.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "audit/log_source.h"

namespace strongroom {
namespace {

constexpr std::string_view kOfficeLog = "office";

// "x001/x234/067" → 1234067, the numbering of tlog-tiles; nothing when malformed.
std::optional<uint64_t> ParseTileIndex(std::string_view text) {
  uint64_t index = 0;
  while (true) {
    const bool more = text.starts_with('x');
    if (more) text.remove_prefix(1);
    if (text.size() < 3 || index > (UINT64_MAX - 999) / 1000) return std::nullopt;
    uint64_t group = 0;
    for (const char c : text.substr(0, 3)) {
      if (c < '0' || c > '9') return std::nullopt;
      group = group * 10 + static_cast<uint64_t>(c - '0');
    }
    index = index * 1000 + group;
    text.remove_prefix(3);
    if (!more) return text.empty() ? std::optional(index) : std::nullopt;
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  }
}

struct TileAddress {
  bool entries = false;
  uint8_t level = 0;
  uint64_t index = 0;
  size_t width = 256;
};

// "tile/0/x001/234.p/17", "tile/entries/067".
std::optional<TileAddress> ParseTilePath(std::string_view path) {
  constexpr std::string_view kTile = "tile/";
  if (!path.starts_with(kTile)) return std::nullopt;
  path.remove_prefix(kTile.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  TileAddress address;
  const std::string_view level = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  if (level == "entries") {
    address.entries = true;
  } else {
    const auto [end, error] = std::from_chars(level.data(), level.data() + level.size(), address.level);
    if (error != std::errc() || end != level.data() + level.size() || address.level > 63) return std::nullopt;
  }
  if (const size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const std::string_view width = path.substr(partial + 3);
    const auto [end, error] = std::from_chars(width.data(), width.data() + width.size(), address.width);
    if (error != std::errc() || end != width.data() + width.size() || address.width < 1 || address.width > 255)
      return std::nullopt;
    path = path.substr(0, partial);
  }
  const std::optional<uint64_t> index = ParseTileIndex(path);
  if (!index.has_value()) return std::nullopt;
  address.index = *index;
  return address;
}

}  // namespace

Result<const LogReader*> AuditService::ReaderOf(std::string_view log) const {
  if (log == kOfficeLog) return static_cast<const LogReader*>(house_.office().log.get());
  ASSIGN_OR_RETURN(const Room* room, house_.RoomByName(log));
  return static_cast<const LogReader*>(room->log.get());
}

Receipted<std::vector<LogInfo>> AuditService::Logs(const Caller& caller) const {
  using Infos = std::vector<LogInfo>;
  Permit permit = gate_.Authorise(caller, Action::kAuditRead);
  if (!permit.granted()) return permit.Refuse<Infos>();
  permit.entry().detail = "list of logs";
  Infos infos;
  const auto add = [&infos](std::string_view name, const LogReader& reader) -> Status {
    ASSIGN_OR_RETURN(const uint64_t size, reader.Size());
    ASSIGN_OR_RETURN(const VerifierKey key, reader.Key());
    ASSIGN_OR_RETURN(std::string checkpoint, reader.ReadCheckpoint());
    infos.push_back({std::string(name), key.Encode(), std::move(checkpoint), size});
    return Status::Ok();
  };
  Status added = add(kOfficeLog, *house_.office().log);
  for (const auto& room : house_.compartments()) {
    if (added.ok()) added = add(room->info.name, *room->log);
  }
  if (!added.ok()) return permit.Fail<Infos>(added);
  return permit.Finish(std::move(infos));
}

Receipted<LogPage> AuditService::Find(const Caller& caller, const LogQuery& query) const {
  Permit permit = gate_.Authorise(caller, Action::kAuditRead);
  if (!permit.granted()) return permit.Refuse<LogPage>();
  LogFilter filter{
      .customer = {}, .actor = query.actor, .action = query.action, .from = query.from, .until = query.until};
  std::string log(query.log);
  if (!query.customer.empty()) {
    const Result<OpenCustomer> customer = customers_.Open(query.customer);
    if (!customer.ok()) return permit.Fail<LogPage>(customer.status());
    filter.customer = customer->record.audit_id;
    // Of a customer who was moved: what was done before stands in the log of the compartment of then.
    const Result<Room*> asked = query.log.empty() ? Result<Room*>(customer->room) : house_.RoomByName(query.log);
    bool lived_there = false;
    if (asked.ok() && *asked != customer->room) {
      const Result<std::optional<Departure>> departure = (*asked)->customer_keys->DepartureOf(customer->id);
      if (!departure.ok()) return permit.Fail<LogPage>(departure.status());
      lived_there = departure->has_value();
    }
    if (!lived_there) log = customer->room->info.name;
    permit.RecordIn(*customer->room);
    permit.entry().customers.push_back(customer->record.audit_id);
  }
  const Result<const LogReader*> reader = ReaderOf(log);
  if (!reader.ok()) return permit.Fail<LogPage>(reader.status());
  permit.entry().detail = "log " + log;
  Result<LogPage> page = (*reader)->Find(filter, std::clamp<size_t>(query.limit, 1, 1000), query.before);
  if (!page.ok()) return permit.Fail<LogPage>(page.status());
  permit.entry().count = static_cast<uint32_t>(page->entries.size());
  return permit.Finish(std::move(*page));
}

Receipted<Bytes> AuditService::ReadPath(const Caller& caller, std::string_view log, std::string_view path) const {
  Permit permit = gate_.Authorise(caller, Action::kAuditExport);
  if (!permit.granted()) return permit.Refuse<Bytes>();
  const Result<const LogReader*> reader = ReaderOf(log);
  if (!reader.ok()) return permit.Fail<Bytes>(reader.status());
  permit.entry().detail = "log " + std::string(log.substr(0, 40)) + ": " + std::string(path.substr(0, 100));
  if (path == kCheckpointPath) {
    Result<std::string> checkpoint = (*reader)->ReadCheckpoint();
    if (!checkpoint.ok()) return permit.Fail<Bytes>(checkpoint.status());
    return permit.Finish(Bytes(std::move(*checkpoint)));
  }
  const std::optional<TileAddress> address = ParseTilePath(path);
  if (!address.has_value()) {
    permit.entry().detail.clear();
    return permit.Fail<Bytes>(
        Status(Reason::kRouteNotFound, "a log has a checkpoint, tile/<level>/<n> and tile/entries/<n>"));
  }
  Result<Bytes> content = address->entries ? (*reader)->ReadBundle(address->index, address->width)
                                           : (*reader)->ReadTile(address->level, address->index, address->width);
  if (!content.ok()) return permit.Fail<Bytes>(content.status());
  if (address->entries) return permit.Finish(std::move(*content));
  // A hash tile tells nothing of anybody; bundles hold entries, and each that is read is recorded.
  permit.Close();
  return Receipted<Bytes>(std::move(*content), Receipt::Settled(Status::Ok()));
}

Result<Bytes> AuditService::ReadPublic(std::string_view log, std::string_view path) const {
  const Status nothing(Reason::kRouteNotFound);
  if (!public_log_) return nothing;
  const Result<const LogReader*> reader = ReaderOf(log);
  if (!reader.ok()) return nothing;
  if (path == kCheckpointPath) {
    ASSIGN_OR_RETURN(std::string checkpoint, (*reader)->ReadCheckpoint());
    return Bytes(std::move(checkpoint));
  }
  const std::optional<TileAddress> address = ParseTilePath(path);
  if (!address.has_value() || address->entries) return nothing;
  Result<Bytes> tile = (*reader)->ReadTile(address->level, address->index, address->width);
  return tile.ok() ? std::move(tile) : nothing;
}

Receipted<std::string> AuditService::Prove(const Caller& caller, std::string_view log, uint64_t index) const {
  Permit permit = gate_.Authorise(caller, Action::kAuditRead);
  if (!permit.granted()) return permit.Refuse<std::string>();
  const Result<const LogReader*> reader = ReaderOf(log);
  if (!reader.ok()) return permit.Fail<std::string>(reader.status());
  permit.entry().detail = "proof";
  Result<std::string> proof = (*reader)->Prove(index);
  if (!proof.ok()) return permit.Fail<std::string>(proof.status());
  return permit.Finish(std::move(*proof));
}

}  // namespace strongroom
