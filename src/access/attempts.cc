#include "access/attempts.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "access/places.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kMacPurpose = "strongroom attempts v1";
constexpr uint8_t kFormatVersion = 1;
constexpr uint32_t kMostInARow = 100;  // NIST SP 800-63B-4, 3.2.2
constexpr size_t kMostBuckets = 100'000;
constexpr size_t kMostPerCommit = 1'000;
constexpr size_t kPage = 1'000;
constexpr int64_t kFirstDelayMillis = 1'000;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kKeepMillis = 24 * 60 * kMinute;

}  // namespace

struct Attempts::Allowance {
  double free = 0;             // failures without a delay
  int64_t longest_millis = 0;  // delay
  int64_t forgive_millis = 0;  // one failure is forgiven in this time
  bool counts_in_a_row = false;
};

// A network of strangers may be an office of many: it takes more failures, and forgets them sooner.
const Attempts::Allowance& Attempts::AllowanceOf(AttemptKind kind, Scope scope) {
  static constexpr Allowance kDevice{10, 15 * kMinute, 10 * kMinute, true};
  static constexpr Allowance kAccountFromNetwork{5, 60 * kMinute, 30 * kMinute, false};
  static constexpr Allowance kAccount{30, 15 * kMinute, 10 * kMinute, true};
  static constexpr Allowance kFactorOfAccount{10, 60 * kMinute, 30 * kMinute, true};
  static constexpr Allowance kNetwork{30, 15 * kMinute, 2 * kMinute, false};
  switch (scope) {
    case Scope::kDevice:
      return kDevice;
    case Scope::kAccountFromNetwork:
      return kAccountFromNetwork;
    case Scope::kAccount:
      return kind == AttemptKind::kFactor ? kFactorOfAccount : kAccount;
    case Scope::kNetwork:
      return kNetwork;
  }
  return kAccountFromNetwork;
}

size_t Attempts::DigestHash::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

Attempts::Attempts(House& house)
    : house_(house),
      mac_(house.office().sealed->ring().Derive(kMacPurpose)),
      refusals_(*house.office().journal, house.clock()) {}

Result<std::unique_ptr<Attempts>> Attempts::Open(House& house) {
  std::unique_ptr<Attempts> attempts(new Attempts(house));
  RETURN_IF_ERROR(attempts->Read());
  return attempts;
}

Status Attempts::Read() {
  ASSIGN_OR_RETURN(buckets_, ReadStored());
  return Status::Ok();
}

// What was counted elsewhere counts here; what was counted here and is not written yet is not lost by it.  One that was
// forgiven elsewhere is not told from one that was not written yet: it stays until it is forgiven here, with time.
Status Attempts::Refresh() {
  ASSIGN_OR_RETURN(const auto stored, ReadStored());
  std::lock_guard lock(mutex_);
  for (const auto& [name, theirs] : stored) {
    Bucket& ours = buckets_[name];
    ours.level = std::max(ours.level, theirs.level);
    ours.in_a_row = std::max(ours.in_a_row, theirs.in_a_row);
    ours.at = std::max(ours.at, theirs.at);
  }
  return Status::Ok();
}

Result<std::unordered_map<Digest, Attempts::Bucket, Attempts::DigestHash>> Attempts::ReadStored() const {
  std::unordered_map<Digest, Bucket, DigestHash> buckets;
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office().ListDocuments(Table::kAttempt, after, kPage));
    for (const ListedDocument& document : page) {
      ByteReader reader(document.content);
      const uint8_t version = reader.U8();
      Digest name{};
      const ByteView raw = reader.Raw(name.size());
      std::copy(raw.begin(), raw.end(), name.begin());
      Bucket bucket;
      bucket.level = static_cast<double>(reader.U32()) / 1000;
      bucket.in_a_row = reader.U32();
      bucket.at = static_cast<UnixMillis>(reader.U64());
      RETURN_IF_ERROR(reader.Finish("a count of failed sign-ins"));
      if (version != kFormatVersion)
        return Status(Reason::kDataCorrupt, "a count of failed sign-ins is of a newer format");
      buckets[name] = bucket;
    }
    if (page.size() < kPage) return buckets;
    after = page.back().row_key;
  }
}

Digest Attempts::NameOf(AttemptKind kind, Scope scope, std::string_view who, ByteView place) const {
  Bytes name;
  ByteWriter writer(name);
  writer.U8(static_cast<uint8_t>(kind));
  writer.U8(static_cast<uint8_t>(scope));
  writer.Prefixed(who);
  writer.Prefixed(place);
  return mac_.Compute({name});
}

std::vector<Attempts::Place> Attempts::StrangersPlaces(AttemptKind kind, std::string_view who,
                                                       const IpAddress& address) const {
  const Bytes network = NetworkOf(address);
  std::vector<Place> places = {{Scope::kNetwork, NameOf(kind, Scope::kNetwork, {}, network)}};
  if (who.empty()) return places;  // a guess at no account in particular
  places.push_back({Scope::kAccount, NameOf(kind, Scope::kAccount, who, {})});
  places.push_back({Scope::kAccountFromNetwork, NameOf(kind, Scope::kAccountFromNetwork, who, network)});
  return places;
}

bool Attempts::IsExhausted(const Digest& name) const {
  const auto found = buckets_.find(name);
  return found != buckets_.end() && found->second.in_a_row >= kMostInARow;
}

void Attempts::Touch(const Digest& name, Bucket& bucket) {
  if (!bucket.changed) changed_.push_back(name);
  bucket.changed = true;
}

// A clock that went back forgives nothing.
double Attempts::LevelAt(const Bucket& bucket, const Allowance& allowance, UnixMillis now) {
  const auto passed = static_cast<double>(std::max<int64_t>(now - bucket.at, 0));
  return std::max(0.0, bucket.level - passed / static_cast<double>(allowance.forgive_millis));
}

bool Attempts::MayTry(const Bucket& bucket, const Allowance& allowance, UnixMillis now) {
  if (allowance.counts_in_a_row && bucket.in_a_row >= kMostInARow) return false;
  const double over = bucket.level - allowance.free;
  if (over < 0) return true;
  const double delay = std::min(static_cast<double>(allowance.longest_millis),
                                static_cast<double>(kFirstDelayMillis) * std::exp2(std::min(over, 30.0)));
  return static_cast<double>(now - bucket.at) >= delay;
}

Result<Attempts::Guess> Attempts::Begin(AttemptKind kind, std::string_view who, const AttemptFrom& from) {
  Guess guess;
  guess.account = NameOf(kind, Scope::kAccount, who, {});
  if (from.known_device.has_value()) guess.device = NameOf(kind, Scope::kDevice, who, View(*from.known_device));
  const UnixMillis now = house_.clock().NowMillis();
  const std::lock_guard lock(mutex_);
  const bool has_own_allowance = guess.device.has_value() && !IsExhausted(*guess.device);
  const std::vector<Place> places = has_own_allowance ? std::vector<Place>{{Scope::kDevice, *guess.device}}
                                                      : StrangersPlaces(kind, who, from.address);
  for (const Place& place : places) {
    const auto found = buckets_.find(place.name);
    if (found != buckets_.end() && !MayTry(found->second, AllowanceOf(kind, place.scope), now)) {
      return Status(Reason::kSignInRefused);
    }
  }
  if (buckets_.size() + places.size() > kMostBuckets) Forgive();
  for (const Place& place : places) {
    Bucket& bucket = buckets_[place.name];
    bucket.level = LevelAt(bucket, AllowanceOf(kind, place.scope), now) + 1;
    ++bucket.in_a_row;
    bucket.at = now;
    Touch(place.name, bucket);
    guess.buckets.push_back(place.name);
  }
  return guess;
}

void Attempts::GiveBack(const Digest& name, double levels, bool succeeded) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return;
  Bucket& bucket = found->second;
  bucket.level = std::max(0.0, bucket.level - levels);
  bucket.in_a_row = succeeded ? 0 : bucket.in_a_row - std::min(bucket.in_a_row, 1u);
  Touch(name, bucket);
}

void Attempts::Succeeded(const Guess& guess) {
  const std::lock_guard lock(mutex_);
  for (const Digest& name : guess.buckets) GiveBack(name, 1, true);
  if (!guess.device.has_value()) return;
  // Its owner is in: what strangers guessed in a row ends, their delays go on.
  GiveBack(*guess.device, 0, true);
  GiveBack(guess.account, 0, true);
}

void Attempts::Withdrawn(const Guess& guess) {
  const std::lock_guard lock(mutex_);
  for (const Digest& name : guess.buckets) GiveBack(name, 1, false);
}

bool Attempts::Record(AuditEntry entry, const RefusalLog::AddFn& add) {
  return refusals_.Record(std::move(entry), [&](SealedBatch& batch) {
    AddChanged(batch);
    if (add) add(batch);
  });
}

void Attempts::Forget(AttemptKind kind, std::string_view who) {
  const Digest name = NameOf(kind, Scope::kAccount, who, {});
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return;
  found->second.level = 0;
  found->second.in_a_row = 0;
  Touch(name, found->second);
}

// Makes room: first what time has forgiven, then the lowest.  A flood of new names so cannot push out an account that
// is being guessed at.  Under mutex_.
void Attempts::Forgive() {
  const UnixMillis now = house_.clock().NowMillis();
  const auto drop = [this](auto it) {
    forgotten_.push_back(it->first);
    return buckets_.erase(it);
  };
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    it = now - it->second.at > kKeepMillis && it->second.in_a_row < kMostInARow ? drop(it) : std::next(it);
  }
  for (double level = 2; buckets_.size() > kMostBuckets / 2 && level < 64; level *= 2) {
    for (auto it = buckets_.begin(); it != buckets_.end();) {
      it = it->second.level < level && it->second.in_a_row < kMostInARow ? drop(it) : std::next(it);
    }
  }
}

void Attempts::AddChanged(SealedBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (const Digest& name : forgotten_) office().DeleteDocument(batch, Table::kAttempt, View(name));
  forgotten_.clear();
  for (size_t added = 0; added < kMostPerCommit && !changed_.empty(); ++added) {
    const Digest name = changed_.back();
    changed_.pop_back();
    const auto found = buckets_.find(name);
    if (found == buckets_.end()) continue;
    found->second.changed = false;
    // Should it not seal, memory still counts.
    office().OverwriteDocument(batch, Table::kAttempt, View(name), Encoded(name, found->second)).IgnoreError();
  }
}

Bytes Attempts::Encoded(const Digest& name, const Bucket& bucket) {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.Raw(View(name));
  writer.U32(static_cast<uint32_t>(std::min(bucket.level, 1e6) * 1000));
  writer.U32(bucket.in_a_row);
  writer.U64(static_cast<uint64_t>(bucket.at));
  return content;
}

}  // namespace strongroom
