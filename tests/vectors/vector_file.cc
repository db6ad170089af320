#include "tests/vectors/vector_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "base/encoding.h"

namespace strongroom::vectors {

std::string Text(Json object, std::string_view member) {
  std::string_view text;
  if (object[member].get(text) != simdjson::SUCCESS) {
    ADD_FAILURE() << "no text member " << member;
    return {};
  }
  return std::string(text);
}

Bytes Hex(Json object, std::string_view member) {
  const Result<Bytes> bytes = HexDecode(Text(object, member));
  if (!bytes.ok()) ADD_FAILURE() << member << " is not hexadecimal";
  return bytes.ok() ? *bytes : Bytes();
}

uint64_t Number(Json object, std::string_view member) {
  uint64_t number = 0;
  if (object[member].get(number) != simdjson::SUCCESS) ADD_FAILURE() << "no number member " << member;
  return number;
}

std::optional<Json> LoadJson(simdjson::dom::parser& parser, const std::string& path) {
  const std::filesystem::path file = std::filesystem::path(STRONGROOM_SOURCE_DIR) / "../shared/vectors" / path;
  if (!std::filesystem::exists(file)) return std::nullopt;
  Json document;
  if (parser.load(file.string()).get(document) != simdjson::SUCCESS) {
    ADD_FAILURE() << file << " is not JSON";
    return std::nullopt;
  }
  return document;
}

std::optional<Tally> RunWycheproof(const std::string& file, const std::function<Outcome(Json, Json)>& run) {
  simdjson::dom::parser parser;
  const std::optional<Json> document = LoadJson(parser, "wycheproof/" + file);
  if (!document) return std::nullopt;
  Tally tally;
  simdjson::dom::array groups = (*document)["testGroups"];
  for (const Json group : groups) {
    simdjson::dom::array cases = group["tests"];
    for (const Json test : cases) {
      const std::string result = Text(test, "result");
      const Outcome outcome = run(group, test);
      if (outcome == Outcome::kNotTried) {
        ++tally.not_tried;
        continue;
      }
      ++tally.tried;
      // "acceptable" would mean that both are right; these files have none, and a new one should be looked at.
      EXPECT_TRUE(result == "valid" || result == "invalid") << file << " case " << Number(test, "tcId");
      const Outcome published = result == "valid" ? Outcome::kAcceptedAndEqual : Outcome::kRefused;
      EXPECT_EQ(outcome, published) << file << " case " << Number(test, "tcId");
      tally.accepted += outcome == published && result == "valid";
      tally.refused += outcome == published && result == "invalid";
    }
  }
  EXPECT_EQ(static_cast<uint64_t>(tally.tried + tally.not_tried), Number(*document, "numberOfTests")) << file;
  EXPECT_GT(tally.accepted, 0) << file;
  std::printf("%s: %d cases, %d accepted and %d refused as published, %d not tried\n", file.c_str(), tally.tried,
              tally.accepted, tally.refused, tally.not_tried);
  return tally;
}

}  // namespace strongroom::vectors
