#include "access/key_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

std::string TextOf(const ApiKeySecret& secret) { return std::string(ExposeSecret(secret.ToText())); }

TEST(ApiKeyText, ReadsBackWhatItWrote) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    ApiKeySecret secret;
    secret.Draw(random);
    const std::string text = TextOf(secret);
    ASSERT_EQ(text.size(), kApiKeyTextLength);
    ASSERT_EQ(text.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz_"), std::string::npos)
        << "one word to a double click";
    ApiKeySecret read;
    ASSERT_TRUE(read.ParseText(text));
    ASSERT_EQ(read.Expose(), secret.Expose());
  }
}

// The page's example, so that other programs can write and check keys too.
TEST(ApiKeyText, IsWhatItsPageSays) {
  class Counting : public Random {
   public:
    void Fill(void* out, size_t size_bytes) override {
      for (size_t i = 0; i < size_bytes; ++i) static_cast<uint8_t*>(out)[i] = static_cast<uint8_t>(i);
    }
  };
  Counting random;
  ApiKeySecret secret;
  secret.Draw(random);
  EXPECT_EQ(TextOf(secret), "srk_000g40r40m30e209185gr38e1w8124gk2gahc5rr34d1p70x3rfg_xcce89");
}

TEST(ApiKeyText, NoCharacterCanBeChangedLeftOutAddedOrSwappedUnnoticed) {
  SeededRandom random(2);
  ApiKeySecret secret;
  secret.Draw(random);
  const std::string text = TextOf(secret);
  ApiKeySecret read;
  ASSERT_TRUE(read.ParseText(text));
  int refused = 0;
  const auto refuses = [&](const std::string& wrong) {
    EXPECT_FALSE(read.ParseText(wrong)) << wrong;
    EXPECT_EQ(read.Expose(), Bytes(kApiKeySizeBytes, '\0')) << "what was half read is gone";
    ++refused;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      if (static_cast<char>(byte) == text[i]) continue;
      std::string wrong = text;
      wrong[i] = static_cast<char>(byte);
      refuses(wrong);
    }
    refuses(text.substr(0, i) + text.substr(i + 1));
    refuses(text.substr(0, i));
    refuses(text.substr(0, i) + "0" + text.substr(i));
    if (i + 1 < text.size() && text[i] != text[i + 1]) {
      std::string swapped = text;
      std::swap(swapped[i], swapped[i + 1]);
      refuses(swapped);
    }
  }
  refuses("");
  refuses(" " + text);
  refuses(text + "\n");
  std::printf("%d wrong texts refused\n", refused);
}

// The last character carries one bit of the secret and four that must be zero; a checksum alone would let them pass.
TEST(ApiKeyText, OneKeyHasOneText) {
  SeededRandom random(3);
  ApiKeySecret secret;
  secret.Draw(random);
  const std::string text = TextOf(secret);
  const size_t last = 4 + 51;
  ASSERT_TRUE(text[last] == '0' || text[last] == 'g') << text[last];
  ApiKeySecret read;
  for (char other : std::string("123456789abcdef")) {
    std::string wrong = text;
    wrong[last] = static_cast<char>(other);
    EXPECT_FALSE(read.ParseText(wrong));
  }
  EXPECT_TRUE(read.ParseText(text));
}

}  // namespace
}  // namespace strongroom
