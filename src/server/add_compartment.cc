#include "server/add_compartment.h"

#include <algorithm>
#include <utility>

#include "keys/key_ring.h"
#include "server/restore_mark.h"

namespace strongroom {
namespace {

constexpr uint32_t kBucketsPerCompartment = 256;

CompartmentId DrawId(const std::vector<CompartmentInfo>& infos, Random& random) {
  while (true) {
    const auto id = static_cast<CompartmentId>(random.NextU64());
    const bool taken =
        std::any_of(infos.begin(), infos.end(), [&](const CompartmentInfo& info) { return info.id == id; });
    if (id != kOffice && !taken) return id;
  }
}

}  // namespace

Status CheckCompartmentName(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 32 && name != "office" &&
                    std::all_of(name.begin(), name.end(),
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (good) return Status::Ok();
  return Status(Reason::kInvalidArgument, "a compartment's name is 1 to 32 of a-z, 0-9 and -, and not 'office'");
}

Result<CompartmentInfo> NextCompartment(const std::vector<CompartmentInfo>& infos, const std::string& name,
                                        Random& random) {
  RETURN_IF_ERROR(CheckCompartmentName(name));
  if (infos.size() >= kMostCompartments) {
    return Status(Reason::kInvalidArgument,
                  "a vault has at most " + std::to_string(kMostCompartments) + " compartments, and this one has them");
  }
  CompartmentInfo next;
  next.name = name;
  next.id = DrawId(infos, random);
  for (const CompartmentInfo& info : infos) {
    if (info.name == name) return Status(Reason::kInvalidArgument, "there is a compartment '" + name + "' already");
    next.first_bucket = std::max(next.first_bucket, info.last_bucket + 1);
  }
  next.last_bucket = next.first_bucket + kBucketsPerCompartment - 1;
  if (next.last_bucket >= kBucketCount)
    return Status(Reason::kInvalidArgument, "no range of codes is left for another compartment");
  return next;
}

Status AddCompartment(VaultFiles& files, const SecretBytes& root_key, const std::string& name, const Clock& clock,
                      Random& random) {
  RoomStores& office_stores = files.office();
  RETURN_IF_ERROR(RefuseUnfinishedRestore(*office_stores.keys));
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyRing> ring, KeyRing::Open(*office_stores.keys, root_key, kOffice));
  const SealedStore office(*office_stores.data, ring, nullptr, random);
  ASSIGN_OR_RETURN(std::vector<CompartmentInfo> infos, House::ReadCompartments(office));
  ASSIGN_OR_RETURN(const CompartmentInfo added, NextCompartment(infos, name, random));
  infos.push_back(added);
  RETURN_IF_ERROR(files.CheckApart(infos));

  // The stores first and the list last: broken off in between, nobody knows of them and nothing can be in them.
  ASSIGN_OR_RETURN(RoomStores * stores, files.Room(name, true));
  if (const Status made = KeyRing::Create(*stores->keys, root_key, added.id, random, clock.NowMillis()); !made.ok()) {
    if (made.reason() != Reason::kAlreadyInitialised) return made;
    return Status(Reason::kAlreadyInitialised, "stores named '" + name +
                                                   "' are there already, of an attempt that broke off or of a restored "
                                                   "copy: move them away, or take another name");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, Journal::Open(*office_stores.data, ring, clock, random, {}));
  SealedBatch batch;
  RETURN_IF_ERROR(House::WriteCompartments(office, batch, infos));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCompartmentAdd;
  entry.decision = Decision::kPlain;
  entry.detail = "compartment=" + name;
  return journal->Submit(std::move(batch), std::move(entry)).Wait();
}

}  // namespace strongroom
