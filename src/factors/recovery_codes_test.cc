#include "factors/recovery_codes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr Argon2Cost kQuick = {.memory_kib = 8 * 1024, .passes = 1};

NewRecoveryCodes Make(size_t count = 3) {
  SystemRandom random;
  return std::move(*MakeRecoveryCodes(random, count, kQuick));
}

std::string Text(const SecretBytes& secret) { return std::string(ExposeSecret(secret)); }

std::map<std::string, std::string> WorkedExample() {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/recovery-codes.md");
  std::map<std::string, std::string> example;
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line.starts_with("```"))
      inside = line == "```example";
    else if (inside)
      example[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  }
  return example;
}

// Gives the bytes it was told, again and again.
class FixedRandom : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void Fill(void* out, size_t size_bytes) override {
    for (size_t i = 0; i < size_bytes; ++i) static_cast<char*>(out)[i] = bytes_[at_++ % bytes_.size()];
  }

 private:
  Bytes bytes_;
  size_t at_ = 0;
};

TEST(RecoveryCodes, TheWorkedExampleHolds) {
  std::map<std::string, std::string> example = WorkedExample();
  FixedRandom random(Bytes(16, 's') + Bytes("\x0a\x00\x0b\x01\x0c\x02\x0d\x03\x0e\x04\x0f\x05\x10\x06", 14));
  const Result<NewRecoveryCodes> made = MakeRecoveryCodes(random, 1);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(Text(made->texts[0]), example["code"]);
  EXPECT_EQ(HexEncode(made->set.Encode()), example["record"]);
  Result<RecoveryCodeSet> stored = RecoveryCodeSet::Decode(*HexDecode(example["record"]));
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->Redeem(example["code"]).ok());
}

TEST(RecoveryCodes, EachWorksOnce) {
  NewRecoveryCodes made = Make();
  for (size_t i = 0; i < made.texts.size(); ++i) {
    EXPECT_EQ(made.set.left(), 3 - i);
    EXPECT_TRUE(made.set.Redeem(Text(made.texts[i])).ok());
    EXPECT_EQ(made.set.Redeem(Text(made.texts[i])).reason(), Reason::kFactorRefused);
  }
  EXPECT_EQ(made.set.left(), 0u);
  EXPECT_EQ(made.set.made(), 3u);
}

TEST(RecoveryCodes, AnotherSetsCodesAreRefused) {
  NewRecoveryCodes made = Make(), other = Make();
  EXPECT_EQ(made.set.Redeem(Text(other.texts[0])).reason(), Reason::kFactorRefused);
  EXPECT_EQ(made.set.left(), 3u);
  EXPECT_TRUE(made.set.Redeem(Text(made.texts[0])).ok()) << "control";
}

TEST(RecoveryCodes, AreForgivenTheirSpellingButNotTheirCharacters) {
  NewRecoveryCodes made = Make();
  std::string upper = Text(made.texts[0]);
  for (char& c : upper) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    if (c == '0') c = 'O';
    if (c == '1') c = 'l';
    if (c == '-') c = ' ';
  }
  EXPECT_TRUE(made.set.Redeem(" " + upper).ok());
  for (const std::string& bad : {std::string(), std::string("a0b1c"), Text(made.texts[1]) + "0", std::string(15, 'u'),
                                 std::string(1'000'000, '0'), "!" + Text(made.texts[1])}) {
    EXPECT_EQ(made.set.Redeem(bad).reason(), Reason::kFactorRefused);
    EXPECT_FALSE(IsWellFormedRecoveryCode(bad));
  }
}

TEST(RecoveryCodes, TheCheckCharacterFindsEveryMistypedAndEveryTransposedPair) {
  const std::string alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  for (const SecretBytes& secret : Make(5).texts) {
    std::string plain;
    for (const char c : Text(secret)) {
      if (c != '-') plain.push_back(c);
    }
    ASSERT_TRUE(IsWellFormedRecoveryCode(plain)) << "control";
    for (size_t i = 0; i < plain.size(); ++i) {
      for (const char c : alphabet) {
        std::string mistyped = plain;
        mistyped[i] = c;
        EXPECT_EQ(IsWellFormedRecoveryCode(mistyped), c == plain[i]);
      }
      for (size_t j = 0; j < i; ++j) {
        std::string transposed = plain;
        std::swap(transposed[i], transposed[j]);
        EXPECT_EQ(IsWellFormedRecoveryCode(transposed), transposed == plain) << i << " " << j;
      }
    }
  }
}

TEST(RecoveryCodes, DoNotRepeatAndTheRecordHoldsNone) {
  const NewRecoveryCodes made = Make(32);
  std::set<std::string> texts;
  const Bytes record = made.set.Encode();
  for (const SecretBytes& text : made.texts) {
    texts.insert(Text(text));
    EXPECT_EQ(record.find(Text(text).substr(0, 5)), Bytes::npos);
  }
  EXPECT_EQ(texts.size(), 32u);
}

TEST(RecoveryCodes, TheRecordReadsBackAndNothingElseDoes) {
  NewRecoveryCodes made = Make();
  ASSERT_TRUE(made.set.Redeem(Text(made.texts[1])).ok());
  const Bytes record = made.set.Encode();
  Result<RecoveryCodeSet> read = RecoveryCodeSet::Decode(record);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Encode(), record);
  EXPECT_FALSE(read->Redeem(Text(made.texts[1])).ok());
  EXPECT_TRUE(read->Redeem(Text(made.texts[2])).ok());
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_EQ(RecoveryCodeSet::Decode(record.substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_FALSE(RecoveryCodeSet::Decode(record + "x").ok());
  Bytes later = record;
  later[0] = 2;
  EXPECT_FALSE(RecoveryCodeSet::Decode(later).ok());
}

TEST(RecoveryCodes, RefusesSetsOfUnreasonableSize) {
  SystemRandom random;
  EXPECT_EQ(MakeRecoveryCodes(random, 0, kQuick).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(MakeRecoveryCodes(random, 33, kQuick).reason(), Reason::kInvalidArgument);
}

}  // namespace
}  // namespace strongroom
