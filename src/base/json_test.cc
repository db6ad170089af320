#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/json_writer.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Reason ReasonOf(std::string_view text, const JsonLimits& limits = {}) {
  return JsonDocument::Parse(text, limits).reason();
}

TEST(Json, ReadsEveryKindOfValue) {
  auto document = JsonDocument::Parse(
      R"( {"s":"a\u00e5\n\ud83d\ude00","i":-12,"d":1.5e3,"t":true,"n":null,"a":[1,"x",{}],"o":{"k":[]}} )");
  ASSERT_TRUE(document.ok()) << document.status().ToString();
  JsonValue root = document->root();
  EXPECT_EQ(*root.GetString("s"), "aå\n😀");
  EXPECT_EQ(*root.GetInt("i"), -12);
  EXPECT_EQ(*root.GetDouble("d"), 1500.0);
  EXPECT_TRUE(*root.GetBool("t"));
  EXPECT_EQ(*root.OptString("n"), std::nullopt);
  EXPECT_EQ(*root.OptString("absent"), std::nullopt);
  auto array = root.GetArray("a");
  ASSERT_TRUE(array.ok());
  EXPECT_EQ(array->size(), 3u);
  std::string raw;
  for (JsonValue item : *array) raw += std::string(item.RawText()) + ";";
  EXPECT_EQ(raw, "1;\"x\";{};");
  EXPECT_EQ(root.GetObject("o")->RawText(), R"({"k":[]})");
  EXPECT_TRUE(root.RefuseUnknown().ok());
}

TEST(Json, KeepsTheTextOfNestedValuesAndLongNumbers) {
  auto document = JsonDocument::Parse("{\"a\" : [ 1 , {\"b\": 2 } ]  , \"n\": 123456789012345678901234567890.10 }");
  ASSERT_TRUE(document.ok()) << document.status().ToString();
  EXPECT_EQ(document->root().Find("a")->RawText(), "[ 1 , {\"b\": 2 } ]");
  EXPECT_EQ(document->root().Find("n")->RawText(), "123456789012345678901234567890.10");
  auto root_only = JsonDocument::Parse(" [1]\n ");
  ASSERT_TRUE(root_only.ok());
  EXPECT_EQ(root_only->root().RawText(), "[1]");
}

TEST(Json, RefusesDuplicateMembersAtEveryLevelAndHoweverSpelled) {
  EXPECT_EQ(ReasonOf(R"({"a":1,"b":2})"), Reason::kOk);
  EXPECT_EQ(ReasonOf(R"({"a":1,"a":2})"), Reason::kDuplicateKey);
  EXPECT_EQ(ReasonOf(R"({"a":1,"\u0061":2})"), Reason::kDuplicateKey);
  EXPECT_EQ(ReasonOf(R"([{"x":{"a":1,"b":[],"a":2}}])"), Reason::kDuplicateKey);
  EXPECT_EQ(ReasonOf(R"([{"a":1},{"a":2}])"), Reason::kOk);
  std::string large = "{";
  for (int i = 0; i < 1000; ++i) large += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(ReasonOf(large + "\"z\":1}"), Reason::kOk);
  EXPECT_EQ(ReasonOf(large + "\"k500\":1}"), Reason::kDuplicateKey);
}

TEST(Json, RefusesInvalidUtf8AndLoneSurrogates) {
  EXPECT_EQ(ReasonOf("[\"\xC3\xA5\"]"), Reason::kOk);
  EXPECT_EQ(ReasonOf("[\"\xC3\"]"), Reason::kInvalidUtf8);
  EXPECT_EQ(ReasonOf("[\"\xED\xA0\x80\"]"), Reason::kInvalidUtf8);
  for (const char* lone : {R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800\u0041"])", R"({"\udc00":1})"}) {
    EXPECT_NE(ReasonOf(lone), Reason::kOk) << lone;
  }
}

TEST(Json, RefusesDepthBeyondTheLimit) {
  auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(ReasonOf(nested(32)), Reason::kOk);
  EXPECT_EQ(ReasonOf(nested(33)), Reason::kTooDeep);
  EXPECT_EQ(ReasonOf(nested(100000)), Reason::kTooDeep);
  EXPECT_EQ(ReasonOf(nested(3), {.max_depth = 2}), Reason::kTooDeep);
}

TEST(Json, RefusesTrailingContentAndNonsense) {
  EXPECT_EQ(ReasonOf("{} \n"), Reason::kOk);
  for (const char* text : {"", " ", "{} {}", "{}x", "1 2", "\"a\" \"b\"", "[1]]", "nul", "truex", "[01]", "[1.]",
                           "[+1]", "{\"a\":1,}", "[1,]", "{a:1}", "['a']", "[\"\t\"]", "[NaN]", "null null"}) {
    EXPECT_EQ(ReasonOf(text), Reason::kMalformedJson) << text;
  }
}

TEST(Json, RefusesTextLongerThanTheLimit) {
  EXPECT_EQ(ReasonOf("[1,2]", {.max_bytes = 5}), Reason::kOk);
  EXPECT_EQ(ReasonOf("[1,2]", {.max_bytes = 4}), Reason::kBodyTooLarge);
}

// "1," is two bytes, and the value it becomes is 64.
TEST(Json, RefusesMoreValuesThanTheLimit) {
  EXPECT_EQ(ReasonOf(R"({"a":[1,2]})", {.max_values = 4}), Reason::kOk);
  EXPECT_EQ(ReasonOf(R"({"a":[1,2]})", {.max_values = 3}), Reason::kBodyTooLarge);
  const auto ones = [](size_t count) {
    std::string text = "[1";
    for (size_t i = 1; i < count; ++i) text += ",1";
    return text + "]";
  };
  const size_t most = JsonLimits().max_values;
  EXPECT_EQ(ReasonOf(ones(most - 1)), Reason::kOk);  // and the list itself
  EXPECT_EQ(ReasonOf(ones(most)), Reason::kBodyTooLarge);
}

TEST(Json, FailuresNameThePathAndNeverTheValue) {
  auto document = JsonDocument::Parse(R"({"items":[{"n":1},{"n":"secret-value","anna@example.com":1}]})");
  ASSERT_TRUE(document.ok());
  JsonValue second = *++document->root().GetArray("items")->begin();
  Status wrong = second.GetInt("n").status();
  EXPECT_EQ(wrong.reason(), Reason::kWrongType);
  EXPECT_THAT(wrong.message(), HasSubstr("items[1].n"));
  EXPECT_THAT(wrong.message(), Not(HasSubstr("secret-value")));
  Status unknown = second.RefuseUnknown();
  EXPECT_EQ(unknown.reason(), Reason::kUnknownMember);
  EXPECT_THAT(unknown.message(), HasSubstr("items[1].?"));
  EXPECT_THAT(unknown.message(), Not(HasSubstr("anna")));
  Status missing = second.GetString("name").status();
  EXPECT_EQ(missing.reason(), Reason::kMissingMember);
  EXPECT_THAT(missing.message(), HasSubstr("items[1].name"));
}

TEST(Json, RefusesWrongTypesAndRanges) {
  auto document = JsonDocument::Parse(R"({"s":"x","i":5,"f":1.0,"big":99999999999999999999,"o":{},"a":[],"b":true})");
  ASSERT_TRUE(document.ok());
  JsonValue root = document->root();
  EXPECT_EQ(root.GetInt("s").reason(), Reason::kWrongType);
  EXPECT_EQ(root.GetInt("f").reason(), Reason::kWrongType);
  EXPECT_EQ(root.GetInt("big").reason(), Reason::kInvalidArgument);
  EXPECT_EQ(root.GetInt("i", 1, 4).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(*root.GetInt("i", 1, 5), 5);
  EXPECT_EQ(root.GetString("i").reason(), Reason::kWrongType);
  EXPECT_EQ(root.GetBool("i").reason(), Reason::kWrongType);
  EXPECT_EQ(root.GetArray("o").reason(), Reason::kWrongType);
  EXPECT_EQ(root.GetObject("a").reason(), Reason::kWrongType);
  EXPECT_EQ(root.OptString("b").reason(), Reason::kWrongType);
  EXPECT_EQ(JsonDocument::ParseObject("[]").reason(), Reason::kWrongType);
  EXPECT_EQ(JsonDocument::ParseObject("{}").reason(), Reason::kOk);
}

TEST(Json, DocumentsMayBeOpenSideBySideAndParsersAreReused) {
  for (int round = 0; round < 50; ++round) {
    auto first = JsonDocument::Parse(R"({"name":"first"})");
    auto second = JsonDocument::Parse(R"({"name":"second"})");
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(*first->root().GetString("name"), "first");
    EXPECT_EQ(*second->root().GetString("name"), "second");
    EXPECT_FALSE(JsonDocument::Parse("{").ok());
  }
}

TEST(Json, ReadsABatchOfTenThousandItems) {
  std::string text = "[";
  for (int i = 0; i < 10000; ++i) {
    if (i > 0) text += ',';
    text += R"({"external_id":"c)" + std::to_string(i) + R"(","note":")" + std::string(1500, 'x') + "\"}";
  }
  text += "]";
  auto document = JsonDocument::Parse(text);
  ASSERT_TRUE(document.ok()) << document.status().ToString();
  int count = 0;
  for (JsonValue item : document->root()) EXPECT_EQ(*item.GetString("external_id"), "c" + std::to_string(count++));
  EXPECT_EQ(count, 10000);
}

// JSONTestSuite (Nicolas Seriot, "Parsing JSON is a Minefield"): y_ must be read, n_ must be refused, i_ may be either.
TEST(Json, AgreesWithJsonTestSuite) {
  const std::filesystem::path folder =
      std::filesystem::path(STRONGROOM_SOURCE_DIR) / "../shared/vectors/jsontestsuite/test_parsing";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "JSONTestSuite is not beside the project";
  int accepted = 0, refused = 0, either_accepted = 0, either = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string name = entry.path().filename();
    Status status = JsonDocument::Parse(text.str()).status();
    switch (name[0]) {
      case 'y':
        // The two files whose point is that an object names a member twice: we refuse those on purpose.
        if (name.starts_with("y_object_duplicated_key")) {
          EXPECT_EQ(status.reason(), Reason::kDuplicateKey) << name;
        } else {
          EXPECT_TRUE(status.ok()) << name << " " << status.ToString();
        }
        ++accepted;
        break;
      case 'n':
        EXPECT_FALSE(status.ok()) << name;
        ++refused;
        break;
      default:
        ++either;
        either_accepted += status.ok() ? 1 : 0;
    }
  }
  std::cout << "JSONTestSuite: y " << accepted << ", n " << refused << ", i " << either << " (" << either_accepted
            << " accepted)\n";
  EXPECT_GT(accepted, 90);
  EXPECT_GT(refused, 180);
}

TEST(JsonWriter, WritesWhatTheReaderReads) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("s", "q\"b\\n\n\x01å").Int("i", -5).Bool("b", false).Key("n").Null();
  json.Key("a").BeginArray().Int(1).String("x").BeginObject().EndObject().Uint(UINT64_MAX).Double(0.1).EndArray();
  json.Key("r").Raw("1.10").EndObject();
  EXPECT_EQ(out,
            "{\"s\":\"q\\\"b\\\\n\\n\\u0001å\",\"i\":-5,\"b\":false,\"n\":null,"
            "\"a\":[1,\"x\",{},18446744073709551615,0.1],\"r\":1.10}");
  auto document = JsonDocument::Parse(out);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(*document->root().GetString("s"), "q\"b\\n\n\x01å");
}

TEST(JsonWriter, EscapesEveryByteThatNeedsIt) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text(1, static_cast<char>(c));
    Bytes out = "[";
    AppendJsonString(out, text);
    out += "]";
    auto document = JsonDocument::Parse(out);
    ASSERT_TRUE(document.ok()) << c;
    EXPECT_EQ(*(*document->root().begin()).AsString(), text) << c;
  }
}

}  // namespace
}  // namespace strongroom
