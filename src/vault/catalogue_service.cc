#include "vault/catalogue_service.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"

namespace strongroom {
namespace {

constexpr size_t kPage = 1000;

template <typename T, typename FromJson>
Status LoadAll(const SealedStore& office, Table table, FromJson from_json, std::vector<T>& out) {
  Bytes after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ListedDocument> page, office.ListDocuments(table, after, kPage));
    for (const ListedDocument& document : page) {
      ASSIGN_OR_RETURN(const JsonDocument json, JsonDocument::ParseObject(document.content));
      ASSIGN_OR_RETURN(T item, from_json(json.root()));
      out.push_back(std::move(item));
    }
    if (page.size() < kPage) return Status::Ok();
    after = page.back().row_key;
  }
}

Result<CataloguePtr> Load(const SealedStore& office) {
  std::vector<FieldDef> fields;
  std::vector<CollectionPoint> points;
  RETURN_IF_ERROR(LoadAll(office, Table::kField, FieldFromJson, fields));
  RETURN_IF_ERROR(LoadAll(office, Table::kCollectionPoint, CollectionPointFromJson, points));
  return std::make_shared<const Catalogue>(std::move(fields), std::move(points));
}

// Rules that make the same rows: without a search there are none.
bool MakeSameRows(const IndexRule& one, const IndexRule& other) {
  return one == other || (one.search == SearchKind::kNone && other.search == SearchKind::kNone);
}

// A field in use keeps what its stored values and tokens were made with; its index can be made anew.
Status CheckChange(const FieldDef& old_field, const FieldDef& new_field) {
  if (old_field.type != new_field.type || old_field.repeated != new_field.repeated) {
    return Status(
        Reason::kFieldExists,
        "field '" + old_field.name + "' exists with another type or repetition, which cannot change; add a new field");
  }
  if (old_field.replaced.has_value() && !MakeSameRows(old_field.Rule(), new_field.Rule())) {
    return Status(Reason::kIndexBuilding, "the index of field '" + old_field.name +
                                              "' is being built; change how it is searched when that is done");
  }
  if (new_field.sensitivity < old_field.sensitivity) {
    return Status(Reason::kFieldExists,
                  "field '" + old_field.name + "' exists with a higher sensitivity, which cannot be lowered");
  }
  return Status::Ok();
}

uint64_t DrawChange(Random& random) {
  Bytes drawn(8, 0);
  random.Fill(drawn.data(), drawn.size());
  return ByteReader(drawn).U64() >> 1;  // as JSON holds it
}

Bytes ContentOf(const FieldDef& field) {
  Bytes content;
  JsonWriter json(content);
  FieldToJson(field, json);
  return content;
}

Bytes ContentOf(const Catalogue& catalogue) {
  Bytes content;
  for (const FieldDef& field : catalogue.fields()) content += ContentOf(field);
  for (const CollectionPoint& point : catalogue.points()) {
    JsonWriter json(content);
    CollectionPointToJson(point, json);
  }
  return content;
}

}  // namespace

Result<std::unique_ptr<CatalogueService>> CatalogueService::Open(Gate& gate) {
  std::unique_ptr<CatalogueService> service(new CatalogueService(gate));
  ASSIGN_OR_RETURN(service->current_, Load(*gate.house().office().sealed));
  return service;
}

Status CatalogueService::Refresh() {
  std::lock_guard lock(change_mutex_);
  return RefreshLocked();
}

Status CatalogueService::RefreshLocked() {
  ASSIGN_OR_RETURN(CataloguePtr stored, Load(*gate_.house().office().sealed));
  if (ContentOf(*stored) == ContentOf(*Current())) return Status::Ok();
  Swap(stored->fields(), stored->points());
  return Status::Ok();
}

Receipted<CataloguePtr> CatalogueService::Read(const Caller& caller) const {
  Permit permit = gate_.Authorise(caller, Action::kCatalogueRead);
  if (!permit.granted()) return permit.Refuse<CataloguePtr>();
  return permit.Finish(Current());
}

Receipted<FieldDef> CatalogueService::PutField(const Caller& caller, FieldDef field) {
  Permit permit = gate_.Authorise(caller, Action::kCatalogueChange);
  if (!permit.granted()) return permit.Refuse<FieldDef>();
  if (const Status fits = CheckField(field); !fits.ok()) return permit.Fail<FieldDef>(fits);
  permit.entry().detail = "field " + field.name;

  std::lock_guard lock(change_mutex_);
  const SealedStore& office = *gate_.house().office().sealed;
  const Result<StoreVersion> change = office.ChangeOf(Table::kField);
  if (!change.ok()) return permit.Fail<FieldDef>(change.status());
  if (gate_.house().view().shared()) {
    if (const Status read = RefreshLocked(); !read.ok()) return permit.Fail<FieldDef>(read);
  }
  const CataloguePtr before = Current();
  StoreVersion expected = kAbsent;
  field.replaced.reset();  // not the caller's to say
  if (const FieldDef* old_field = before->FindField(field.name)) {
    if (const Status fits = CheckChange(*old_field, field); !fits.ok()) return permit.Fail<FieldDef>(fits);
    field.id = old_field->id;
    field.replaced = old_field->replaced;
    if (!MakeSameRows(old_field->Rule(), field.Rule())) {
      field.replaced = ReplacedRule{old_field->Rule(), DrawChange(gate_.house().random())};
      NoteProgress(field.id, 0);
      permit.entry().detail +=
          ", search " + std::string(NameOf(old_field->search)) + " to " + std::string(NameOf(field.search));
    }
    const auto stored = office.GetDocument(Table::kField, field.name);
    if (!stored.ok()) return permit.Fail<FieldDef>(stored.status());
    if (stored->has_value()) expected = (*stored)->version;
  } else {
    FieldId highest = 0;
    for (const FieldDef& existing : before->fields()) highest = std::max(highest, existing.id);
    if (highest == UINT16_MAX)
      return permit.Fail<FieldDef>(Status(Reason::kFieldInvalid, "the catalogue holds 65,535 fields and no more"));
    field.id = static_cast<FieldId>(highest + 1);
  }
  permit.entry().fields = {field.id};

  SealedBatch batch;
  if (const Status put = office.PutDocument(batch, Table::kField, field.name, ContentOf(field), expected); !put.ok()) {
    return permit.Fail<FieldDef>(put);
  }
  office.ExpectNoChangeSince(batch, Table::kField, *change);  // field ids are given once
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;

  std::vector<FieldDef> fields = before->fields();
  std::erase_if(fields, [&](const FieldDef& one) { return one.name == field.name; });
  fields.push_back(field);
  Swap(std::move(fields), before->points());
  return Receipted<FieldDef>(std::move(field), receipt);
}

Receipted<CollectionPoint> CatalogueService::PutCollectionPoint(const Caller& caller, CollectionPoint point) {
  Permit permit = gate_.Authorise(caller, Action::kCatalogueChange);
  if (!permit.granted()) return permit.Refuse<CollectionPoint>();
  if (const Status fits = CheckCollectionPoint(point); !fits.ok()) return permit.Fail<CollectionPoint>(fits);
  permit.entry().detail = "collection point " + point.name;

  std::lock_guard lock(change_mutex_);
  const CataloguePtr before = Current();
  for (const std::string& name : point.fields) {
    const Result<const FieldDef*> field = before->Field(name);
    if (!field.ok()) return permit.Fail<CollectionPoint>(field.status());
    permit.entry().fields.push_back((*field)->id);
  }
  Bytes content;
  JsonWriter json(content);
  CollectionPointToJson(point, json);
  SealedBatch batch;
  const SealedStore& office = *gate_.house().office().sealed;
  if (const Status put = office.OverwriteDocument(batch, Table::kCollectionPoint, point.name, content); !put.ok()) {
    return permit.Fail<CollectionPoint>(put);
  }
  const Receipt receipt = permit.Submit(std::move(batch), Reason::kOk);
  if (const Status written = receipt.Wait(); !written.ok()) return written;

  std::vector<CollectionPoint> points = before->points();
  std::erase_if(points, [&](const CollectionPoint& one) { return one.name == point.name; });
  points.push_back(point);
  Swap(before->fields(), std::move(points));
  return Receipted<CollectionPoint>(std::move(point), receipt);
}

// --- indexes made anew -----------------------------------------------------------------------------------------------

void CatalogueService::Swap(std::vector<FieldDef> fields, std::vector<CollectionPoint> points) {
  std::erase_if(older_, [](const std::weak_ptr<const Catalogue>& one) { return one.expired(); });
  older_.push_back(Current());
  std::atomic_store(&current_, CataloguePtr(std::make_shared<const Catalogue>(std::move(fields), std::move(points))));
}

bool CatalogueService::OlderSnapshotsInUse() {
  const std::lock_guard lock(change_mutex_);
  std::erase_if(older_, [](const std::weak_ptr<const Catalogue>& one) { return one.expired(); });
  return !older_.empty();
}

Status CatalogueService::FinishRebuilding(FieldId id, uint64_t change) {
  const std::lock_guard lock(change_mutex_);
  const CataloguePtr before = Current();
  const FieldDef* const stored_field = before->FindField(id);
  if (stored_field == nullptr || !stored_field->replaced.has_value() || stored_field->replaced->change != change)
    return Status::Ok();
  FieldDef field = *stored_field;
  field.replaced.reset();
  const Room& office = gate_.house().office();
  ASSIGN_OR_RETURN(const auto stored, office.sealed->GetDocument(Table::kField, field.name));
  SealedBatch batch;
  RETURN_IF_ERROR(office.sealed->PutDocument(batch, Table::kField, field.name, ContentOf(field),
                                             stored.has_value() ? stored->version : kAbsent));
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kSystem;
  entry.action = Action::kCatalogueChange;
  entry.decision = Decision::kPlain;
  entry.fields = {id};
  entry.detail = "field " + field.name + ", index built and proved";
  RETURN_IF_ERROR(office.journal->Submit(std::move(batch), std::move(entry)).Wait());
  std::vector<FieldDef> fields = before->fields();
  std::replace_if(
      fields.begin(), fields.end(), [id](const FieldDef& one) { return one.id == id; }, field);
  Swap(std::move(fields), before->points());
  return Status::Ok();
}

void CatalogueService::NoteProgress(FieldId field, int percent) {
  const std::lock_guard lock(progress_mutex_);
  progress_[field] = percent;
}

int CatalogueService::ProgressOf(FieldId field) const {
  const std::lock_guard lock(progress_mutex_);
  const auto found = progress_.find(field);
  return found == progress_.end() ? 0 : found->second;
}

}  // namespace strongroom
