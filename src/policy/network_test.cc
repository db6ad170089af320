#include <gtest/gtest.h>

#include <cstring>

#include "policy/principal.h"

namespace strongroom {
namespace {

using std::string_view_literals::operator""sv;

IpAddress Address(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}

IpNetwork Network(std::string_view text) {
  const std::optional<IpNetwork> network = IpNetwork::Parse(text);
  EXPECT_TRUE(network.has_value()) << text;
  return network.value_or(IpNetwork());
}

TEST(IpAddress, ReadsAndWritesTheFormsOfRfc4291AndRfc5952) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"192.0.2.33", "192.0.2.33"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},  // RFC 4291 section 2.2
      {"FF01:0:0:0:0:0:0:101", "ff01::101"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},  // RFC 5952 section 4.2.3: the first of equal runs
      {"2001:0db8::0001", "2001:db8::1"},             // RFC 5952 section 4.1
      {"::ffff:129.144.52.38", "129.144.52.38"},      // RFC 4291 section 2.5.5.2: IPv4-mapped
      {"::FFFF:8190:3426", "129.144.52.38"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},  // RFC 6052
      {"0:0:0:0:0:0:13.1.68.3", "::13.1.68.3"},      // RFC 4291 section 2.2: IPv4-compatible
  };
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(Address(text).ToString(), canonical) << text;
    EXPECT_EQ(Address(canonical), Address(text)) << text;
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  EXPECT_TRUE(IpAddress::Parse("10.0.0.1"));
  EXPECT_TRUE(IpAddress::Parse("2001:db8::1"));
  const std::string_view refused[] = {"",
                                      " ",
                                      "10",
                                      "10.1",
                                      "10.0.0",
                                      "10.0.0.",
                                      ".10.0.0.1",
                                      "10.0.0.1.",
                                      "10.0.0.0.1",
                                      "10..0.1",
                                      "010.0.0.1",
                                      "10.0.0.01",
                                      "10.0.0.256",
                                      "10.0.0.-1",
                                      "10.0.0.+1",
                                      "0x0a.0.0.1",
                                      "10.0.0.1 ",
                                      " 10.0.0.1",
                                      "10.0.0.1\n",
                                      "10.0.0.1/8",
                                      "10.0.0.1:80",
                                      "\xd9\xa1.0.0.1",
                                      "localhost",
                                      ":",
                                      ":::",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      "[::1]",
                                      "fe80::1%eth0",
                                      "::ffff:10.0.0",
                                      "::ffff:10.0.0.256",
                                      "::ffff:010.0.0.1",
                                      "1:2:3:4:5:6:7:10.0.0.1",
                                      "10.0.0.1::",
                                      "::10.0.0.1:1",
                                      ":1::",
                                      "1:",
                                      "::1 ",
                                      "2001:db8::1/64",
                                      "10.0.0.1\0"sv,
                                      "10.0.0.1\0.2"sv,
                                      "::1\0"sv,
                                      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
  for (std::string_view text : refused) EXPECT_FALSE(IpAddress::Parse(text)) << text;
  std::printf("%zu address texts refused\n", std::size(refused));
}

TEST(IpAddress, LoopbackIsBothFamilies) {
  for (std::string_view text : {"127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(Address(text).IsLoopback()) << text;
  }
  for (std::string_view text : {"128.0.0.1", "::", "::2", "::127.0.0.1", "1::1", "0.0.0.0"}) {
    EXPECT_FALSE(Address(text).IsLoopback()) << text;
  }
  EXPECT_EQ(IpAddress::Loopback(), Address("127.0.0.1"));
}

TEST(IpNetwork, ContainsExactlyItsBlock) {
  struct Case {
    std::string_view network;
    std::string_view inside;
    std::string_view outside;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
      {"192.168.1.128/25", "192.168.1.128", "192.168.1.127"},
      {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
      {"192.0.2.7/32", "192.0.2.7", "192.0.2.8"},
      {"203.0.113.0/30", "203.0.113.3", "203.0.113.4"},
      {"0.0.0.0/0", "203.0.113.3", "2001:db8::1"},
      {"::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"},
      {"::/0", "2001:db8::1", "203.0.113.3"},  // every IPv6 address, no IPv4 address
      {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
      {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"},
      {"2001:db8::5", "2001:db8::5", "2001:db8::4"},
      {"::1/128", "::1", "127.0.0.1"},
  };
  for (const Case& each : cases) {
    EXPECT_TRUE(Network(each.network).Contains(Address(each.inside))) << each.network << " " << each.inside;
    EXPECT_FALSE(Network(each.network).Contains(Address(each.outside))) << each.network << " " << each.outside;
    EXPECT_EQ(Network(Network(each.network).ToString()), Network(each.network)) << each.network;
  }
}

TEST(IpNetwork, AgreesWithBitByBitComparison) {
  const IpAddress base = Address("2001:db8:a5a5:5a5a:ffff:0:1234:8001");
  for (int prefix = 0; prefix <= 128; ++prefix) {
    IpNetwork network{base, static_cast<uint8_t>(prefix)};
    for (int i = 0; i < 16; ++i) {
      const int keep = std::min(8, std::max(0, prefix - i * 8));
      network.base.bytes[i] = static_cast<uint8_t>(network.base.bytes[i] & (0xff00 >> keep));
    }
    EXPECT_TRUE(network.Contains(base)) << prefix;
    EXPECT_EQ(IpNetwork::Parse(network.ToString()), network) << network.ToString();
    for (int flipped = 0; flipped < 128; ++flipped) {
      IpAddress other = base;
      other.bytes[flipped / 8] = static_cast<uint8_t>(other.bytes[flipped / 8] ^ (0x80 >> flipped % 8));
      EXPECT_EQ(network.Contains(other), flipped >= prefix) << prefix << " " << flipped;
    }
  }
}

TEST(IpNetwork, RefusesBitsBeyondThePrefixAndOddSpellings) {
  EXPECT_TRUE(IpNetwork::Parse("10.0.0.0/8"));
  EXPECT_TRUE(IpNetwork::Parse("2001:db8::/32"));
  for (std::string_view text : {"10.0.0.1/8",
                                "10.128.0.0/8",
                                "192.168.1.1/31",
                                "0.0.0.1/0",
                                "2001:db8::1/32",
                                "::1/0",
                                "::ffff:10.0.0.0/8",
                                "10.0.0.0/33",
                                "10.0.0.0/",
                                "10.0.0.0/08",
                                "10.0.0.0/+8",
                                "10.0.0.0/-1",
                                "10.0.0.0/ 8",
                                "10.0.0.0/8 ",
                                "10.0.0.0/8/8",
                                "/8",
                                "",
                                "10/8",
                                "10.0.0.0/255.0.0.0",
                                "2001:db8::/129",
                                "2001:db8::/0032",
                                "*",
                                "any",
                                "10.0.0.0/104"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
}

TEST(IpNetwork, ANumberNoNetworkHasContainsNothing) {
  EXPECT_TRUE((IpNetwork{Address("::1"), 128}).Contains(Address("::1")));
  EXPECT_FALSE((IpNetwork{Address("::1"), 200}).Contains(Address("::1")));
}

}  // namespace
}  // namespace strongroom
