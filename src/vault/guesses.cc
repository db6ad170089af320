#include "vault/guesses.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kMarkPurpose = "strongroom guess networks v1";

// One minute after the first that is not free, then twice as long each time.
int64_t WaitAfter(uint32_t wrong, uint32_t free, int64_t longest) {
  if (wrong <= free) return 0;
  const uint32_t doublings = std::min<uint32_t>(wrong - free - 1, 20);
  return std::min(longest, Guesses::kFirstWaitMillis << doublings);
}

Guesses::NetworkMark MarkOf(const Mac& mac, const IpAddress& address) {
  const IpNetwork network = IpNetwork::Around(address);
  const auto bits = static_cast<char>(network.prefix_bits);
  const Digest digest = mac.Compute({View(network.base.bytes), ByteView(&bits, 1)});
  Guesses::NetworkMark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

Status Waits(UnixMillis until, UnixMillis now) {
  const int64_t seconds = (until - now + 999) / 1000;
  return Status(Reason::kRateLimited,
                "too many wrong answers for this customer; try again in " + std::to_string(seconds) + " seconds");
}

Bytes ItemOf(FieldId field) {
  Bytes item;
  ByteWriter(item).U16(field);
  return item;
}

}  // namespace

// --- counting --------------------------------------------------------------------------------------------------------

const Guesses::Network* Guesses::Find(const NetworkMark& mark) const {
  const auto found =
      std::find_if(networks.begin(), networks.end(), [&](const Network& network) { return network.mark == mark; });
  return found == networks.end() ? nullptr : &*found;
}

Guesses::Network& Guesses::Front(const NetworkMark& mark) {
  Network network;
  network.mark = mark;
  const auto found =
      std::find_if(networks.begin(), networks.end(), [&](const Network& one) { return one.mark == mark; });
  if (found != networks.end()) {
    network = *found;
    networks.erase(found);
  } else if (networks.size() >= kMaxNetworks) {
    // Of those that were never right the one used least recently, else of all.
    const auto never =
        std::find_if(networks.rbegin(), networks.rend(), [](const Network& one) { return one.last_right == 0; });
    networks.erase(never == networks.rend() ? std::prev(networks.end()) : std::prev(never.base()));
  }
  return *networks.insert(networks.begin(), network);
}

UnixMillis Guesses::WaitsUntil(const NetworkMark& mark, UnixMillis now) const {
  UnixMillis until = 0;
  const Network* const network = Find(mark);
  if (network != nullptr) until = network->last_wrong + WaitAfter(network->wrong, kFree, kLongestWaitMillis);
  const bool known = network != nullptr && network->last_right != 0;
  if (!known && now - strange_last < kQuietMillis) {
    until = std::max(until, strange_last + WaitAfter(strange, kFreeStrange, kLongestStrangeWaitMillis));
  }
  return until > now ? until : 0;
}

void Guesses::AddWrong(const NetworkMark& mark, UnixMillis now) {
  Network& network = Front(mark);
  network.wrong = std::min<uint32_t>(network.wrong + 1, 1u << 20);
  network.last_wrong = now;
  if (network.last_right != 0) return;
  if (now - strange_last >= kQuietMillis) strange = 0;
  strange = std::min<uint32_t>(strange + 1, 1u << 20);
  strange_last = now;
}

bool Guesses::AddRight(const NetworkMark& mark, UnixMillis now) {
  const Network* const known = Find(mark);
  // Where the customer is usually right nothing is written; the list learns of it once a month.
  constexpr int64_t kMonthMillis = 30 * 24 * 3'600'000LL;
  if (known != nullptr && known->wrong == 0 && known->last_right != 0 && now - known->last_right < kMonthMillis) {
    return false;
  }
  Network& network = Front(mark);
  network.wrong = 0;
  network.last_wrong = 0;
  network.last_right = now;
  return true;
}

// --- as it is stored -------------------------------------------------------------------------------------------------

Bytes Guesses::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.U32(strange);
  writer.U64(static_cast<uint64_t>(strange_last));
  writer.Varint(networks.size());
  for (const Network& network : networks) {
    writer.Raw(View(network.mark));
    writer.U32(network.wrong);
    writer.U64(static_cast<uint64_t>(network.last_wrong));
    writer.U64(static_cast<uint64_t>(network.last_right));
  }
  return out;
}

Result<Guesses> Guesses::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.U8();
  Guesses guesses;
  guesses.strange = reader.U32();
  guesses.strange_last = static_cast<UnixMillis>(reader.U64());
  const uint64_t count = reader.Varint();
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    Network network;
    const ByteView mark = reader.Raw(network.mark.size());
    std::copy(mark.begin(), mark.end(), network.mark.begin());
    network.wrong = reader.U32();
    network.last_wrong = static_cast<UnixMillis>(reader.U64());
    network.last_right = static_cast<UnixMillis>(reader.U64());
    guesses.networks.push_back(network);
  }
  RETURN_IF_ERROR(reader.Finish("a count of wrong answers"));
  if (version != kFormatVersion || count > kMaxNetworks) {
    return Status(Reason::kDataCorrupt, "a count of wrong answers holds an impossible value");
  }
  return guesses;
}

// --- of one request --------------------------------------------------------------------------------------------------

Result<GuessCount> GuessCount::Begin(const SealedStore& sealed, CustomerId customer, const CustomerKey& key,
                                     FieldId field, const IpAddress& from, UnixMillis now) {
  GuessCount count(sealed, key);
  count.customer_ = customer;
  count.item_ = ItemOf(field);
  count.now_ = now;
  count.mark_ = MarkOf(Mac(sealed.ring().Derive(kMarkPurpose)), from);
  ASSIGN_OR_RETURN(const std::optional<OpenItem> item, sealed.GetItem(customer, key, kGuessItemKind, count.item_));
  if (item.has_value()) {
    count.version_ = item->version;
    ASSIGN_OR_RETURN(count.guesses_, Guesses::Decode(item->content.view()));
  }
  const UnixMillis until = count.guesses_.WaitsUntil(count.mark_, now);
  if (until != 0) return Waits(until, now);
  return count;
}

Status GuessCount::Add(SealedBatch& batch, bool right) const {
  Guesses after = guesses_;
  if (!right) {
    after.AddWrong(mark_, now_);
  } else if (!after.AddRight(mark_, now_)) {
    return Status::Ok();
  }
  sealed_->ExpectItem(batch, customer_, kGuessItemKind, item_, version_);
  return sealed_->PutItem(batch, customer_, *key_, kGuessItemKind, item_, after.Encode());
}

// --- of nobody -------------------------------------------------------------------------------------------------------

Status NobodysGuesses::Count(uint64_t nobody, FieldId field, const IpAddress& from, UnixMillis now) {
  const uint64_t name = nobody ^ (uint64_t{field} << 48);
  // Which network it is need not be hidden in memory.
  const Digest digest = Sha256(View(IpNetwork::Around(from).base.bytes));
  Guesses::NetworkMark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kMaxKept && !kept_.contains(name)) kept_.clear();
  Guesses& guesses = kept_[name];
  const UnixMillis until = guesses.WaitsUntil(mark, now);
  if (until != 0) return Waits(until, now);
  guesses.AddWrong(mark, now);
  return Status::Ok();
}

}  // namespace strongroom
