// Ceiling: how many people may see everything, and how many do.
//
// Counted are people who have not left, invited ones too, and API keys made for people.  A change that would put one
// more above the ceiling is refused; whoever is above it already (the policy or the ceiling changed) stays, and the
// review and the score say so.
#pragma once

#include <memory>
#include <vector>

#include "access/access_settings.h"
#include "access/api_keys.h"
#include "access/sight.h"
#include "access/staff_directory.h"
#include "vault/catalogue_service.h"

namespace strongroom {

SightOf WhomOf(const StaffMember& member, UnixMillis now);
SightOf WhomOf(const ApiKeyInfo& key);
bool IsInForce(const ApiKeyInfo& key, UnixMillis now);  // neither revoked nor expired

// Any thread.
class Ceiling {
 public:
  // All must outlive this.
  Ceiling(Gate& gate, const StaffDirectory& directory, const AccessSettingsService& settings,
          const CatalogueService& catalogue, const ApiKeys& keys)
      : gate_(gate), directory_(directory), settings_(settings), catalogue_(catalogue), keys_(keys) {}

  // By the policy and the catalogue of this moment.
  SightFinder Finder() const;
  size_t CountWhoSeeEverything() const;
  // kCeilingReached when `after` would see everything, `before` (null: somebody new) did not, and as many as may do
  // already.  Call from within a change of the directory: then two changes at once cannot both pass.
  Status Check(const StaffMember* before, const StaffMember& after) const;

 private:
  size_t Count(const SightFinder& finder, PrincipalId but_not) const;
  UnixMillis now() const { return gate_.house().clock().NowMillis(); }

  Gate& gate_;
  const StaffDirectory& directory_;
  const AccessSettingsService& settings_;
  const CatalogueService& catalogue_;
  const ApiKeys& keys_;
};

}  // namespace strongroom
