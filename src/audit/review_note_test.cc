// A review's signature holds for that review alone, and for nothing else the key signs.
#include "audit/review_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "audit/checkpoint.h"

namespace strongroom {
namespace {

constexpr std::string_view kJson = R"({"id":"00000000000000aa","people":[]})";

class ReviewNote : public testing::Test {
 protected:
  const Signer signer_ = *Signer::FromSeed(SecretBytes::CopyOf(std::string(32, '\x07')));
  const VerifierKey key_ = *VerifierKey::Create("office", signer_.public_key());
};

TEST_F(ReviewNote, OpensToWhatWasSigned) {
  const std::string note = *SignReviewNote(kJson, "office", signer_);
  EXPECT_EQ(*OpenReviewNote(note, key_), kJson);
  EXPECT_EQ(*PeekReviewNote(note), kJson);
}

TEST_F(ReviewNote, EveryChangedByteIsNoticed) {
  const std::string note = *SignReviewNote(kJson, "office", signer_);
  size_t noticed = 0;
  for (size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] ^= 1;
    noticed += OpenReviewNote(changed, key_).ok() ? 0 : 1;
  }
  EXPECT_EQ(noticed, note.size());
  const Signer other = *Signer::FromSeed(SecretBytes::CopyOf(std::string(32, '\x08')));
  EXPECT_EQ(OpenReviewNote(*SignReviewNote(kJson, "office", other), key_).reason(), Reason::kLogInvalid);
}

TEST_F(ReviewNote, ACheckpointIsNoReviewAndAReviewNoCheckpoint) {
  const std::string checkpoint = *SignCheckpoint({"office", 7, {}}, signer_);
  ASSERT_TRUE(OpenCheckpoint(checkpoint, key_).ok()) << "control";
  EXPECT_EQ(OpenReviewNote(checkpoint, key_).reason(), Reason::kLogInvalid);
  EXPECT_EQ(OpenCheckpoint(*SignReviewNote(kJson, "office", signer_), key_).reason(), Reason::kLogInvalid);
}

TEST_F(ReviewNote, IsOneLine) {
  EXPECT_EQ(SignReviewNote("{}\n{}", "office", signer_).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(SignReviewNote(std::string(200 * 1024, ' '), "office", signer_).reason(), Reason::kInvalidArgument);
}

TEST_F(ReviewNote, IsAsItsPageShows) {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/review.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("```text\n") + 8;
  EXPECT_EQ(text.substr(begin, text.find("```\n", begin) - begin), *SignReviewNote(kJson, "office", signer_));
}

}  // namespace
}  // namespace strongroom
