#include "audit/checkpoint.h"

#include <gtest/gtest.h>

#include "audit/testing/test_log.h"
#include "audit/tree.h"

namespace strongroom {
namespace {

// From c2sp.org/signed-note, "Example".
constexpr char kPublishedKey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kPublishedNote[] =
    "This is an example message.\n\n\xe2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

struct Signed {
  SystemRandom random;
  Signer signer = Signer::Generate(random);
  VerifierKey key = *VerifierKey::Create("log.example/audit", signer.public_key());
  Checkpoint checkpoint{"log.example/audit", 20'852'163, LeafHash("root")};
  std::string note = *SignCheckpoint(checkpoint, signer);
  std::string Resign(const std::string& text) { return *SignNote(text, key.name, signer); }
};

TEST(SignedNoteTest, ThePublishedExampleVerifies) {
  const Result<VerifierKey> key = VerifierKey::Parse(kPublishedKey);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(key->Encode(), kPublishedKey);
  const Result<std::string> text = OpenNote(kPublishedNote, *key);
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_EQ(*text, "This is an example message.\n");
}

TEST(SignedNoteTest, EveryFlippedBitOfThePublishedExampleIsRefused) {
  const VerifierKey key = *VerifierKey::Parse(kPublishedKey);
  const std::string note = kPublishedNote;
  ASSERT_TRUE(OpenNote(note, key).ok());
  for (size_t i = 0; i < note.size() * 8; ++i) {
    std::string flipped = note;
    flipped[i / 8] ^= static_cast<char>(1 << i % 8);
    EXPECT_FALSE(OpenNote(flipped, key).ok()) << "bit " << i;
  }
  for (size_t length = 0; length < note.size(); ++length) EXPECT_FALSE(OpenNote(note.substr(0, length), key).ok());
}

TEST(SignedNoteTest, MistypedVerifierKeysAreRefused) {
  const std::string text = kPublishedKey;
  ASSERT_TRUE(VerifierKey::Parse(text).ok());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string mistyped = text;
    mistyped[i] = mistyped[i] == 'q' ? 'r' : 'q';
    EXPECT_FALSE(VerifierKey::Parse(mistyped).ok()) << mistyped;
    EXPECT_FALSE(VerifierKey::Parse(text.substr(0, i)).ok());
  }
  EXPECT_FALSE(VerifierKey::Parse(text + "=").ok());
}

TEST(SignedNoteTest, NamesWithSpacesOrPlusAreRefused) {
  const Bytes key(32, 'k');
  EXPECT_TRUE(VerifierKey::Create("privacy.example.com/audit", key).ok());
  for (const char* name : {"", "a b", "a+b", "a\nb",
                           "a\xc2\xa0"
                           "b",
                           "a\xe3\x80\x80"
                           "b",
                           "\xff"}) {
    EXPECT_FALSE(VerifierKey::Create(name, key).ok());
  }
}

TEST(SignedNoteTest, SignaturesOfStrangersAreIgnoredAndDoNotSuffice) {
  Signed ours;
  Signed stranger;
  const std::string text = ours.note.substr(0, ours.note.find("\n\n") + 1);
  const auto line = [](const std::string& note) { return note.substr(note.find("\n\n") + 2); };
  // Same name, another key; and another name.
  const std::string same_name = stranger.Resign(text);
  const std::string other_name = *SignNote(text, "witness.example", stranger.signer);
  EXPECT_FALSE(OpenNote(same_name, ours.key).ok());
  EXPECT_TRUE(OpenNote(ours.note + line(other_name), ours.key).ok());
  EXPECT_TRUE(OpenNote(same_name + line(ours.note), ours.key).ok());
  // A good signature of ours beside a bad one.
  Signed other = {};
  std::string bad = ours.Resign("another text\n");
  EXPECT_FALSE(OpenNote(ours.note + line(bad), ours.key).ok());
}

TEST(CheckpointTest, ReadsBackWhatWasSigned) {
  Signed log;
  const Result<Checkpoint> opened = OpenCheckpoint(log.note, log.key);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, log.checkpoint);
  EXPECT_TRUE(log.note.starts_with("log.example/audit\n20852163\n"));
}

TEST(CheckpointTest, TextsThatAreNoCheckpointAreRefusedHoweverWellSigned) {
  Signed log;
  const std::string root = log.note.substr(log.note.find("20852163\n") + 9, 44);
  ASSERT_TRUE(OpenCheckpoint(log.Resign("log.example/audit\n1\n" + root + "\n"), log.key).ok());
  for (const std::string& text :
       {std::string("log.example/audit\n1\n"), "log.example/audit\n01\n" + root + "\n",
        "log.example/audit\n+1\n" + root + "\n", "log.example/audit\n-1\n" + root + "\n",
        "log.example/audit\n1 \n" + root + "\n", "log.example/audit\n18446744073709551616\n" + root + "\n",
        "log.example/audit\n1\n" + root.substr(4) + "\n", "log.example/audit\n1\n" + root + "\nextension\n",
        "log.example/other\n1\n" + root + "\n", "\n1\n" + root + "\n", "log.example/audit\n\n" + root + "\n"}) {
    EXPECT_EQ(OpenCheckpoint(log.Resign(text), log.key).reason(), Reason::kLogInvalid) << text;
  }
}

TEST(CheckpointTest, ATlogProofShowsOneEntryAndNoOther) {
  Signed log;
  TreeBuilder tree;
  for (const char* entry : {"a", "b", "c"}) tree.Append(LeafHash(entry), {});
  const std::string note = *SignCheckpoint({"log.example/audit", 3, tree.Root()}, log.signer);
  const std::string proof = FormatTlogProof(1, *InclusionProof(tree, 1, 3), note);
  EXPECT_TRUE(VerifyTlogProof(proof, "b", log.key).ok());
  EXPECT_FALSE(VerifyTlogProof(proof, "a", log.key).ok());
  EXPECT_TRUE(proof.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"));
  for (size_t length = 0; length < proof.size(); ++length) {
    EXPECT_FALSE(VerifyTlogProof(proof.substr(0, length), "b", log.key).ok());
  }
  for (size_t i = 0; i < proof.size() * 8; ++i) {
    std::string flipped = proof;
    flipped[i / 8] ^= static_cast<char>(1 << i % 8);
    EXPECT_FALSE(VerifyTlogProof(flipped, "b", log.key).ok()) << "bit " << i;
  }
}

}  // namespace
}  // namespace strongroom
