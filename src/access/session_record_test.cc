#include "access/session_record.h"
#include "access/testing/format_page.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

SessionRecord Example() {
  SessionRecord record;
  record.id = 0x3f0c'55aa'1234'5678;
  record.person = 0x2549'c78a'5c9d'b084;
  record.mac.fill(0xab);
  record.created_at = 1'795'327'553'123;
  record.factor_at = 1'795'327'787'363;
  record.password_at = record.created_at;
  record.factor = FactorKind::kTotp;
  record.credentials = 0x0102'0304'0506'0708;
  record.address = *IpAddress::Parse("192.0.2.7");
  record.device = "Firefox, Windows";
  record.proof_key = SecretBytes::CopyOf(std::string(32, 'C'));
  record.device_id = 0x0123'4567'89ab'cdef;
  return record;
}

TEST(SessionRecord, IsWhatItsPageSays) {
  EXPECT_EQ(HexEncode(ExampleOfPage("session.md")), HexEncode(Example().Encode()));
}

TEST(SessionRecord, DecodesToWhatWasEncodedAndNothingElse) {
  const Bytes bytes = Example().Encode();
  const Result<SessionRecord> read = SessionRecord::Decode(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Encode(), bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_EQ(SessionRecord::Decode(ByteView(bytes).substr(0, cut)).reason(), Reason::kDataCorrupt) << cut;
  }
  EXPECT_EQ(SessionRecord::Decode(bytes + "x").reason(), Reason::kDataCorrupt);
  Bytes newer = bytes;
  newer[0] = 3;
  EXPECT_EQ(SessionRecord::Decode(newer).reason(), Reason::kDataCorrupt);
  Bytes impossible = bytes;
  impossible.back() = 2;  // neither bound nor not
  EXPECT_EQ(SessionRecord::Decode(impossible).reason(), Reason::kDataCorrupt);
}

TEST(SessionRecord, ReadsWhatWasWrittenBeforeThereWereDevices) {
  Bytes before = Example().Encode();
  before.resize(before.size() - 9);
  before[0] = 1;
  const Result<SessionRecord> read = SessionRecord::Decode(before);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->device_id, 0u);
  EXPECT_FALSE(read->bound_passkey);
  EXPECT_EQ(read->device, "Firefox, Windows");
  before[0] = 2;
  EXPECT_EQ(SessionRecord::Decode(before).reason(), Reason::kDataCorrupt) << "the control";
}

TEST(SessionRecord, IdsHaveOneSpelling) {
  EXPECT_EQ(FormatSessionId(0x3f0c'55aa'1234'5678), "s_3f0c55aa12345678");
  EXPECT_EQ(*ParseSessionId("s_3f0c55aa12345678"), 0x3f0c'55aa'1234'5678u);
  for (const char* text : {"", "3f0c55aa12345678", "s_3F0C55AA12345678", "s_3f0c55aa1234567", "s_3f0c55aa123456789",
                           "s_zzzzzzzzzzzzzzzz"}) {
    EXPECT_EQ(ParseSessionId(text).reason(), Reason::kInvalidArgument) << text;
  }
}

// What ends sessions when it changes, and what does not.
TEST(SessionRecord, TheMarkOfCredentialsChangesWithEachOfThemAndWithNothingElse) {
  StaffMember person;
  person.password = "verifier";
  person.totp_secret = "sealed";
  person.phone = "+46700000000";
  person.passkeys.resize(1);
  person.passkeys[0].credential_id = "id";
  person.passkeys[0].public_key = "key";
  const uint64_t mark = CredentialsMark(person);
  const auto changed = [&](auto change) {
    StaffMember other = person;
    change(other);
    return CredentialsMark(other) != mark;
  };
  EXPECT_TRUE(changed([](StaffMember& p) { p.password = "another"; }));
  EXPECT_TRUE(changed([](StaffMember& p) { p.totp_secret.clear(); }));
  EXPECT_TRUE(changed([](StaffMember& p) { p.phone_confirmed = true; }));
  EXPECT_TRUE(changed([](StaffMember& p) { p.answer = "verifier"; }));
  EXPECT_TRUE(changed([](StaffMember& p) { p.passkeys.clear(); }));
  EXPECT_TRUE(changed([](StaffMember& p) { p.passkeys[0].public_key = "other"; }));
  EXPECT_FALSE(changed([](StaffMember& p) { p.passkeys[0].sign_count = 9; }));
  EXPECT_FALSE(changed([](StaffMember& p) { p.totp_last_step = 9; }));
  EXPECT_FALSE(changed([](StaffMember& p) { p.display_name = "Kim"; }));
}

}  // namespace
}  // namespace strongroom
