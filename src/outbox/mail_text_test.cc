#include "outbox/mail_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/encoding.h"
#include "outbox/templates.h"

namespace strongroom {
namespace {

// What a mail reader makes of encoded words.
std::string Decoded(std::string text) {
  std::string out;
  for (size_t at = text.find("=?utf-8?B?"); at != std::string::npos; at = text.find("=?utf-8?B?")) {
    const size_t end = text.find("?=", at + 10);
    out += *Base64Decode(text.substr(at + 10, end - at - 10));
    text = text.substr(end + 2);
  }
  return out;
}

std::string Unquoted(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
    } else if (text.compare(i, 3, "=\r\n") == 0) {
      i += 2;
    } else {
      out += *HexDecode(text.substr(i + 1, 2));
      i += 2;
    }
  }
  return out;
}

TEST(MailText, SubjectsOfEveryLanguageSurviveAndNoLineIsLong) {
  for (const NoticeTemplate& words : AllTemplates()) {
    for (const TemplateText& text : words.texts) {
      MailParts mail;
      mail.id = "01";
      mail.from = "vault@example.com";
      mail.to = "ada@example.com";
      mail.subject = text.subject;
      mail.body = text.text;
      ASSERT_TRUE(CheckMailParts(mail).ok());
      const std::string composed = ComposeMail(mail);
      std::istringstream lines(composed);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), 79u) << line;
        EXPECT_TRUE(line.ends_with('\r'));
      }
      const std::string encoded = EncodeHeaderText(text.subject);
      EXPECT_EQ(encoded.starts_with("=?") ? Decoded(encoded) : encoded, text.subject);
    }
  }
  EXPECT_EQ(EncodeHeaderText("plain"), "plain");
  EXPECT_EQ(Decoded(EncodeHeaderText("=?utf-8?B?eA==?=")), "=?utf-8?B?eA==?=")
      << "what looks encoded is encoded once more";
}

TEST(MailText, EncodedWordsEndBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "a新";
  std::string rest = EncodeHeaderText(text);
  EXPECT_EQ(Decoded(rest), text);
  for (size_t at = rest.find("=?utf-8?B?"); at != std::string::npos; at = rest.find("=?utf-8?B?", at + 1)) {
    EXPECT_TRUE(IsValidUtf8(*Base64Decode(rest.substr(at + 10, rest.find("?=", at + 10) - at - 10))));
  }
}

TEST(MailText, QuotedPrintableGivesBackEveryBody) {
  for (const std::string& body :
       {std::string("a = b"), std::string("trailing \nspace "), std::string(300, 'x'),
        std::string("新设备登录了您的账户") + std::string(80, '='), std::string("\t.\n.\n"), std::string("\x01\x7f")}) {
    const std::string quoted = QuotedPrintable(body);
    std::string expected;
    for (const char c : body) expected += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_EQ(Unquoted(quoted), expected);
    EXPECT_EQ(quoted.find(" \r\n"), std::string::npos);
  }
}

TEST(MailText, DotsAreDoubledAtTheBeginningOfLinesOnly) {
  EXPECT_EQ(DotStuffed("a\r\n.\r\n..b\r\nc.d\r\n"), "a\r\n..\r\n...b\r\nc.d\r\n.\r\n");
  EXPECT_EQ(DotStuffed(".a"), "..a\r\n.\r\n");
  EXPECT_EQ(DotStuffed(""), ".\r\n");
}

TEST(MailText, DatesAreThoseOfTheStandard) {
  EXPECT_EQ(MailDate(1'795'327'553'123), "Sun, 22 Nov 2026 06:05:53 +0000");
  EXPECT_EQ(MailDate(0), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(MailDate(1'709'164'800'000), "Thu, 29 Feb 2024 00:00:00 +0000");
}

}  // namespace
}  // namespace strongroom
