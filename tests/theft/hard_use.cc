#include "hard_use.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "audit/export.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "cli/http_log_source.h"

namespace strongroom {
namespace {

constexpr char kPoint[] = "counter";
constexpr char kPurpose[] = "customer-service";
constexpr char kDomain[] = "shop";

class User {
 public:
  User(Client& client, std::vector<PlantedPerson>& people) : client_(client), people_(people) {}

  void Everything() {
    DescribeFields();
    CreatePeople();
    for (size_t i = 0; i < people_.size(); ++i) {
      ReadAndReveal(people_[i]);
      if (i % 4 == 0) KeepFile(people_[i]);
      if (i % 3 == 0) Change(people_[i]);
      if (i % 2 == 0) UseTokens(people_[i]);
    }
    ImportPiece();
    ExportPages();
    for (size_t i = 0; i < people_.size(); i += 5) DoItWrong(people_[i], people_[(i + 1) % people_.size()]);
    Must("DELETE", "/v1/customers/" + people_.back().code, "");
    Must("GET", "/v1/audit/entries?limit=200", "");
    Must("POST", "/v1/audit/entries:search", R"({"customer":")" + people_.front().code + R"("})");
    Must("POST", "/v1/fsck", "");
  }

 private:
  static ClientHeaders Json() { return {{"Content-Type", "application/json"}}; }

  Bytes Must(const std::string& method, const std::string& path, const std::string& body, ClientHeaders headers = {}) {
    if (!body.empty() && headers.empty()) headers = Json();
    const Result<ClientResponse> answer = client_.Call(method, path, headers, body);
    EXPECT_TRUE(answer.ok()) << method << " " << path.substr(0, 40) << ": " << answer.status().ToString();
    return answer.ok() ? answer->body : Bytes("{}");
  }

  void Refused(const std::string& method, const std::string& path, const std::string& body,
               ClientHeaders headers = {}) {
    if (headers.empty()) headers = Json();
    const Result<ClientResponse> answer = client_.Call(method, path, headers, body);
    EXPECT_FALSE(answer.ok()) << method << " " << path << " was expected to be refused";
  }

  // A member of an answer; the test fails when it is not there.
  static std::string Member(ByteView body, const std::string& name) {
    const size_t at = body.find("\"" + name + "\":\"");
    EXPECT_NE(at, ByteView::npos) << name;
    if (at == ByteView::npos) return {};
    const size_t begin = at + name.size() + 4;
    return std::string(body.substr(begin, body.find('"', begin) - begin));
  }

  void DescribeFields() {
    std::string names;
    for (const PlantedField& field : PlantedFields()) {
      Must("PUT", "/v1/catalogue/fields/" + field.name, field.definition);
      names += (names.empty() ? "\"" : ",\"") + field.name + "\"";
    }
    Must("PUT", std::string("/v1/catalogue/collection-points/") + kPoint,
         std::string(R"({"name":")") + kPoint + R"(","description":"a test","fields":[)" + names + "]}");
    Must("PUT", std::string("/v1/token-domains/") + kDomain,
         std::string(R"({"name":")") + kDomain + R"(","description":"a test"})");
  }

  static void AppendValues(JsonWriter& json, const PlantedPerson& person) {
    json.Key("values").BeginObject();
    for (const auto& [field, value] : person.values) {
      if (field == "preferences" || field == "newsletter") {
        json.Key(field).Raw(value);
      } else {
        json.String(field, value);
      }
    }
    json.EndObject();
  }

  // Half of them one by one, a quarter in a batch; the last quarter comes with the import.
  void CreatePeople() {
    const size_t half = people_.size() / 2;
    for (size_t i = 0; i < half; ++i) {
      Bytes body;
      JsonWriter json(body);
      json.BeginObject().String("collection_point", kPoint).String("compartment", i % 2 == 0 ? "main" : "vip");
      json.String("external_id", people_[i].external_id);
      AppendValues(json, people_[i]);
      json.EndObject();
      people_[i].code =
          Member(Must("POST", "/v1/customers", body,
                      {{"Content-Type", "application/json"}, {"Idempotency-Key", people_[i].values["email"]}}),
                 "code");
    }
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().String("collection_point", kPoint).Key("customers").BeginArray();
    for (size_t i = half; i < people_.size(); ++i) {
      json.BeginObject().String("external_id", people_[i].external_id);
      AppendValues(json, people_[i]);
      json.EndObject();
    }
    json.EndArray().EndObject();
    Bytes answer = Must("POST", "/v1/customers:batch", body);
    for (size_t i = half, at = 0; i < people_.size(); ++i) {
      at = answer.find("\"code\":\"", at) + 8;
      people_[i].code = answer.substr(at, answer.find('"', at) - at);
    }
  }

  void ReadAndReveal(const PlantedPerson& person) {
    Must("GET", "/v1/customers/" + person.code, "");
    const Bytes shown =
        Must("POST", "/v1/customers/" + person.code + "/reveal",
             R"({"purpose":"customer-service","fields":["full_name","email","phone","card","account","birth_date",)"
             R"("address","national_id","balance","preferences","remark","member_since"]})");
    EXPECT_NE(shown.find(person.values.at("email")), Bytes::npos) << "a reveal shows what was planted";
    for (const char* field : {"email", "phone", "card"}) {
      Search(field, person.values.at(field), "exact");
      Compare(person, field, person.values.at(field));
    }
    Search("full_name", person.values.at("full_name").substr(0, 6), "prefix");
    Bytes body;
    JsonWriter(body)
        .BeginObject()
        .String("field", "portal_password")
        .String("password", person.values.at("portal_password"))
        .EndObject();
    Must("POST", "/v1/customers/" + person.code + "/verify-password", body);
  }

  void Search(const std::string& field, const std::string& value, const std::string& match) {
    Bytes body;
    JsonWriter(body).BeginObject().String("field", field).String("value", value).String("match", match).EndObject();
    Must("POST", "/v1/customers:search", body);
  }

  void Compare(const PlantedPerson& person, const std::string& field, const std::string& value) {
    Bytes body;
    JsonWriter(body).BeginObject().String("field", field).String("value", value).EndObject();
    Must("POST", "/v1/customers/" + person.code + "/compare", body);
  }

  void KeepFile(const PlantedPerson& person) {
    std::string content;
    while (content.size() < 300'000) content += person.file_content + "\n";  // two chunks
    const Bytes kept = Must("POST", "/v1/customers/" + person.code + "/files?field=scan&collection_point=" + kPoint,
                            content, {{"Content-Type", "application/pdf"}, {"X-File-Name", person.file_name}});
    const std::string path = "/v1/customers/" + person.code + "/files/" + Member(kept, "id");
    EXPECT_EQ(Must("POST", path + "/content", R"({"purpose":"customer-service"})").size(), content.size());
    Must("GET", "/v1/customers/" + person.code + "/files", "");
  }

  void Change(const PlantedPerson& person) {
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().String("collection_point", kPoint).Key("set").BeginObject();
    json.String("full_name", person.replaced_name).EndObject().EndObject();
    Must("PATCH", "/v1/customers/" + person.code, body, {{"Content-Type", "application/json"}, {"If-Match", "*"}});
  }

  void UseTokens(const PlantedPerson& person) {
    std::string texts;
    for (const char* format : {"random", "deterministic", "format_preserving"}) {
      const std::string field = std::string(format) == "format_preserving" ? "card" : "email";
      Bytes body;
      JsonWriter json(body);
      json.BeginObject().Key("items").BeginArray().BeginObject().String("code", person.code).String("field", field);
      json.String("value", person.values.at(field)).String("format", format).EndObject().EndArray().EndObject();
      const Bytes made = Must("POST", std::string("/v1/token-domains/") + kDomain + "/tokens", body);
      texts += (texts.empty() ? "\"" : ",\"") + Member(made, "token") + "\"";
    }
    Must("POST", std::string("/v1/token-domains/") + kDomain + "/resolve",
         std::string(R"({"purpose":")") + kPurpose + R"(","tokens":[)" + texts + "]}");
  }

  void ImportPiece() {
    std::string csv = "id,full_name,email,remark\n";
    for (size_t i = 0; i < people_.size(); i += 3) {
      csv += "csv-" + people_[i].external_id + "," + people_[i].replaced_name + "," + people_[i].values["email"] + "," +
             people_[i].values["remark"] + "\n";
    }
    csv += "csv-broken," + people_[0].values["full_name"] + ",not an address " + people_[0].values["card"] + ",\n";
    Must("POST", "/v1/imports:propose", csv, {{"Content-Type", "text/csv"}});
    const std::string mapping =
        R"({"format":"csv","delimiter":",","compartment":"main","collection_point":"counter","columns":[)"
        R"({"column":"id","field":"","external_id":true},{"column":"full_name","field":"full_name","external_id":false},)"
        R"({"column":"email","field":"email","external_id":false},{"column":"remark","field":"remark","external_id":false}]})";
    Must("POST", "/v1/imports:piece?first_line=1&first=true&last=true", csv,
         {{"Content-Type", "text/csv"}, {"X-Import-Mapping", Base64UrlEncode(mapping)}});
  }

  void ExportPages() {
    for (const char* compartment : {"main", "vip"}) {
      Must(
          "POST", "/v1/customers:export",
          std::string(R"({"compartment":")") + compartment +
              R"(","fields":["full_name","email","card"],"recipient":"partner-one","contract":"c-1","purpose":"customer-service"})");
    }
  }

  // Values where they do not belong: in addresses, names, headers, and requests that cannot be read.
  void DoItWrong(const PlantedPerson& person, const PlantedPerson& other) {
    const std::string email = person.values.at("email");
    const std::string card = person.values.at("card");
    const std::string remark = person.values.at("remark");
    Refused("GET", "/v1/customers/" + card, "");
    Refused("GET", "/v1/customers/ext:" + other.values.at("national_id"), "");
    Refused("GET", "/v1/customers?cursor=" + card, "");
    Refused("GET", "/v1/audit/entries?actor=" + email, "");
    Refused("GET", "/" + card, "");
    Refused("POST", "/v1/customers", R"({"collection_point":"counter","values":{"email":")" + remark + "\"}}");
    Refused("POST", "/v1/customers", R"({"collection_point":")" + email + R"(","values":{"email":")" + email + "\"}}");
    Refused("POST", "/v1/customers", R"({"collection_point":"counter","compartment":")" + card + R"(","values":{}})");
    Refused("POST", "/v1/customers", R"({"collection_point":"counter","values":{")" + card + R"(":"x"}})");
    Refused("POST", "/v1/customers", R"({"collection_point":"counter","values":{"email":")" + email);
    Refused("POST", "/v1/customers/" + person.code + "/reveal",
            R"({"purpose":")" + card + R"(","fields":[")" + card + "\"]}");
    Refused("POST", "/v1/customers/" + person.code + "/reveal", R"({"purpose":")" + email + R"(","fields":["email"]})");
    Refused("POST", "/v1/customers/" + person.code + "/reveal",
            R"({"purpose":"customer-service","fields":["portal_password"]})");
    Refused("POST", "/v1/token-domains/" + card + "/resolve",
            R"({"purpose":"customer-service","tokens":[")" + card + "\"]}");
    Refused("POST", "/v1/customers:search",
            R"({"field":")" + card + R"(","value":")" + email + R"(","match":"exact"})");
    Refused("POST", "/v1/customers:search", R"({"field":"remark","value":")" + remark + R"(","match":"exact"})");
    Refused("POST", "/v1/customers:export",
            R"({"fields":[")" + card + R"("],"recipient":"partner-one","purpose":"customer-service"})");
    Refused("PUT", "/v1/token-domains/" + card, R"({"name":")" + card + "\"}");
    Refused("PUT", "/v1/catalogue/fields/x", R"({"name":")" + email + R"(","type":")" + card + "\"}");
    Refused("POST", "/v1/api-keys", R"({"name":"x","kind":"application","roles":[")" + card + "\"]}");
    Refused("POST", "/v1/policy:explain", R"({"role":")" + card + R"(","action":")" + email + "\"}");
    Refused("POST", "/v1/imports:piece?first_line=1", email,
            {{"Content-Type", "text/csv"}, {"X-Import-Mapping", card}});
    Refused("POST", "/v1/customers/" + person.code + "/files?field=" + card + "&collection_point=counter", remark,
            {{"Content-Type", "text/plain"}, {"X-File-Name", person.file_name}});
    Refused("POST", "/v1/customers", "<" + email + ">", {{"Content-Type", "text/" + card}});
  }

  Client& client_;
  std::vector<PlantedPerson>& people_;
};

}  // namespace

void UseHard(Client& client, std::vector<PlantedPerson>& people) { User(client, people).Everything(); }

void ExportLogs(Client& client, const std::string& directory) {
  const Result<ClientResponse> logs = client.Call("GET", "/v1/audit/logs");
  ASSERT_TRUE(logs.ok()) << logs.status().ToString();
  const Result<JsonDocument> document = JsonDocument::ParseObject(logs->body);
  ASSERT_TRUE(document.ok());
  const Result<JsonValue> list = document->root().GetArray("logs");
  ASSERT_TRUE(list.ok());
  for (const JsonValue log : *list) {
    const std::string name(*log.GetString("name"));
    const Result<VerifierKey> key = VerifierKey::Parse(*log.GetString("verifier_key"));
    ASSERT_TRUE(key.ok());
    std::filesystem::create_directories(directory + "/" + name);
    const auto exported = ExportLog(HttpLogSource(client, name), directory + "/" + name, *key);
    ASSERT_TRUE(exported.ok()) << exported.status().ToString();
  }
}

}  // namespace strongroom
