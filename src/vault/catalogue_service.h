// CatalogueService: reading and changing the catalogue, recorded like everything else.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

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

  // The stored catalogue comes into force: another server may have changed it.
  Status Refresh();

  Receipted<CataloguePtr> Read(const Caller& caller) const;
  // Adds a field, or changes what may change of it (purposes, legal basis, retention, mask, notice, recipients,
  // sensitivity upwards).  Type and repetition of a field in use stay: kFieldExists says so.  Another search, range,
  // region or national id begins to make the index anew (vault/index_jobs.h); while one is being made they stay:
  // kIndexBuilding.
  Receipted<FieldDef> PutField(const Caller& caller, FieldDef field);
  // Adds or replaces.  kFieldUnknown when it lists a field the catalogue lacks.
  Receipted<CollectionPoint> PutCollectionPoint(const Caller& caller, CollectionPoint point);

  // For the job that makes indexes anew.
  // Whether somebody still works with a catalogue from before a change: whoever does may yet write rows by the rule
  // before.
  bool OlderSnapshotsInUse();
  // Every row is by the rule in force now: forgets the one before, unless it is of another change.
  Status FinishRebuilding(FieldId field, uint64_t change);
  void NoteProgress(FieldId field, int percent);
  int ProgressOf(FieldId field) const;  // percent

 private:
  explicit CatalogueService(Gate& gate) : gate_(gate) {}
  Status RefreshLocked();
  void Swap(std::vector<FieldDef> fields, std::vector<CollectionPoint> points);
  Gate& gate_;
  std::mutex change_mutex_;  // one change at a time; documents are conditional as well
  CataloguePtr current_;
  std::vector<std::weak_ptr<const Catalogue>> older_;  // under change_mutex_
  mutable std::mutex progress_mutex_;
  std::map<FieldId, int> progress_;
};

}  // namespace strongroom
