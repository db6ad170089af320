#include "factors/session_proof.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr UnixMillis kNow = 1'790'000'000'123;

// The block "example" of the page: the last word of a line is the value, what stands before it the name.
std::map<std::string, std::string> WorkedExample() {
  std::ifstream file(STRONGROOM_SOURCE_DIR "/docs/formats/session-proof.md");
  std::map<std::string, std::string> example;
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line == "```example")
      inside = true;
    else if (line.starts_with("```"))
      inside = false;
    else if (inside)
      example[line.substr(0, line.rfind(' '))] = line.substr(line.rfind(' ') + 1);
  }
  return example;
}

EcdhP256 PairOf(const std::string& hex) { return *EcdhP256::FromPrivate(SecretBytes::CopyOf(*HexDecode(hex))); }

SessionProofKey SomeKey(char filling = 'k') { return SessionProofKey(SecretBytes::CopyOf(Bytes(32, filling))); }

TEST(SessionProof, TheWorkedExampleHoldsOnBothSides) {
  std::map<std::string, std::string> example = WorkedExample();
  ASSERT_EQ(example.size(), 11u);
  const EcdhP256 client = PairOf(example["client private"]), server = PairOf(example["server private"]);
  EXPECT_EQ(HexEncode(View(client.public_point())), example["client public"]);
  const auto at_server = SessionProofKey::AgreeWith(server, View(client.public_point()), example["session id"]);
  const auto at_client = SessionProofKey::AgreeWith(client, View(server.public_point()), example["session id"]);
  ASSERT_TRUE(at_server.ok() && at_client.ok());
  EXPECT_EQ(HexEncode(at_server->server_public), example["server public"]);
  EXPECT_EQ(HexEncode(ExposeSecret(at_server->key)), example["key"]);
  EXPECT_EQ(HexEncode(ExposeSecret(at_client->key)), example["key"]);

  Bytes message;
  ByteWriter writer(message);
  for (const char* part : {"method", "target", "millis"}) {
    writer.U32(static_cast<uint32_t>(example[part].size()));
    writer.Raw(example[part]);
  }
  EXPECT_EQ(HexEncode(message), example["message"]);
  const SessionProofKey key(at_server->key);
  EXPECT_EQ(key.MakeProof(example["method"], example["target"], kNow), example["header"]);
  EXPECT_TRUE(key.VerifyProof(example["method"], example["target"], example["header"], kNow + 500).ok());
}

TEST(SessionProof, TheKeyDependsOnTheSessionAndOnBothPairs) {
  SystemRandom random;
  const EcdhP256 client = EcdhP256::Generate(random), server = EcdhP256::Generate(random);
  const auto key = [&](const EcdhP256& pair, std::string_view session) {
    return Bytes(ExposeSecret(SessionProofKey::AgreeWith(pair, View(client.public_point()), session)->key));
  };
  EXPECT_EQ(key(server, "a"), key(server, "a")) << "control";
  EXPECT_NE(key(server, "a"), key(server, "b"));
  EXPECT_NE(key(server, "a"), key(EcdhP256::Generate(random), "a"));
  const auto drawn = SessionProofKey::Agree(View(client.public_point()), "a", random);
  ASSERT_TRUE(drawn.ok());
  EXPECT_EQ(Bytes(ExposeSecret(SessionProofKey::AgreeWith(client, drawn->server_public, "a")->key)),
            ExposeSecret(drawn->key));
}

TEST(SessionProof, RefusesPointsThatAreNotOfTheCurve) {
  SystemRandom random;
  const EcdhP256 client = EcdhP256::Generate(random);
  const Bytes good(View(client.public_point()));
  ASSERT_TRUE(SessionProofKey::Agree(good, "s", random).ok()) << "control";
  Bytes off_curve = good;
  off_curve[64] = static_cast<char>(off_curve[64] ^ 1);
  Bytes compressed = "\x02" + good.substr(1, 32);
  Bytes hybrid = good;
  hybrid[0] = static_cast<char>(6 + (good[64] & 1));
  Bytes beyond_prime = "\x04" + Bytes(64, '\xff');
  for (const Bytes& bad : {Bytes(), good.substr(0, 64), good + "x", off_curve, compressed, hybrid, beyond_prime,
                           Bytes(1, '\0'), Bytes(65, '\0'), "\x04" + Bytes(64, '\0')}) {
    EXPECT_EQ(SessionProofKey::Agree(bad, "s", random).reason(), Reason::kFactorInvalid) << HexEncode(bad);
  }
}

TEST(SessionProof, IsRefusedForAnyOtherRequestKeyOrTime) {
  const SessionProofKey key = SomeKey();
  const std::string header = key.MakeProof("GET", "/v1/a?b=c", kNow);
  ASSERT_TRUE(key.VerifyProof("GET", "/v1/a?b=c", header, kNow).ok()) << "control";
  EXPECT_EQ(key.VerifyProof("POST", "/v1/a?b=c", header, kNow).reason(), Reason::kSessionUnproved);
  EXPECT_EQ(key.VerifyProof("GET", "/v1/a?b=d", header, kNow).reason(), Reason::kSessionUnproved);
  EXPECT_EQ(key.VerifyProof("GET/", "v1/a?b=c", header, kNow).reason(), Reason::kSessionUnproved);
  EXPECT_EQ(SomeKey('l').VerifyProof("GET", "/v1/a?b=c", header, kNow).reason(), Reason::kSessionUnproved);
  // The same MAC under a time of the attacker's choice.
  const std::string later = std::to_string(kNow + 1) + header.substr(header.find('.'));
  EXPECT_EQ(key.VerifyProof("GET", "/v1/a?b=c", later, kNow).reason(), Reason::kSessionUnproved);
  for (size_t i = header.find('.') + 1; i < header.size(); ++i) {
    std::string altered = header;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(key.VerifyProof("GET", "/v1/a?b=c", altered, kNow).ok()) << i;
  }
}

TEST(SessionProof, HoldsForTwoMinutesOnEitherSide) {
  const SessionProofKey key = SomeKey();
  const std::string header = key.MakeProof("GET", "/", kNow);
  for (const int64_t off : {-120'001, -120'000, 0, 120'000, 120'001}) {
    EXPECT_EQ(key.VerifyProof("GET", "/", header, kNow + off).ok(), off >= -120'000 && off <= 120'000) << off;
  }
  EXPECT_FALSE(key.VerifyProof("GET", "/", header, kNow + 1001, 1000).ok());
}

TEST(SessionProof, RefusesMalformedHeaders) {
  const SessionProofKey key = SomeKey();
  const std::string header = key.MakeProof("GET", "/", kNow);
  const std::string millis = header.substr(0, header.find('.')), mac = header.substr(header.find('.') + 1);
  ASSERT_TRUE(key.VerifyProof("GET", "/", millis + "." + mac, kNow).ok()) << "control";
  for (const std::string& bad :
       {std::string(), std::string("."), millis, mac, millis + ".", "." + mac, millis + "." + mac + "=",
        millis + "." + mac.substr(1), "0" + millis + "." + mac, "+" + millis + "." + mac, " " + header, header + " ",
        millis + "1234." + mac, millis + "." + mac.substr(0, 42) + "*", std::string(100'000, '9')}) {
    EXPECT_EQ(key.VerifyProof("GET", "/", bad, kNow).reason(), Reason::kSessionUnproved) << bad.substr(0, 80);
  }
  // Stray bits: another spelling of the same 32 bytes.
  std::string stray = header;
  stray.back() = static_cast<char>(stray.back() + 1);
  EXPECT_FALSE(key.VerifyProof("GET", "/", stray, kNow).ok());
}

TEST(SessionProof, AKeyOfAnotherSizeProvesNothing) {
  for (const size_t size : {0u, 16u, 31u, 33u}) {
    const SessionProofKey key((SecretBytes(size)));
    EXPECT_FALSE(key.VerifyProof("GET", "/", key.MakeProof("GET", "/", kNow), kNow).ok()) << size;
  }
}

TEST(SessionProof, PrintsWhatAProofCosts) {
  const SessionProofKey key = SomeKey();
  const std::string header = key.MakeProof("GET", "/v1/customers/7QK2-M4XD/reveal", kNow);
  constexpr int kRounds = 20'000;
  int good = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) good += key.VerifyProof("GET", "/v1/customers/7QK2-M4XD/reveal", header, kNow).ok();
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(good, kRounds);
  std::printf("one proof verified in %.0f ns\n", spent.count() / kRounds);
}

}  // namespace
}  // namespace strongroom
