// A model file says what was put into it, and whatever is not exactly that is refused.
#include "names/model.h"

#include <gtest/gtest.h>

#include "names/hashing.h"
#include "names/name_finder.h"

namespace strongroom::names {
namespace {

ModelParts SmallParts() {
  ModelParts parts;
  parts.words = {{5, kCommon}, {70000, kGivenName | kSurname}, {4000000000, kPlace}};
  parts.feature_keys = {1, 900, 4000000001};
  WeightRow row = {};
  row[kOutside] = -3;
  row[kPersonBegin] = 127;
  parts.weights = {row, row, row};
  parts.weights[2][kAddressSingle] = -127;
  parts.transitions[kPersonBegin][LabelOf(detect::Kind::kPerson, kEnd)] = 300;
  parts.transitions[kOutside][kOutside] = -20;
  parts.scale = 40;
  return parts;
}

TEST(ModelFile, ReadsWhatWasWritten) {
  const ModelParts parts = SmallParts();
  const auto read = DecodeModel(EncodeModel(parts));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->feature_keys, parts.feature_keys);
  EXPECT_EQ(read->weights, parts.weights);
  EXPECT_EQ(read->transitions, parts.transitions);
  EXPECT_EQ(read->scale, parts.scale);
  ASSERT_EQ(read->words.size(), parts.words.size());
  for (size_t i = 0; i < parts.words.size(); ++i) {
    EXPECT_EQ(read->words[i].key, parts.words[i].key);
    EXPECT_EQ(read->words[i].value, parts.words[i].value);
  }
  EXPECT_EQ(EncodeModel(*read), EncodeModel(parts));
}

TEST(ModelFile, RefusesEveryTruncationAndEveryChangedByte) {
  const Bytes file = EncodeModel(SmallParts());
  ASSERT_TRUE(NameFinder::Open(file).ok());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(NameFinder::Open(ByteView(file).substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  for (size_t at = 0; at < file.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      Bytes changed = file;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_EQ(NameFinder::Open(changed).reason(), Reason::kDataCorrupt) << at;
    }
  }
  EXPECT_EQ(NameFinder::Open(file + "x").reason(), Reason::kDataCorrupt);
}

TEST(ModelFile, RefusesPartsOutOfOrderBehindARightChecksum) {
  ModelParts twice = SmallParts();
  twice.words[1].key = twice.words[0].key;
  EXPECT_FALSE(DecodeModel(EncodeModel(twice)).ok());
  ModelParts empty_row = SmallParts();
  empty_row.weights[1] = {};
  EXPECT_FALSE(DecodeModel(EncodeModel(empty_row)).ok());
  ModelParts no_scale = SmallParts();
  no_scale.scale = 0;
  EXPECT_FALSE(DecodeModel(EncodeModel(no_scale)).ok());
}

TEST(ModelFile, TheBinaryCarriesOneThatOpens) {
  EXPECT_TRUE(NameFinder::Open(BuiltInModelFile()).ok());
  EXPECT_LT(BuiltInModelFile().size(), size_t{20} << 20);
}

TEST(Lexicon, FindsItsWordsAndNoOthers) {
  std::vector<Lexicon::Entry> entries;
  for (uint32_t i = 1; i <= 1000; ++i) entries.push_back({i * 2654435761U, i});
  const Lexicon lexicon(entries);
  for (uint32_t i = 1; i <= 1000; ++i) EXPECT_EQ(lexicon.Find(uint64_t{i * 2654435761U} << 32), i);
  for (uint32_t i = 1001; i <= 2000; ++i) EXPECT_EQ(lexicon.Find(uint64_t{i * 2654435761U} << 32), 0U);
  EXPECT_EQ(Lexicon().Find(12345), 0U);
}

}  // namespace
}  // namespace strongroom::names
