#include "http/client_address.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

std::string Resolve(const char* peer, const char* forwarded_for, std::initializer_list<const char*> trusted) {
  std::vector<IpNetwork> networks;
  for (const char* text : trusted) networks.push_back(*IpNetwork::Parse(text));
  return ClientAddress(*IpAddress::Parse(peer), forwarded_for, networks).ToString();
}

TEST(ClientAddress, BelievesNobodyByDefault) {
  EXPECT_EQ(Resolve("192.0.2.1", "198.51.100.7", {}), "192.0.2.1");
  EXPECT_EQ(Resolve("192.0.2.1", "198.51.100.7", {"10.0.0.0/8"}), "192.0.2.1");
  EXPECT_EQ(Resolve("2001:db8::1", "198.51.100.7", {"10.0.0.0/8"}), "2001:db8::1");
}

TEST(ClientAddress, TakesTheLastHopATrustedProxySaw) {
  EXPECT_EQ(Resolve("10.0.0.1", "198.51.100.7", {"10.0.0.0/8"}), "198.51.100.7");
  EXPECT_EQ(Resolve("10.0.0.1", "2001:db8::7", {"10.0.0.0/8"}), "2001:db8::7");
  EXPECT_EQ(Resolve("fd00::1", "2001:db8::7", {"fd00::/8"}), "2001:db8::7");
  EXPECT_EQ(Resolve("fd00::1", "203.0.113.9", {"fd00::/8"}), "203.0.113.9");
  // What the client itself claimed stands further left and is not believed.
  EXPECT_EQ(Resolve("10.0.0.1", "127.0.0.1, 198.51.100.7", {"10.0.0.0/8"}), "198.51.100.7");
}

TEST(ClientAddress, PassesOverChainsOfTrustedProxies) {
  EXPECT_EQ(Resolve("10.0.0.1", "203.0.113.5, 198.51.100.7,10.0.0.9 , 10.0.0.8", {"10.0.0.0/8"}), "198.51.100.7");
  EXPECT_EQ(Resolve("10.0.0.1", "10.0.0.9, 10.0.0.8", {"10.0.0.0/8"}), "10.0.0.9");
}

TEST(ClientAddress, UnderstandsPortsAndBrackets) {
  EXPECT_EQ(Resolve("10.0.0.1", "198.51.100.7:4711", {"10.0.0.0/8"}), "198.51.100.7");
  EXPECT_EQ(Resolve("10.0.0.1", "[2001:db8::7]:4711", {"10.0.0.0/8"}), "2001:db8::7");
  EXPECT_EQ(Resolve("10.0.0.1", "[2001:db8::7]", {"10.0.0.0/8"}), "2001:db8::7");
}

TEST(ClientAddress, StopsAtWhatIsNoAddress) {
  for (const char* wrong : {"unknown", "198.51.100.7, _hidden", "198.51.100.7, ", "198.51.100.7,,", "[::1"}) {
    EXPECT_EQ(Resolve("10.0.0.1", wrong, {"10.0.0.0/8"}), "10.0.0.1") << wrong;
  }
}

}  // namespace
}  // namespace strongroom
