// LastUse: on which day each principal last used which kind of data, and each field was last shown.
//
// Made of the audit logs, from where it read them last: a look costs what was added since, and whatever it says is also
// in the log.  Kept as one document (docs/formats/last-use.md).  It asks nobody for permission and is no service
// itself: reviews and the score stand on it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "audit/entry.h"
#include "vault/catalogue_service.h"
#include "vault/house.h"

namespace strongroom {

// Numbers are part of the format.
enum class UseKind : uint8_t { kSignIn = 1, kRead = 2, kShow = 3, kExport = 4, kOther = 5 };

constexpr int64_t kMillisOfDay = 86'400'000;

struct Uses {
  static constexpr uint8_t kNoField = 255;
  using Key = std::pair<UseKind, uint8_t>;  // and sensitivity

  std::map<CompartmentId, uint64_t> next;                    // place in each log
  std::map<PrincipalId, std::map<Key, uint32_t>> by_person;  // days since 1970
  std::map<FieldId, uint32_t> by_field;

  // The newest day of any use that touches data; nothing: never.
  std::optional<uint32_t> LastDataDay(PrincipalId id) const;
  std::optional<uint32_t> LastDay(PrincipalId id, UseKind kind) const;
  // Counts what one entry says.
  void Add(const AuditEntry& entry, const Catalogue& catalogue);

  Bytes Encode() const;
  static Result<Uses> Decode(ByteView bytes);  // kDataCorrupt
  bool operator==(const Uses&) const = default;
};
using UsesPtr = std::shared_ptr<const Uses>;

// Any thread.
class LastUse {
 public:
  // Entries read before what was counted is written down.
  static constexpr uint64_t kUnwrittenEntries = 50'000;

  // Both must outlive this.  What does not decode is made again.
  static Result<std::unique_ptr<LastUse>> Open(House& house, const CatalogueService& catalogue);

  // Reads what the logs have gained, at most `most` entries of each; then answers what is known.  Waits for the disk.
  Result<UsesPtr> CatchUp(uint64_t most = 1'000'000);

 private:
  LastUse(House& house, const CatalogueService& catalogue) : house_(house), catalogue_(catalogue) {}
  Status Follow(const Room& room, CompartmentId id, uint64_t most, Uses& uses) const;
  Status Write(const Uses& uses);

  House& house_;
  const CatalogueService& catalogue_;
  std::mutex mutex_;
  UsesPtr uses_ = std::make_shared<const Uses>();
  UsesPtr written_ = uses_;
};

}  // namespace strongroom
