#include "audit/entry.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include "audit/testing/test_log.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

AuditEntry FullEntry() {
  AuditEntry entry = RevealEntry(5);
  entry.nonce.fill(0xab);
  entry.time = 1'795'000'000'123;
  entry.outcome = Reason::kStepUpNeeded;
  entry.count = 70'000;
  entry.change = LeafHash("record");
  entry.detail = "crm";
  entry.customers.push_back(TestAuditId(6));
  return entry;
}

TEST(AuditEntryTest, ReadsBackWhatWasWritten) {
  for (const AuditEntry& entry : {AuditEntry(), RevealEntry(), FullEntry()}) {
    const Result<AuditEntry> decoded = AuditEntry::Decode(entry.Encode());
    ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
    EXPECT_EQ(*decoded, entry);
  }
}

TEST(AuditEntryTest, AnOrdinaryRevealTakesAtMost110Bytes) {
  const size_t size_bytes = RevealEntry().Encode().size();
  RecordProperty("reveal_entry_bytes", static_cast<int>(size_bytes));
  std::printf("a reveal entry takes %zu bytes\n", size_bytes);
  EXPECT_LE(size_bytes, 110u);
}

TEST(AuditEntryTest, TheLargestEntryFitsALeaf) {
  AuditEntry entry = FullEntry();
  entry.customers.assign(AuditEntry::kMaxAuditIds, TestAuditId(9));
  entry.fields.assign(AuditEntry::kMaxFields, 0xffff);
  entry.purpose.assign(AuditEntry::kMaxPurposeBytes, 'p');
  entry.detail.assign(AuditEntry::kMaxDetailBytes, 'd');
  ASSERT_TRUE(entry.Check().ok());
  EXPECT_LE(entry.Encode().size(), 65'535u);
  EXPECT_TRUE(AuditEntry::Decode(entry.Encode()).ok());
  entry.customers.push_back(TestAuditId(9));
  EXPECT_EQ(entry.Check().reason(), Reason::kInvalidArgument);
  EXPECT_EQ(AuditEntry::Decode(entry.Encode()).reason(), Reason::kLogInvalid);
}

TEST(AuditEntryTest, TextsThatCouldForgeALineAreRefused) {
  AuditEntry entry = RevealEntry();
  ASSERT_TRUE(entry.Check().ok());
  for (const char* text : {"two\nlines", "bell\a", "\xff", "\x7f"}) {
    entry.purpose = text;
    EXPECT_FALSE(entry.Check().ok());
  }
  entry.purpose = "kundtjänst";
  EXPECT_TRUE(entry.Check().ok());
}

TEST(AuditEntryTest, NothingShorterOrLongerIsAnEntry) {
  const Bytes encoded = FullEntry().Encode();
  for (size_t length = 0; length < encoded.size(); ++length) {
    EXPECT_EQ(AuditEntry::Decode(encoded.substr(0, length)).reason(), Reason::kLogInvalid) << length;
  }
  EXPECT_EQ(AuditEntry::Decode(encoded + '\0').reason(), Reason::kLogInvalid);
  EXPECT_TRUE(AuditEntry::Decode(encoded).ok());
}

TEST(AuditEntryTest, OneEntryHasOneEncoding) {
  // Whatever decodes, however mangled, encodes to the very bytes it came from.
  std::mt19937_64 random(20261122);
  const Bytes original = FullEntry().Encode();
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes mangled = original;
    for (uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      mangled[random() % mangled.size()] ^= static_cast<char>(1 << random() % 8);
    }
    const Result<AuditEntry> decoded = AuditEntry::Decode(mangled);
    if (!decoded.ok()) continue;
    ++accepted;
    ASSERT_EQ(decoded->Encode(), mangled);
  }
  EXPECT_GT(accepted, 1000);  // flips inside ids and hashes leave a valid entry
}

TEST(AuditEntryTest, PresentButEmptyPartsAreRefused) {
  // version, parts (rule present), nonce, time, who, action, rule 0
  const Bytes with_zero_rule = Bytes("\x01\x00\x10", 3) + Bytes(16 + 6 + 2, '\0') + Bytes(1, '\0');
  EXPECT_EQ(AuditEntry::Decode(with_zero_rule).reason(), Reason::kLogInvalid);
  EXPECT_TRUE(AuditEntry::Decode(Bytes("\x01\x00\x10", 3) + Bytes(16 + 6 + 2, '\0') + Bytes(1, '\x01')).ok());
}

TEST(AuditEntryTest, StampingEqualsEncodingWithNonceAndTime) {
  AuditEntry entry = RevealEntry();
  Bytes stamped = entry.Encode();
  entry.nonce.fill(0x5c);
  entry.time = 1'795'000'000'123;
  StampEncodedEntry(stamped, View(entry.nonce), entry.time);
  EXPECT_EQ(stamped, entry.Encode());
}

TEST(AuditEntryTest, TheWorkedExampleOfThePageIsRight) {
  std::ifstream page(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/audit-entry.md");
  ASSERT_TRUE(page.good());
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  const size_t begin = text.find("```hex\n");
  ASSERT_NE(begin, std::string::npos);
  // Each line: hex, two or more spaces, a remark.
  std::string hex;
  std::istringstream lines(text.substr(begin + 7, text.find("```", begin + 7) - begin - 7));
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  const Result<Bytes> bytes = HexDecode(hex);
  ASSERT_TRUE(bytes.ok());
  const Result<AuditEntry> entry = AuditEntry::Decode(*bytes);
  ASSERT_TRUE(entry.ok()) << entry.status().ToString();
  AuditEntry expected = RevealEntry(1);
  expected.customers = {
      AuditId{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf}};
  for (size_t i = 0; i < expected.nonce.size(); ++i) expected.nonce[i] = static_cast<uint8_t>(i);
  expected.time = 1'795'327'553'123;
  expected.request_id = 0x0102'0304'0506'0708;
  EXPECT_EQ(HexEncode(expected.Encode()), HexEncode(*bytes));
  EXPECT_EQ(*entry, expected);
  EXPECT_NE(text.find(HexEncode(View(LeafHash(*bytes)))), std::string::npos) << HexEncode(View(LeafHash(*bytes)));
}

}  // namespace
}  // namespace strongroom
