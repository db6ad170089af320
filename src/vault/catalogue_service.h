// CatalogueService: reading and changing the catalogue, recorded like everything else.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>

#include "audit/receipt.h"
#include "vault/catalogue.h"
#include "vault/gate.h"

namespace strongroom {

// Any thread.
class CatalogueService {
 public:
  // Reads the stored catalogue.
  static Result<std::unique_ptr<CatalogueService>> Open(Gate& gate);

  // The snapshot in force, for the services of the vault.
  CataloguePtr Current() const { return std::atomic_load(&current_); }

  Receipted<CataloguePtr> Read(const Caller& caller) const;
  // Adds a field, or changes what may change of it (purposes, legal basis, retention, mask, notice, recipients,
  // sensitivity upwards).  Type, search and repetition of a field in use stay: kFieldExists says so.
  Receipted<FieldDef> PutField(const Caller& caller, FieldDef field);
  // Adds or replaces.  kFieldUnknown when it lists a field the catalogue lacks.
  Receipted<CollectionPoint> PutCollectionPoint(const Caller& caller, CollectionPoint point);

 private:
  explicit CatalogueService(Gate& gate) : gate_(gate) {}
  Gate& gate_;
  std::mutex change_mutex_;  // one change at a time; documents are conditional as well
  CataloguePtr current_;
};

}  // namespace strongroom
