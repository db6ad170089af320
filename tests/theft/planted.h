// People who do not exist, with a value of every type that a field may have.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace strongroom {

struct PlantedField {
  std::string name;
  std::string definition;  // JSON, as PUT /v1/catalogue/fields takes it
};

struct PlantedPerson {
  std::string external_id;
  std::map<std::string, std::string> values;  // by field, as sent; JSON fields hold JSON text
  std::string replaced_name;                  // what a change puts in place of full_name
  std::string file_name;
  std::string file_content;
  std::string code;  // once created
};

// One of every FieldType; those of type file have no value of their own.
const std::vector<PlantedField>& PlantedFields();
std::vector<PlantedPerson> PlantPeople(uint64_t seed, size_t count);
// What a thief looks for: every value of at least eight bytes that could not stand anywhere by chance.
std::vector<std::string> SecretsOf(const PlantedPerson& person);

}  // namespace strongroom
