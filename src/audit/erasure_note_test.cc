// A certificate of erasure holds as it was signed, and for nothing else.
#include "audit/erasure_note.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "audit/checkpoint.h"
#include "audit/review_note.h"
#include "audit/tree.h"

namespace strongroom {
namespace {

Digest Filled(uint8_t byte) {
  Digest digest;
  digest.fill(byte);
  return digest;
}

class ErasureNote : public testing::Test {
 protected:
  ErasureNote() {
    facts_.customer = "7K3F-9QWM-2";
    facts_.asked_at = 1'795'000'000'000;
    facts_.destroyed_at = 1'795'000'001'000;
    facts_.index_rows = 6;
    facts_.tokens = 2;
    facts_.files = 1;
    facts_.disclosures = 3;
    facts_.other_items = 1;
    facts_.beyond_recall_at = 1'800'616'001'000;
    alone_.leaf = alone_.root = Filled(5);
    alone_.size = 1;
  }
  std::string Text() const { return FormatErasureFacts(facts_); }

  const Signer signer_ = *Signer::FromSeed(SecretBytes::CopyOf(std::string(32, '\x07')));
  const VerifierKey key_ = *VerifierKey::Create("log", signer_.public_key());
  ErasureFacts facts_;
  ErasurePlace alone_;
};

TEST_F(ErasureNote, OpensToWhatWasSigned) {
  const Result<OpenedErasure> bare = OpenErasureNote(*SignErasureNote(Text(), std::nullopt, "log", signer_), key_);
  ASSERT_TRUE(bare.ok()) << bare.status().ToString();
  EXPECT_EQ(bare->facts, Text());
  EXPECT_EQ(bare->customer, "7K3F-9QWM-2");
  EXPECT_FALSE(bare->place.has_value());
  const ErasurePlace second{1, Filled(6), 2, NodeHash(Filled(5), Filled(6)), {Filled(5)}};
  const Result<OpenedErasure> placed = OpenErasureNote(*SignErasureNote(Text(), second, "log", signer_), key_);
  ASSERT_TRUE(placed.ok()) << placed.status().ToString();
  EXPECT_EQ(placed->place->index, 1u);
}

TEST_F(ErasureNote, APlaceThatIsNotInTheTreeIsRefusedThoughItIsSigned) {
  ErasurePlace wrong = alone_;
  ASSERT_TRUE(OpenErasureNote(*SignErasureNote(Text(), wrong, "log", signer_), key_).ok()) << "control";
  wrong.root = Filled(9);
  EXPECT_EQ(OpenErasureNote(*SignErasureNote(Text(), wrong, "log", signer_), key_).reason(), Reason::kLogInvalid);
}

TEST_F(ErasureNote, EveryChangedByteAndEveryOtherKeyIsNoticed) {
  const std::string note = *SignErasureNote(Text(), alone_, "log", signer_);
  ASSERT_TRUE(OpenErasureNote(note, key_).ok()) << "control";
  size_t noticed = 0;
  for (size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] ^= 1;
    noticed += OpenErasureNote(changed, key_).ok() ? 0 : 1;
  }
  EXPECT_EQ(noticed, note.size());
  const Signer other = *Signer::FromSeed(SecretBytes::CopyOf(std::string(32, '\x08')));
  EXPECT_EQ(OpenErasureNote(*SignErasureNote(Text(), alone_, "log", other), key_).reason(), Reason::kLogInvalid);
}

TEST_F(ErasureNote, WhatElseTheKeySignsIsNoCertificate) {
  EXPECT_EQ(OpenErasureNote(*SignCheckpoint({"log", 7, {}}, signer_), key_).reason(), Reason::kLogInvalid);
  EXPECT_EQ(OpenErasureNote(*SignReviewNote("{}", "log", signer_), key_).reason(), Reason::kLogInvalid);
  EXPECT_EQ(OpenErasureNote(*SignErasureNote(Text() + "more: 1\n", std::nullopt, "log", signer_), key_).reason(),
            Reason::kLogInvalid);
  EXPECT_EQ(OpenCheckpoint(*SignErasureNote(Text(), alone_, "log", signer_), key_).reason(), Reason::kLogInvalid);
}

TEST_F(ErasureNote, IsAsItsPageShows) {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/erasure-certificate.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("```text\n") + 8;
  EXPECT_EQ(text.substr(begin, text.find("```\n", begin) - begin), *SignErasureNote(Text(), alone_, "log", signer_));
}

}  // namespace
}  // namespace strongroom
