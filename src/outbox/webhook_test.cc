// The worked example of a signature in docs/formats/outbox.md.
#include "outbox/webhook.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace strongroom {
namespace {

std::string ExampleLine(const std::string& page, const std::string& name) {
  const size_t at = page.find("\n" + name + "  ");
  if (at == std::string::npos) return "";
  const std::string line = page.substr(at + 1, page.find('\n', at + 1) - at - 1);
  return line.substr(line.find_first_not_of(' ', name.size()));
}

TEST(Webhook, TheSignatureIsTheOneOfThePage) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/outbox.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string secret = ExampleLine(page, "secret");
  const std::string timestamp = ExampleLine(page, "timestamp");
  const std::string body = ExampleLine(page, "body");
  ASSERT_FALSE(secret.empty() || timestamp.empty() || body.empty());
  const SecretBytes key = SecretBytes::CopyOf(secret);
  EXPECT_EQ(WebhookSignature(key, timestamp, body), ExampleLine(page, "signature"));
  EXPECT_NE(WebhookSignature(key, timestamp + "0", body), ExampleLine(page, "signature"))
      << "another time, another signature";
  EXPECT_NE(WebhookSignature(key, timestamp, body + " "), ExampleLine(page, "signature"));
}

}  // namespace
}  // namespace strongroom
