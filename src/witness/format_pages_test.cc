// The worked examples of docs/formats/witness.md are right.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "crypto/secret.h"
#include "witness/cosignature.h"

namespace strongroom {
namespace {

std::string Page() {
  std::ifstream page(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/witness.md");
  return {std::istreambuf_iterator<char>(page), std::istreambuf_iterator<char>()};
}

std::string Block(const std::string& page, const std::string& kind) {
  const std::string begin = "```" + kind + "\n";
  const size_t at = page.find(begin);
  if (at == std::string::npos) return {};
  return page.substr(at + begin.size(), page.find("```", at + begin.size()) - at - begin.size());
}

TEST(FormatPages, AWitnesssKeyAndCosignatureAreWhatTheirPageSays) {
  const std::string page = Page();
  const WitnessSigner witness =
      *WitnessSigner::Create("witness.example/one", *Signer::FromSeed(SecretBytes::CopyOf(std::string(32, 7))));
  const std::string marker = "<!-- test: key --> `";
  const size_t at = page.find(marker) + marker.size();
  EXPECT_EQ(page.substr(at, page.find('`', at) - at), witness.key.Encode());
  EXPECT_EQ(Block(page, "key"), ExposeSecret(witness.Encode()));
  EXPECT_EQ(Block(page, "line"), *Cosign(Block(page, "text"), witness, 1'679'315'147));
}

}  // namespace
}  // namespace strongroom
