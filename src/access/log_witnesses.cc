#include "access/log_witnesses.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kName = "witnessed";
constexpr std::string_view kOfficeLog = "office";
constexpr std::string_view kNoticeKind = "checkpoint";
constexpr int64_t kLongestPauseMillis = 60 * 60 * 1000;
constexpr int64_t kHourMillis = 60 * 60 * 1000;
constexpr int64_t kAnswerMillis = 15'000;

std::string TextOf(const std::string& note) {
  const Result<NoteParts> parts = SplitNote(note);
  return parts.ok() ? std::string(parts->text) : "";
}

uint64_t SizeOf(const std::string& note) {
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(TextOf(note));
  return parsed.ok() ? parsed->checkpoint.size : 0;
}

WitnessProblem Problem(const WitnessPlace& place, const std::string& log, WitnessTrouble trouble, std::string what) {
  return {place.name, log, trouble, std::move(what)};
}

}  // namespace

bool LeavingState::Leaves() const {
  return !logs.empty() && std::all_of(logs.begin(), logs.end(), [&](const Log& log) {
    return log.left_at != 0 && now - log.left_at < int64_t{stale_after_hours} * kHourMillis;
  });
}

LogWitnesses::LogWitnesses(Gate& gate, Outbox& outbox, WitnessConfig config, WitnessPlaces places)
    : gate_(gate), outbox_(outbox), config_(std::move(config)), places_(std::move(places)) {}

Result<std::unique_ptr<LogWitnesses>> LogWitnesses::Open(Gate& gate, Outbox& outbox, const WitnessConfig& config,
                                                         std::unique_ptr<const WebClient> web) {
  ASSIGN_OR_RETURN(WitnessPlaces places, PlacesOf(config));
  std::unique_ptr<LogWitnesses> witnesses(new LogWitnesses(gate, outbox, config, std::move(places)));
  WebClientConfig web_config;
  web_config.ca_file = config.ca_file;
  web_config.total_millis = kAnswerMillis;
  web_config.stop = &witnesses->stop_;
  witnesses->web_ = web != nullptr ? std::move(web) : std::make_unique<const WebClient>(web_config);
  ASSIGN_OR_RETURN(const std::optional<Document> stored,
                   gate.house().office().sealed->GetDocument(Table::kHouse, kName));
  if (stored.has_value()) {
    ASSIGN_OR_RETURN(witnesses->record_, DecodeWitnessRecord(stored->content));
    witnesses->version_ = stored->version;
  }
  outbox.WhenSent([deliveries = witnesses->deliveries_](const OutboxItem& item) {
    if (item.kind != kNoticeKind) return;
    for (const auto& [name, value] : item.parameters) {
      if (name != "checkpoint") continue;
      const std::lock_guard lock(deliveries->mutex);
      deliveries->notes.push_back(value);
    }
  });
  return witnesses;
}

LogWitnesses::~LogWitnesses() {
  stop_.Set();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LogWitnesses::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void LogWitnesses::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool on_duty = gate_.house().on_duty();
    // Nobody is there to be told; the next round goes on, and doctor tells of its age.
    if (on_duty) RunDue().status().IgnoreError();
    lock.lock();
    wake_.wait_for(lock, on_duty ? std::chrono::seconds(config_.interval_seconds) : kOffDutyPause,
                   [this] { return stopping_; });
  }
}

Result<LogWitnesses::Round> LogWitnesses::RoundOf(const std::string& name, const LogReader& reader) const {
  Round round;
  round.name = name;
  round.reader = &reader;
  ASSIGN_OR_RETURN(round.note, reader.ReadCheckpoint());
  ASSIGN_OR_RETURN(const VerifierKey key, reader.Key());
  ASSIGN_OR_RETURN(round.checkpoint, OpenCheckpoint(round.note, key));
  return round;
}

// The logs that have entries.
Result<std::vector<LogWitnesses::Round>> LogWitnesses::Rounds() const {
  std::vector<Round> rounds;
  const auto add = [&](const std::string& name, const LogReader& reader) -> Status {
    ASSIGN_OR_RETURN(Round round, RoundOf(name, reader));
    if (round.checkpoint.size > 0) rounds.push_back(std::move(round));
    return Status::Ok();
  };
  const House& house = gate_.house();
  RETURN_IF_ERROR(add(std::string(kOfficeLog), *house.office().log));
  for (const auto& room : house.compartments()) RETURN_IF_ERROR(add(room->info.name, *room->log));
  return rounds;
}

Result<size_t> LogWitnesses::RunDue() {
  const std::lock_guard lock(run_mutex_);
  ASSIGN_OR_RETURN(const std::vector<Round> rounds, Rounds());
  WitnessRecord record;
  {
    const std::lock_guard state_lock(mutex_);
    record = record_;
    logs_with_entries_.clear();
    for (const Round& round : rounds) logs_with_entries_.push_back(round.name);
  }
  SealedBatch batch;
  size_t count = TakeDeliveries(rounds, record);
  bool office_witnessed = false;
  for (const Round& round : rounds) {
    if (stop_.IsSet()) break;
    LeftCheckpoint& left = record[round.name];
    const bool anew = IsOld(left);
    if ((anew || HasGrown(round, left) || MayRetry(round)) && AskWitnesses(round, left, anew)) {
      ++count;
      office_witnessed = office_witnessed || round.name == kOfficeLog;
    }
    if (Tell(round, left, batch)) ++count;
  }
  if (count == 0) return count;
  RETURN_IF_ERROR(Save(record, std::move(batch), count));
  own_entries_ = office_witnessed ? 1 : own_entries_ + 1;
  return count;
}

// The entry that a round leaves in the office's log must not be the reason for the next: else a house in which nothing
// happens would write one for each round, for ever.
bool LogWitnesses::HasGrown(const Round& round, const LeftCheckpoint& left) const {
  const uint64_t own = round.name == kOfficeLog ? own_entries_ : 0;
  return left.note.empty() || round.checkpoint.size > SizeOf(left.note) + own;
}

// Nothing happened, and a sign of life is due.
bool LogWitnesses::IsOld(const LeftCheckpoint& left) const {
  const int64_t age = gate_.house().clock().NowMillis() - left.witnessed_at;
  return !left.note.empty() && (age < 0 || age > int64_t{config_.stale_after_hours} * kHourMillis / 4);
}

// Somebody who had something against this log, or was away, may be asked again.
bool LogWitnesses::MayRetry(const Round& round) const {
  const int64_t now_ms = gate_.house().clock().MonotonicMillis();
  const std::lock_guard lock(mutex_);
  return std::any_of(places_.places.begin(), places_.places.end(), [&](const WitnessPlace& place) {
    return problems_.contains({place.name, round.name}) && !IsPaused(place, round, now_ms);
  });
}

bool LogWitnesses::IsPaused(const WitnessPlace& place, const Round& round, int64_t now_ms) const {
  for (const std::string& log : {std::string(), round.name}) {
    const auto pause = pauses_.find({place.name, log});
    if (pause != pauses_.end() && now_ms < pause->second.until_ms) return true;
  }
  return false;
}

bool LogWitnesses::AskWitnesses(const Round& round, LeftCheckpoint& left, bool anew) {
  const std::string text = TextOf(round.note);
  bool news = false;
  for (const WitnessPlace& place : places_.places) {
    Standing& standing = standings_[{place.name, round.name}];
    if (anew) standing.cosigned_text.clear();
    if (standing.cosigned_text == text) continue;
    Ask(place, round, SizeOf(left.note));
    if (stop_.IsSet()) return false;
    news = news || standing.cosigned_text == text;
  }
  std::string lines;
  size_t cosigned = 0;
  for (const WitnessPlace& place : places_.places) {
    const Standing& standing = standings_[{place.name, round.name}];
    if (standing.cosigned_text != text) continue;
    lines += standing.line;
    ++cosigned;
  }
  if (!news || cosigned < places_.quorum) return false;
  left.note = round.note + lines;
  left.witnessed_at = gate_.house().clock().NowMillis();
  return true;
}

void LogWitnesses::Ask(const WitnessPlace& place, const Round& round, uint64_t presumed_size) {
  const int64_t now_ms = gate_.house().clock().MonotonicMillis();
  if (IsPaused(place, round, now_ms)) return;
  Standing& standing = standings_[{place.name, round.name}];
  if (!standing.known_size.has_value()) standing.known_size = presumed_size;
  std::optional<WitnessProblem> problem = AskOnce(place, round, standing);
  if (stop_.IsSet()) return;
  const bool silent = problem.has_value() && problem->trouble == WitnessTrouble::kUnreachable;
  Pause& pause = pauses_[{place.name, silent ? std::string() : round.name}];
  if (!problem.has_value()) {
    pauses_.erase({place.name, std::string()});
    pauses_.erase({place.name, round.name});
  } else {
    const int64_t first = int64_t{config_.interval_seconds} * 1000;
    const int64_t delay = std::min(kLongestPauseMillis, first << std::min<uint32_t>(pause.failures, 12));
    ++pause.failures;
    pause.until_ms = now_ms + delay;
  }
  Remember(place, round, std::move(problem));
}

// Twice at most: a witness that knows another size says which.
std::optional<WitnessProblem> LogWitnesses::AskOnce(const WitnessPlace& place, const Round& round, Standing& standing) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const uint64_t size = round.checkpoint.size;
    AddCheckpointRequest request{std::min(*standing.known_size, size), {}, round.note};
    if (request.old_size > 0 && request.old_size < size) {
      Result<std::vector<Digest>> proof = ConsistencyProof(*round.reader, request.old_size, size);
      if (!proof.ok()) return Problem(place, round.name, WitnessTrouble::kRefuses, proof.status().message());
      request.proof = *std::move(proof);
    }
    WebRequest post;
    post.method = "POST";
    post.url = place.url + "/add-checkpoint";
    post.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    post.body = FormatAddCheckpoint(request);
    const Result<WebAnswer> answer = web_->Send(post);
    if (!answer.ok()) return Problem(place, round.name, WitnessTrouble::kUnreachable, answer.status().message());
    const std::optional<uint64_t> known = answer->status == 409 ? ReadKnownSize(answer->body) : std::nullopt;
    if (known.has_value() && *known <= size && *known != request.old_size && attempt == 0) {
      standing.known_size = *known;
      continue;
    }
    return Judge(place, round, standing, *answer);
  }
  return Problem(place, round.name, WitnessTrouble::kUnreachable,
                 "it does not agree with itself about the size it knows");
}

std::optional<WitnessProblem> LogWitnesses::Judge(const WitnessPlace& place, const Round& round, Standing& standing,
                                                  const WebAnswer& answer) {
  const std::string& log = round.name;
  switch (answer.status) {
    case 200: {
      const Result<ReceivedCosignature> received = ReadCosignature(answer.body, round.note, place.key);
      if (!received.ok()) return Problem(place, log, WitnessTrouble::kRefuses, received.status().message());
      standing = {round.checkpoint.size, TextOf(round.note), received->line};
      return std::nullopt;
    }
    case 409: {
      const std::optional<uint64_t> known = ReadKnownSize(answer.body);
      if (!known.has_value()) return Problem(place, log, WitnessTrouble::kUnreachable, "409 without a size");
      standing.known_size = *known;
      // Another server of this house may have been faster.
      const Result<uint64_t> size_now = round.reader->Size();
      if (!size_now.ok() || *known <= *size_now) {
        return Problem(place, log, WitnessTrouble::kUnreachable, "it was asked by somebody else at the same time");
      }
      return Problem(
          place, log, WitnessTrouble::kForked,
          "it has cosigned " + std::to_string(*known) + " entries of this log, which has " + std::to_string(*size_now));
    }
    case 422:
      return Problem(place, log, WitnessTrouble::kForked,
                     "this log is no continuation of the " + std::to_string(standing.known_size.value_or(0)) +
                         " entries that it has cosigned");
    case 403:
    case 404:
      standing.known_size.reset();
      return Problem(place, log, WitnessTrouble::kRefuses,
                     "it does not take this log; give its operator the log's verifier key ('strongroom audit logs')");
    default:
      return Problem(place, log, WitnessTrouble::kUnreachable, "it answered " + std::to_string(answer.status));
  }
}

// Remembers what is wrong, or that it is not any more; a fork is told to the house when it is new.
void LogWitnesses::Remember(const WitnessPlace& place, const Round& round, std::optional<WitnessProblem> problem) {
  const std::pair<std::string, std::string> which{place.name, round.name};
  bool alarm = false;
  {
    const std::lock_guard lock(mutex_);
    const auto before = problems_.find(which);
    const bool was_forked = before != problems_.end() && before->second.trouble == WitnessTrouble::kForked;
    // A witness that is down says nothing about the fork it saw.
    if (was_forked && problem.has_value() && problem->trouble == WitnessTrouble::kUnreachable) return;
    alarm = problem.has_value() && problem->trouble == WitnessTrouble::kForked && !was_forked;
    if (problem.has_value()) {
      problems_[which] = *std::move(problem);
    } else {
      problems_.erase(which);
    }
  }
  if (!alarm || !outbox_.CanTellAnybody()) return;
  Notice notice;
  notice.kind = "alarm";
  notice.to_house = true;
  notice.parameters = {{"what", "log-forked"}, {"count", "1"}, {"time", FormatTime(gate_.house().clock().NowMillis())}};
  outbox_.PutAlone(notice).status().IgnoreError();  // a full outbox: doctor is red in either case
}

// Adds the checkpoint to what the outbox tells.
bool LogWitnesses::Tell(const Round& round, LeftCheckpoint& left, SealedBatch& batch) const {
  const UnixMillis now = gate_.house().clock().NowMillis();
  const bool due = now - left.told_at >= int64_t{config_.told_every_hours} * kHourMillis;
  if (config_.told_every_hours == 0 || !due || round.checkpoint.size <= left.told_size) return false;
  if (!outbox_.CanTellAnybody()) return false;
  Notice notice;
  notice.kind = std::string(kNoticeKind);
  notice.to_house = true;
  notice.parameters = {{"checkpoint", round.note}, {"time", FormatTime(now)}};
  if (!outbox_.Put(batch, notice).ok()) return false;  // full: the next round
  left.told_size = round.checkpoint.size;
  left.told_at = now;
  return true;
}

size_t LogWitnesses::TakeDeliveries(const std::vector<Round>& rounds, WitnessRecord& record) {
  std::vector<std::string> notes;
  {
    const std::lock_guard lock(deliveries_->mutex);
    notes.swap(deliveries_->notes);
  }
  size_t count = 0;
  for (const std::string& note : notes) {
    const Result<ParsedCheckpoint> parsed = ParseCheckpoint(TextOf(note));
    if (!parsed.ok()) continue;
    for (const Round& round : rounds) {
      if (round.checkpoint.origin != parsed->checkpoint.origin) continue;
      record[round.name].delivered_at = gate_.house().clock().NowMillis();
      ++count;
    }
  }
  return count;
}

Status LogWitnesses::Save(const WitnessRecord& record, SealedBatch batch, size_t count) {
  const Room& office = gate_.house().office();
  RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kHouse, kName, EncodeWitnessRecord(record), version_));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kAuditExport;
  entry.decision = Decision::kPlain;
  entry.detail = "checkpoints left the machine";
  entry.count = static_cast<uint32_t>(count);
  const Status written = office.journal->Submit(std::move(batch), std::move(entry)).Wait();
  ASSIGN_OR_RETURN(const std::optional<Document> stored, office.sealed->GetDocument(Table::kHouse, kName));
  if (stored.has_value()) version_ = stored->version;
  if (!written.ok()) {
    // Another server's, or none was written: go on from what there is.
    if (stored.has_value()) {
      ASSIGN_OR_RETURN(WitnessRecord theirs, DecodeWitnessRecord(stored->content));
      const std::lock_guard lock(mutex_);
      record_ = std::move(theirs);
    }
    return written;
  }
  const std::lock_guard lock(mutex_);
  record_ = record;
  return Status::Ok();
}

Receipted<std::string> LogWitnesses::Newest(const Caller& caller, std::string_view log) const {
  Permit permit = gate_.Authorise(caller, Action::kAuditRead);
  if (!permit.granted()) return permit.Refuse<std::string>();
  if (log != kOfficeLog) {
    const Result<Room*> room = gate_.house().RoomByName(log);
    if (!room.ok()) return permit.Fail<std::string>(room.status());
  }
  permit.entry().detail = "witnessed checkpoint of log " + std::string(log);
  std::string note;
  {
    const std::lock_guard lock(mutex_);
    const auto found = record_.find(std::string(log));
    if (found != record_.end()) note = found->second.note;
  }
  if (note.empty()) {
    return permit.Fail<std::string>(
        Status(Reason::kNotInitialised, "no checkpoint of this log has been witnessed yet"));
  }
  return permit.Finish(std::move(note));
}

Result<std::string> LogWitnesses::NewestPublic(std::string_view log) const {
  const std::lock_guard lock(mutex_);
  const auto found = record_.find(std::string(log));
  if (!config_.public_log || found == record_.end() || found->second.note.empty()) {
    return Status(Reason::kRouteNotFound);
  }
  return found->second.note;
}

LeavingState LogWitnesses::State() const {
  LeavingState state;
  state.known = true;
  state.witnesses = places_.places.size();
  state.quorum = places_.quorum;
  state.stale_after_hours = config_.stale_after_hours;
  state.now = gate_.house().clock().NowMillis();
  const std::lock_guard lock(mutex_);
  for (const std::string& name : logs_with_entries_) {
    const auto found = record_.find(name);
    const LeftCheckpoint left = found == record_.end() ? LeftCheckpoint() : found->second;
    state.logs.push_back({name, left.LeftAt(), left.witnessed_at >= left.delivered_at});
  }
  for (const auto& [which, problem] : problems_) state.problems.push_back(problem);
  return state;
}

uint64_t LogWitnesses::Covered(const std::string& log) const {
  if (places_.places.empty()) return UINT64_MAX;
  const std::lock_guard lock(mutex_);
  const auto found = record_.find(log);
  if (found == record_.end() || found->second.note.empty()) return 0;
  const Result<NoteParts> parts = SplitNote(found->second.note);
  if (!parts.ok()) return 0;
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(parts->text);
  return parsed.ok() ? parsed->checkpoint.size : 0;
}

}  // namespace strongroom
