#include "outbox/smtp_reply.h"

#include <gtest/gtest.h>

namespace strongroom {
namespace {

TEST(SmtpReply, ReadsRepliesOfOneAndManyLines) {
  SmtpReplyParser parser;
  ASSERT_TRUE(*parser.Feed("220 mail.example ESMTP\r\n250-mail.exa"));
  EXPECT_EQ(parser.Take().code, 220);
  EXPECT_TRUE(parser.HasMore());
  EXPECT_FALSE(*parser.Feed("mple\r\n250-AUTH LOGIN plain\r\n250-starttls\r\n250"));
  ASSERT_TRUE(*parser.Feed(" SIZE 1000\r\n"));
  EXPECT_FALSE(parser.HasMore());
  const SmtpReply reply = parser.Take();
  EXPECT_EQ(reply.code, 250);
  EXPECT_EQ(reply.lines.size(), 4u);
  std::string ways;
  EXPECT_TRUE(reply.Offers("AUTH", &ways));
  EXPECT_EQ(ways, "LOGIN plain");
  EXPECT_TRUE(reply.Offers("STARTTLS"));
  EXPECT_FALSE(reply.Offers("MAIL.EXAMPLE")) << "the greeting is no offer";
  EXPECT_FALSE(reply.Offers("START"));
  ASSERT_TRUE(*parser.Feed("250\r\n"));
  EXPECT_EQ(parser.Take().lines.at(0), "");
}

TEST(SmtpReply, EnhancedCodesAreNumbersAndNothingElse) {
  const auto code_of = [](const std::string& line) {
    SmtpReplyParser parser;
    EXPECT_TRUE(*parser.Feed(line + "\r\n"));
    return parser.Take().EnhancedCode();
  };
  EXPECT_EQ(code_of("550 5.1.1 <ada@example.com> unknown"), "5.1.1");
  EXPECT_EQ(code_of("550-5.1.10 x\r\n550 y"), "5.1.10");
  for (const char* none : {"550 ada@example.com", "550 5.1 x", "550 5.1.1.1 x", "550 5..1 x", "550 5.1.1@x", "550",
                           "550 .5.1.", "550 1.2.3456789 x"}) {
    EXPECT_EQ(code_of(none), "") << none;
  }
}

TEST(SmtpReply, WhatIsNoSmtpIsRefused) {
  for (const char* odd : {"HTTP/1.1 200 OK\r\n", "25 x\r\n", "250ok\r\n", "150 x\r\n", "650 x\r\n", "\r\n", "\n",
                          "250 ok\n", "250-a\r\n251 b\r\n", "+OK\r\n"}) {
    EXPECT_EQ(SmtpReplyParser().Feed(odd).reason(), Reason::kServerUnreachable) << odd;
  }
  EXPECT_FALSE(SmtpReplyParser().Feed("250 " + std::string(SmtpReplyParser::kMaxLineBytes, 'x')).ok());
  std::string many;
  for (size_t i = 0; i <= SmtpReplyParser::kMaxLines; ++i) many += "250-x\r\n";
  EXPECT_FALSE(SmtpReplyParser().Feed(many).ok());
}

}  // namespace
}  // namespace strongroom
