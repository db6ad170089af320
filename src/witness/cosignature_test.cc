#include "witness/cosignature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "crypto/random.h"
#include "witness/testing/grown_log.h"

namespace strongroom {
namespace {

using ::testing::HasSubstr;

// From c2sp.org/tlog-cosignature, the first example and "Ed25519 signed message".  The key is not printed there.
constexpr char kPublishedNote[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\xe2\x80\x94 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\xe2\x80\x94 witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

struct Made {
  SeededRandom random{7};
  GrownLog log{"log.example/audit"};
  WitnessSigner one = *WitnessSigner::Create("witness.example/one", Signer::Generate(random));
  WitnessSigner two = *WitnessSigner::Create("witness.example/two", Signer::Generate(random));
  std::string note;
  Made() {
    log.Grow(10, "entry");
    note = log.Note(10);
  }
  std::string Text() const { return FormatCheckpoint(log.At(10)); }
  std::string With(const WitnessSigner& witness, int64_t seconds) const {
    return note + *Cosign(Text(), witness, seconds);
  }
};

TEST(CosignatureTest, ThePublishedExampleHasTheTimeItsSignedMessagePrints) {
  const Result<NoteParts> parts = SplitNote(kPublishedNote);
  ASSERT_TRUE(parts.ok()) << parts.status().ToString();
  ASSERT_EQ(parts->signatures.size(), 2u);
  const NoteSignature& cosignature = parts->signatures[1];
  EXPECT_EQ(cosignature.key_name, "witness.example.com/w1");
  ASSERT_EQ(cosignature.signature.size(), 72u);
  EXPECT_EQ(ByteReader(cosignature.signature).U64(), 1679315147u);
  const Result<ParsedCheckpoint> parsed = ParseCheckpoint(parts->text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->checkpoint.size, 20'852'163u);
}

TEST(CosignatureTest, IsASignatureOfTheMessageTheSpecificationSpells) {
  const Made made;
  const std::string line = *Cosign(made.Text(), made.one, 1'679'315'147);
  const std::string note = made.note + line;
  const NoteParts parts = *SplitNote(note);
  const Bytes& signature = parts.signatures[1].signature;
  EXPECT_EQ(ByteReader(signature).U64(), 1'679'315'147u);
  EXPECT_TRUE(VerifySignature(made.one.key.public_key, "cosignature/v1\ntime 1679315147\n" + made.Text(),
                              ByteView(signature).substr(8))
                  .ok());
  EXPECT_EQ(*VerifyCosignature(parts, made.one.key), 1'679'315'147);
}

TEST(CosignatureTest, SeveralStandBesideTheLogsOwnAndDisturbNobody) {
  const Made made;
  const std::string note = made.With(made.one, 100) + *Cosign(made.Text(), made.two, 200);
  const Result<std::vector<CosignedBy>> by = Cosigners(note, {made.one.key, made.two.key});
  ASSERT_TRUE(by.ok());
  ASSERT_EQ(by->size(), 2u);
  EXPECT_EQ(by->at(1).name, "witness.example/two");
  EXPECT_EQ(by->at(1).seconds, 200);
  EXPECT_TRUE(OpenCheckpoint(note, made.log.key()).ok());
  EXPECT_EQ(Cosigners(made.With(made.one, 100), {made.two.key})->size(), 0u);
}

TEST(CosignatureTest, EveryFlippedBitIsRefusedOrNotThisWitnesss) {
  const Made made;
  const std::string note = made.With(made.one, 1'679'315'147);
  ASSERT_EQ(Cosigners(note, {made.one.key})->size(), 1u);
  const size_t own_line = made.note.size();
  for (size_t i = 0; i < note.size() * 8; ++i) {
    if (i / 8 >= made.Text().size() && i / 8 < own_line) continue;  // the log's own signature is not looked at here
    std::string flipped = note;
    flipped[i / 8] ^= static_cast<char>(1 << i % 8);
    const Result<std::vector<CosignedBy>> by = Cosigners(flipped, {made.one.key});
    EXPECT_TRUE(!by.ok() || by->empty()) << "bit " << i;
  }
}

TEST(CosignatureTest, ALogsOwnSignatureIsNoCosignatureAndTheOtherWayRound) {
  SeededRandom random(3);
  const Signer signer = Signer::Generate(random);
  const std::string name = "both.example";
  const WitnessSigner witness = *WitnessSigner::Create(name, *Signer::FromSeed(signer.seed()));
  const Checkpoint checkpoint{name, 4, LeafHash("root")};
  const VerifierKey log_key = *VerifierKey::Create(name, signer.public_key());
  EXPECT_NE(log_key.key_id, witness.key.key_id);
  const std::string signed_note = *SignCheckpoint(checkpoint, signer);
  EXPECT_EQ(Cosigners(signed_note, {witness.key})->size(), 0u);
  const std::string text = FormatCheckpoint(checkpoint);
  EXPECT_FALSE(OpenNote(text + "\n" + *Cosign(text, witness, 5), log_key).ok());
  EXPECT_FALSE(WitnessKey::Parse(log_key.Encode()).ok());
  EXPECT_FALSE(VerifierKey::Parse(witness.key.Encode()).ok());
}

// The signed message names no witness: whoever relabels a cosignature has one more, if names were counted.
TEST(CosignatureTest, OneKeyUnderTwoNamesCountsOnce) {
  const Made made;
  const WitnessSigner relabelled =
      *WitnessSigner::Create("witness.example/other", *Signer::FromSeed(made.one.signer.seed()));
  const std::string note = made.With(made.one, 100) + *Cosign(made.Text(), relabelled, 100);
  EXPECT_EQ(Cosigners(note, {made.one.key})->size(), 1u);
  EXPECT_EQ(Cosigners(note, {relabelled.key})->size(), 1u) << "each alone verifies";
  EXPECT_EQ(Cosigners(note, {made.one.key, relabelled.key}).reason(), Reason::kInvalidArgument);
}

TEST(CosignatureTest, KeysSurviveTheirTextsAndMistypedOnesAreRefused) {
  const Made made;
  const std::string text = made.one.key.Encode();
  ASSERT_EQ(*WitnessKey::Parse(text), made.one.key);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string mistyped = text;
    mistyped[i] = mistyped[i] == 'q' ? 'r' : 'q';
    EXPECT_FALSE(WitnessKey::Parse(mistyped).ok()) << mistyped;
    EXPECT_FALSE(WitnessKey::Parse(text.substr(0, i)).ok());
  }
  const Result<WitnessSigner> read = WitnessSigner::Parse(made.one.Encode());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->key, made.one.key);
  EXPECT_FALSE(WitnessSigner::Parse(SecretBytes::CopyOf(text)).ok());
}

TEST(CosignatureTest, AnAnswerIsTakenOnlyForThisNoteAndByThisWitness) {
  const Made made;
  const std::string line = *Cosign(made.Text(), made.one, 100);
  const std::string both = *Cosign(made.Text(), made.two, 90) + line;
  const Result<ReceivedCosignature> received = ReadCosignature(both, made.note, made.one.key);
  ASSERT_TRUE(received.ok()) << received.status().ToString();
  EXPECT_EQ(received->line, line);
  EXPECT_EQ(received->seconds, 100);
  EXPECT_FALSE(ReadCosignature(line, made.note, made.two.key).ok());
  EXPECT_FALSE(ReadCosignature(line, made.log.Note(9), made.one.key).ok()) << "of another tree";
  EXPECT_FALSE(ReadCosignature("", made.note, made.one.key).ok());
  // An answer that brings a note of its own.
  EXPECT_FALSE(ReadCosignature("\n" + FormatCheckpoint(made.log.At(9)) + "\n" +
                                   *Cosign(FormatCheckpoint(made.log.At(9)), made.one, 5),
                               made.note, made.one.key)
                   .ok());
}

TEST(AddCheckpointTest, ThePublishedRequestIsReadAndWrittenAgain) {
  const std::string body =
      "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
      "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n" +
      std::string(kPublishedNote);
  const Result<AddCheckpointRequest> request = ParseAddCheckpoint(body);
  ASSERT_TRUE(request.ok()) << request.status().ToString();
  EXPECT_EQ(request->old_size, 20'852'014u);
  EXPECT_EQ(request->proof.size(), 4u);
  EXPECT_EQ(request->note, kPublishedNote);
  EXPECT_EQ(FormatAddCheckpoint(*request), body);
}

TEST(AddCheckpointTest, OtherSpellingsAreRefused) {
  const std::string hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
  EXPECT_TRUE(ParseAddCheckpoint("old 0\n\nx").ok());
  for (const std::string& body :
       {std::string(), std::string("old 0"), std::string("old 0\n"), std::string("old 00\n\n"),
        std::string("old  0\n\n"), std::string("Old 0\n\n"), std::string("old -1\n\n"),
        std::string("old 18446744073709551616\n\n"), std::string("old 1\nAAAA\n\n"), "old 1\n " + hash + "\n",
        "old 1\n" + hash, "old 1\r\n" + hash + "\n"}) {
    EXPECT_EQ(ParseAddCheckpoint(body).reason(), Reason::kMalformedRequest) << body;
  }
  std::string many = "old 1\n";
  for (size_t i = 0; i < kMaxConsistencyHashes; ++i) many += hash;
  EXPECT_TRUE(ParseAddCheckpoint(many + "\n").ok());
  EXPECT_FALSE(ParseAddCheckpoint(many + hash + "\n").ok());
  EXPECT_FALSE(ParseAddCheckpoint("old 0\n\n" + std::string(kMaxAddCheckpointBytes, 'x')).ok());
}

TEST(AddCheckpointTest, AKnownSizeIsOneNumberAndANewline) {
  EXPECT_EQ(ReadKnownSize("20852163\n"), 20'852'163u);
  for (const char* answer : {"", "\n", "1", "1\n\n", "01\n", "one\n", "1\n2\n"})
    EXPECT_FALSE(ReadKnownSize(answer)) << answer;
}

}  // namespace
}  // namespace strongroom
