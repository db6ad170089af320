#include "vault/house.h"

#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kCompartmentsDocument = "compartments";
}  // namespace

House::House(std::unique_ptr<Room> office, std::vector<std::unique_ptr<Room>> compartments, const Clock& clock,
             Random& random, std::shared_ptr<ServerView> view, std::unique_ptr<FleetRows> fleet)
    : view_(view != nullptr ? std::move(view) : std::make_shared<ServerView>(clock)),
      fleet_(std::move(fleet)),
      office_(std::move(office)),
      compartments_(std::move(compartments)),
      by_bucket_(kBucketCount, nullptr),
      clock_(clock),
      random_(random),
      codes_(office_->sealed->ring().Derive("strongroom routing key v1")) {
  for (const auto& room : compartments_) {
    for (uint32_t bucket = room->info.first_bucket; bucket <= room->info.last_bucket; ++bucket)
      by_bucket_[bucket] = room.get();
  }
}

Status House::CheckDuty() const {
  if (on_duty()) return Status::Ok();
  return Status(Reason::kStorageConflict, "another server is on duty for this; 'strongroom servers' says which");
}

Result<Room*> House::RoomByName(std::string_view name) const {
  if (name.empty() && !compartments_.empty()) return compartments_.front().get();
  for (const auto& room : compartments_) {
    if (room->info.name == name) return room.get();
  }
  return Status(Reason::kCompartmentUnknown, "there is no compartment of this name; 'strongroom status' lists them");
}

Room* House::RoomOf(CustomerId customer) const { return by_bucket_[BucketOf(customer)]; }

Room* House::RoomById(CompartmentId id) const {
  for (const auto& room : compartments_) {
    if (room->info.id == id) return room.get();
  }
  return nullptr;
}

// Generations grow with every move: a row of an earlier stay, which the customer has come back to, ends the way.
Result<House::Whereabouts> House::Follow(CustomerId customer) const {
  Whereabouts now;
  now.room = RoomOf(customer);
  while (now.room != nullptr) {
    ASSIGN_OR_RETURN(const std::optional<Departure> departure, now.room->customer_keys->DepartureOf(customer));
    now.leaving = departure.has_value() && departure->state == DepartureState::kLeaving;
    if (now.leaving || !departure.has_value() || departure->generation <= now.left) return now;
    now.left = departure->generation;
    now.room = RoomById(departure->to);
    if (now.room == nullptr) {
      return Status(Reason::kDataCorrupt, "a customer was moved to a compartment that is not there");
    }
  }
  return now;
}

Result<Room*> House::WhereIs(CustomerId customer) const {
  ASSIGN_OR_RETURN(const Whereabouts now, Follow(customer));
  return now.room;
}

CustomerId House::DrawCustomerId(const Room& room) const {
  constexpr uint64_t kRandomMask = (1ull << (64 - kBucketBits)) - 1;
  const uint64_t buckets = room.info.last_bucket - room.info.first_bucket + 1;
  const uint64_t bucket = room.info.first_bucket + random_.Below(buckets);
  uint64_t tail = 0;
  while (tail == 0) tail = random_.NextU64() & kRandomMask;  // zero marks tokens with several owners
  return bucket << (64 - kBucketBits) | tail;
}

Result<std::vector<CompartmentInfo>> House::ReadCompartments(const SealedStore& office) {
  ASSIGN_OR_RETURN(const std::optional<Document> document, office.GetDocument(Table::kHouse, kCompartmentsDocument));
  if (!document.has_value()) return Status(Reason::kNotInitialised, "the office does not list any compartments");
  ByteReader reader(document->content);
  const uint8_t version = reader.U8();
  std::vector<CompartmentInfo> compartments(std::min<uint64_t>(reader.Varint(), kBucketCount));
  for (CompartmentInfo& info : compartments) {
    info.name = std::string(reader.Prefixed());
    info.id = reader.U32();
    info.first_bucket = reader.U16();
    info.last_bucket = reader.U16();
    if (info.first_bucket == 0 || info.last_bucket >= kBucketCount || info.first_bucket > info.last_bucket) {
      return Status(Reason::kDataCorrupt, "a compartment's range of buckets is impossible");
    }
  }
  RETURN_IF_ERROR(reader.Finish("the list of compartments"));
  if (version != kFormatVersion) return Status(Reason::kDataCorrupt, "the list of compartments is of a newer format");
  return compartments;
}

Status House::WriteCompartments(const SealedStore& office, SealedBatch& batch,
                                const std::vector<CompartmentInfo>& compartments) {
  Bytes content;
  ByteWriter writer(content);
  writer.U8(kFormatVersion);
  writer.Varint(compartments.size());
  for (const CompartmentInfo& info : compartments) {
    writer.Prefixed(info.name);
    writer.U32(info.id);
    writer.U16(static_cast<uint16_t>(info.first_bucket));
    writer.U16(static_cast<uint16_t>(info.last_bucket));
  }
  return office.OverwriteDocument(batch, Table::kHouse, kCompartmentsDocument, content);
}

}  // namespace strongroom
