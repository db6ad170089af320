#include "outbox/notice.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "base/encoding.h"
#include "outbox/templates.h"

namespace strongroom {
namespace {

Bytes ExampleOfThePage() {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/outbox.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t at = page.find("```hex\n") + 7;
  std::istringstream lines(page.substr(at, page.find("```", at) - at));
  std::string hex;
  for (std::string line; std::getline(lines, line);) hex += line.substr(0, line.find(' '));
  const Result<Bytes> bytes = HexDecode(hex);
  return bytes.ok() ? *bytes : Bytes();
}

TEST(OutboxItem, IsWhatItsPageSays) {
  const Bytes example = ExampleOfThePage();
  const Result<OutboxItem> item = OutboxItem::Decode(example);
  ASSERT_TRUE(item.ok()) << item.status().ToString();
  EXPECT_EQ(FormatTime(item->created_at), "2026-11-22T06:05:53.123Z");
  EXPECT_EQ(item->to, (Destination{NoticeChannel::kMail, "ada@example.com"}));
  EXPECT_EQ(item->language, Language::kSwedish);
  EXPECT_EQ(item->attempts, 2u);
  EXPECT_EQ(item->last_failure, "smtp 451 at RCPT");
  EXPECT_EQ(item->Encode(), example);
  Notice notice;
  notice.kind = item->kind;
  notice.to = {item->to};
  notice.parameters = item->parameters;
  EXPECT_TRUE(CheckNotice(notice).ok());
}

TEST(OutboxItem, RefusesEveryTruncationAndImpossibleValues) {
  const Bytes example = ExampleOfThePage();
  for (size_t size = 0; size < example.size(); ++size) {
    EXPECT_EQ(OutboxItem::Decode(ByteView(example).substr(0, size)).reason(), Reason::kDataCorrupt) << size;
  }
  EXPECT_FALSE(OutboxItem::Decode(example + "x").ok());
  for (const size_t at : {0, 17, 18}) {  // version, state, channel
    Bytes other = example;
    other[at] = 9;
    EXPECT_FALSE(OutboxItem::Decode(other).ok()) << at;
  }
}

TEST(NoticeId, HasOneSpellingThatIsReadAgain) {
  const NoticeId id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
  EXPECT_EQ(FormatNoticeId(id), "0102030405060708090a0b0c0d0e0fff");
  EXPECT_EQ(*ParseNoticeId(FormatNoticeId(id)), id);
  for (const char* bad : {"", "01", "0102030405060708090a0b0c0d0e0fff00", "zz02030405060708090a0b0c0d0e0fff"}) {
    EXPECT_FALSE(ParseNoticeId(bad).ok()) << bad;
  }
}

TEST(Destination, AddressesThatCouldEndALineOrNameASecondOneAreRefused) {
  for (const char* good : {"ada@example.com", "a.b+c@x-y.example", "o'neil@example.com", "root@localhost"}) {
    EXPECT_TRUE(CheckDestination({NoticeChannel::kMail, good}).ok()) << good;
  }
  for (const char* bad :
       {"", "ada", "@example.com", "ada@", "ada@example.com\r\nBcc: eve@evil.example", "ada@example.com\n",
        "a b@example.com", "ada@example.com>", "<ada@example.com", "ada@example.com, eve@evil.example",
        "\"a b\"@example.com", "ada@-x.example", "ada@x..example", ".ada@example.com", "å@example.com",
        "ada@[127.0.0.1]", "ada;eve@example.com"}) {
    const Status status = CheckDestination({NoticeChannel::kMail, bad});
    EXPECT_EQ(status.reason(), Reason::kInvalidArgument) << bad;
    EXPECT_EQ(status.message().find("evil"), std::string::npos);
  }
  EXPECT_TRUE(CheckDestination({NoticeChannel::kSms, "+46701740679"}).ok());
  for (const char* bad : {"0701740679", "+46 70", "+46701740679\r\n", "+0701740679", "+4670174067912345678"}) {
    EXPECT_FALSE(CheckDestination({NoticeChannel::kSms, bad}).ok()) << bad;
  }
  EXPECT_TRUE(CheckDestination({NoticeChannel::kWebhook, "ops-1"}).ok());
  EXPECT_FALSE(CheckDestination({NoticeChannel::kSyslog, "ops 1"}).ok());
  EXPECT_FALSE(CheckDestination({static_cast<NoticeChannel>(9), "ops"}).ok());
}

TEST(Destination, AnOperatorSeesAddressesMasked) {
  EXPECT_EQ(MaskedRecipient({NoticeChannel::kMail, "ada.lovelace@example.com"}), "a…@example.com");
  EXPECT_EQ(MaskedRecipient({NoticeChannel::kSms, "+46701740679"}), "…79");
  EXPECT_EQ(MaskedRecipient({NoticeChannel::kWebhook, "ops"}), "ops");
}

}  // namespace
}  // namespace strongroom
