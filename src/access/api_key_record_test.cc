#include "access/api_key_record.h"
#include "access/testing/format_page.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

ApiKeyRecord Example() {
  ApiKeyRecord record;
  record.info.id = 0x3f0c'55aa'1234'5678;
  record.info.spec.name = "web shop";
  record.info.spec.kind = PrincipalKind::kApplication;
  record.info.spec.roles = {"application"};
  record.info.spec.purposes = {"delivery", "billing"};
  record.info.spec.token_domains = {"shop"};
  record.info.spec.networks = {*IpNetwork::Parse("10.20.0.0/16"), *IpNetwork::Parse("2001:db8:20::/48")};
  record.info.spec.expires_at = 1'800'000'000'000;
  record.info.created_at = 1'795'327'553'123;
  record.info.created_by = 9;
  record.info.revoked_at = 1'796'000'000'000;
  record.info.revoked_by = 10;
  record.mac.fill(0xab);
  return record;
}

std::shared_ptr<const PolicySet> Policy() { return *PolicySet::Parse(PolicySet::DefaultToml()); }

TEST(ApiKeyRecord, DecodesToWhatWasEncoded) {
  ApiKeyRecord record = Example();
  for (const bool short_form : {false, true}) {
    if (short_form) record.info.revoked_at.reset(), record.info.revoked_by = 0, record.info.spec.expires_at.reset();
    const Result<ApiKeyRecord> read = ApiKeyRecord::Decode(record.Encode());
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(read->Encode(), record.Encode());
    EXPECT_EQ(read->info.spec.name, record.info.spec.name);
    EXPECT_EQ(read->info.spec.networks, record.info.spec.networks);
    EXPECT_EQ(read->info.spec.purposes, record.info.spec.purposes);
    EXPECT_EQ(read->info.revoked_at, record.info.revoked_at);
    EXPECT_EQ(read->info.spec.expires_at, record.info.spec.expires_at);
    EXPECT_EQ(read->mac, record.mac);
  }
}

// The page's worked example, byte by byte.
TEST(ApiKeyRecord, IsWhatItsPageSays) {
  EXPECT_EQ(HexEncode(ExampleOfPage("api-key.md")), HexEncode(Example().Encode()));
}

TEST(ApiKeyRecord, RefusesDamage) {
  const Bytes good = Example().Encode();
  ASSERT_TRUE(ApiKeyRecord::Decode(good).ok());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ApiKeyRecord::Decode(good.substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_EQ(ApiKeyRecord::Decode(good + "x").reason(), Reason::kDataCorrupt);
  const auto changed = [&](size_t at, uint8_t value) {
    Bytes bytes = good;
    bytes[at] = static_cast<char>(value);
    return ApiKeyRecord::Decode(bytes).reason();
  };
  EXPECT_EQ(changed(0, 2), Reason::kDataCorrupt) << "format";
  EXPECT_EQ(changed(1, 7), Reason::kDataCorrupt) << "parts";
  EXPECT_EQ(changed(42, 0), Reason::kDataCorrupt) << "kind none";
  EXPECT_EQ(changed(42, 7), Reason::kDataCorrupt) << "kind unknown";
  // An impossible count ends at the end of the bytes, without first making room for it.
  EXPECT_EQ(ApiKeyRecord::Decode(good.substr(0, 52) + "\xff\xff\xff\xff\x7f").reason(), Reason::kDataCorrupt);
}

TEST(ApiKeySpecCheck, RefusesWhatNoKeyShouldBe) {
  const auto policy = Policy();
  const ApiKeySpec good = Example().info.spec;
  static constexpr UnixMillis kNow = 1'790'000'000'000;
  ASSERT_TRUE(CheckApiKeySpec(good, *policy, kNow).ok());
  const auto reason = [&](auto change) {
    ApiKeySpec spec = good;
    change(spec);
    return CheckApiKeySpec(spec, *policy, kNow).reason();
  };
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.name = ""; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.name = std::string(101, 'a'); }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.name = "a\nb"; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.name = "\xff"; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.kind = PrincipalKind::kNone; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.kind = PrincipalKind::kCustomer; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.kind = static_cast<PrincipalKind>(9); }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.roles = {}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.roles = {"support", "support"}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.roles = {"root"}; }), Reason::kRoleUnknown);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.purposes = {"*", "billing"}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.purposes = {"Billing"}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.purposes = {"a", "a"}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.token_domains = {""}; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.token_domains.assign(101, "a"); }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.networks.assign(101, IpNetwork()); }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.expires_at = kNow; }), Reason::kInvalidArgument);
  EXPECT_EQ(reason([](ApiKeySpec& s) { s.expires_at = kNow + 1; }), Reason::kOk);
  EXPECT_EQ(
      reason([](ApiKeySpec& s) { s.expires_at.reset(), s.purposes = {"*"}, s.token_domains = {}, s.networks = {}; }),
      Reason::kOk);
}

TEST(ApiKeySpecCheck, APartnerNamesItsNetworksAndItsDomains) {
  const auto policy = Policy();
  ApiKeySpec partner = Example().info.spec;
  partner.kind = PrincipalKind::kPartner;
  partner.roles = {"partner"};
  EXPECT_TRUE(CheckApiKeySpec(partner, *policy, 0).ok());
  ApiKeySpec anywhere = partner;
  anywhere.networks.clear();
  EXPECT_EQ(CheckApiKeySpec(anywhere, *policy, 0).reason(), Reason::kInvalidArgument);
  for (const std::vector<std::string>& domains : {std::vector<std::string>{}, std::vector<std::string>{"*"}}) {
    ApiKeySpec all_domains = partner;
    all_domains.token_domains = domains;
    EXPECT_EQ(CheckApiKeySpec(all_domains, *policy, 0).reason(), Reason::kInvalidArgument);
  }
}

}  // namespace
}  // namespace strongroom
