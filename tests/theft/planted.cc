#include "planted.h"

#include <cstdio>
#include <random>

namespace strongroom {
namespace {

class Planter {
 public:
  explicit Planter(uint64_t seed) : random_(seed) {}

  std::string From(std::string_view alphabet, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text.push_back(alphabet[random_() % alphabet.size()]);
    return text;
  }
  std::string Letters(size_t count) { return From("abcdefghijklmnopqrstuvwxyz", count); }
  std::string Digits(size_t count) { return From("123456789", 1) + From("0123456789", count - 1); }
  std::string Name() { return From("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) + Letters(8); }
  std::string Date(int first_year, int years) {
    char text[16];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d",
                  first_year + static_cast<int>(random_() % static_cast<uint64_t>(years)),
                  1 + static_cast<int>(random_() % 12), 1 + static_cast<int>(random_() % 28));
    return text;
  }
  std::string Card() {
    std::string digits = "4" + From("0123456789", 14);
    int sum = 0;
    for (size_t i = 0; i < digits.size(); ++i) {
      int digit = digits[i] - '0';
      if (i % 2 == 0 && (digit *= 2) > 9) digit -= 9;
      sum += digit;
    }
    return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
  }

 private:
  std::mt19937_64 random_;
};

PlantedField Field(const std::string& name, const std::string& type, const std::string& more = "") {
  const std::string sensitivity = type == "password" ? "credential" : "personal";
  return {name, R"({"name":")" + name + R"(","type":")" + type + R"(","sensitivity":")" + sensitivity +
                    R"(","purposes":["customer-service"],"legal_basis":"contract")" + more + "}"};
}

}  // namespace

const std::vector<PlantedField>& PlantedFields() {
  static const std::vector<PlantedField> fields = {
      Field("remark", "text"),
      Field("full_name", "person_name", R"(,"search":"prefix")"),
      Field("email", "email", R"(,"search":"exact")"),
      Field("phone", "phone", R"(,"search":"exact","region":"SE")"),
      Field("member_since", "date"),
      Field("birth_date", "date_of_birth"),
      Field("address", "postal_address"),
      Field("national_id", "national_id", R"(,"search":"exact")"),
      Field("card", "card", R"(,"search":"exact")"),
      Field("account", "bank_account", R"(,"search":"exact")"),
      Field("balance", "number"),
      Field("newsletter", "boolean"),
      Field("preferences", "json"),
      Field("portal_password", "password"),
      Field("scan", "file", R"(,"repeated":true)"),
  };
  return fields;
}

std::vector<PlantedPerson> PlantPeople(uint64_t seed, size_t count) {
  Planter planter(seed);
  std::vector<PlantedPerson> people(count);
  for (PlantedPerson& person : people) {
    person.external_id = "ext-" + planter.Letters(12);
    auto& values = person.values;
    values["remark"] = planter.Letters(9) + " " + planter.Letters(7);
    values["full_name"] = planter.Name() + " " + planter.Name();
    values["email"] = planter.Letters(10) + "@" + planter.Letters(8) + ".example";
    values["phone"] = "+4670" + planter.Digits(7);
    values["member_since"] = planter.Date(1901, 70);
    values["birth_date"] = planter.Date(1901, 90);
    values["address"] = planter.Name() + " " + planter.Digits(3) + ", " + planter.Name();
    values["national_id"] = planter.From("ACEHJLMPRSWXY", 2) + planter.Digits(6) + planter.From("ABCD", 1);  // British
    values["card"] = planter.Card();
    values["account"] = planter.Digits(14);
    values["balance"] = planter.Digits(9) + "." + planter.Digits(2);
    values["newsletter"] = "true";
    values["preferences"] = R"({"likes":")" + planter.Letters(14) + R"("})";
    values["portal_password"] = planter.Letters(10) + "-" + planter.Digits(8);
    person.replaced_name = planter.Name() + " " + planter.Name();
    person.file_name = planter.Letters(11) + ".pdf";
    person.file_content = planter.Letters(40);
  }
  return people;
}

std::vector<std::string> SecretsOf(const PlantedPerson& person) {
  std::vector<std::string> secrets = {person.external_id, person.replaced_name, person.file_name, person.file_content};
  for (const auto& [field, value] : person.values) {
    if (field == "newsletter") continue;  // "true" stands everywhere
    secrets.push_back(field == "preferences" ? value.substr(10, 14) : value);
  }
  return secrets;
}

}  // namespace strongroom
