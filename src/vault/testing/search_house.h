// A TestHouse whose catalogue has fields with a range and a fuzzy index.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "vault/testing/test_house.h"

namespace strongroom {

struct SearchHouse : TestHouse {
  // Besides the fields of FillCatalogue(): name (person_name, fuzzy), born (date_of_birth, range), score (number, range
  // from 0 to 1000 by 0.5, repeated).
  SearchHouse() {
    FillCatalogue();
    FieldDef name = FieldNamed("name", FieldType::kPersonName, SearchKind::kFuzzy);
    FieldDef born = FieldNamed("born", FieldType::kDateOfBirth, SearchKind::kRange);
    FieldDef score = FieldNamed("score", FieldType::kNumber, SearchKind::kRange);
    score.range = {"0", "1000", "0.5"};
    score.repeated = true;
    CollectionPoint point = *catalogue->Current()->FindPoint(kPoint);
    for (FieldDef* field : {&name, &born, &score}) {
      point.fields.push_back(field->name);
      const Status put = Put(std::move(*field));
      EXPECT_TRUE(put.ok()) << put.ToString();
    }
    EXPECT_TRUE(catalogue->PutCollectionPoint(As("privacy-officer"), std::move(point)).Wait().ok());
  }

  static FieldDef FieldNamed(std::string name, FieldType type, SearchKind search) {
    FieldDef field;
    field.name = std::move(name);
    field.type = type;
    field.purposes = {"support", "delivery"};
    field.legal_basis = "contract";
    field.search = search;
    return field;
  }

  Status Put(FieldDef field) { return catalogue->PutField(As("privacy-officer"), std::move(field)).Wait().status(); }
  // The field as it is, to be changed and put.
  FieldDef Get(std::string_view name) const { return *catalogue->Current()->FindField(name); }

  std::string Make(std::string_view external_id, std::vector<ValueIn> values) {
    const Result<CreateAnswer> made =
        customers->Create(As("application"), RequestFor(external_id, std::move(values))).Wait();
    EXPECT_TRUE(made.ok()) << made.status().ToString();
    return made.ok() ? made->code : std::string();
  }

  Status Set(std::string_view code, std::vector<ValueIn> values) {
    ChangeRequest change;
    change.code = code;
    change.any_version = true;
    change.collection_point = kPoint;
    change.set = std::move(values);
    return customers->Change(As("application"), change).Wait().status();
  }

  // The codes found, in order.
  Result<std::vector<std::string>> Find(std::string_view field, const SearchQuery& query,
                                        std::string_view role = "application") {
    ASSIGN_OR_RETURN(const std::vector<MaskedCustomer> hits, customers->Search(As(role), {}, field, query).Wait());
    std::vector<std::string> codes;
    for (const MaskedCustomer& hit : hits) codes.push_back(hit.code);
    return codes;
  }
  Result<std::vector<std::string>> Between(std::string_view field, std::string_view from, std::string_view to) {
    return Find(field, {.by = SearchBy::kBetween, .from = from, .to = to});
  }
  Result<std::vector<std::string>> Like(std::string_view field, std::string_view value) {
    return Find(field, {.by = SearchBy::kLike, .value = value});
  }
  Result<std::vector<std::string>> Equal(std::string_view field, std::string_view value) {
    return Find(field, {.by = SearchBy::kEqual, .value = value});
  }
};

}  // namespace strongroom
