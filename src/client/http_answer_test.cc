#include "client/http_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strongroom {
namespace {

using ::testing::HasSubstr;
using Progress = HttpAnswerParser::Progress;

// Fed whole, and byte by byte: the two must agree.
Result<WebAnswer> Parse(std::string_view text, bool ends = false, HttpAnswerLimits limits = {}, bool has_body = true) {
  HttpAnswerParser whole(limits, has_body);
  Result<Progress> progress = whole.Feed(text);
  HttpAnswerParser pieces(limits, has_body);
  Result<Progress> piecewise = Progress::kMore;
  for (const char c : text) {
    piecewise = pieces.Feed({&c, 1});
    if (!piecewise.ok() || *piecewise == Progress::kComplete) break;
  }
  EXPECT_EQ(progress.ok(), piecewise.ok()) << text;
  if (!progress.ok()) return progress.status();
  EXPECT_EQ(*progress, *piecewise) << text;
  if (*progress == Progress::kMore) {
    if (!ends) return Status(Reason::kServerUnreachable, "more");
    RETURN_IF_ERROR(whole.End());
    RETURN_IF_ERROR(pieces.End());
  }
  WebAnswer answer = whole.Take();
  EXPECT_EQ(answer.body, pieces.Take().body);
  return answer;
}

TEST(HttpAnswer, ReadsBodiesOfEveryLength) {
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")->body, "hello");
  EXPECT_EQ(Parse("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
  EXPECT_EQ(Parse("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")->body, "");
  EXPECT_EQ(Parse("HTTP/1.0 200 OK\r\n\r\nto the end", true)->body, "to the end");
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n6 \r\n world\r\n0\r\nT: "
                  "x\r\n\r\n")
                ->body,
            "hello world");
  EXPECT_EQ(Parse("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", false, {}, false)->body, "") << "of a HEAD";
  EXPECT_EQ(Parse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 1\r\nRetry-After:  7 \r\n\r\nx")
                ->Header("retry-after"),
            "7");
  EXPECT_EQ(Parse("HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n")->status, 302);
}

TEST(HttpAnswer, ACutAnswerIsNoAnswer) {
  EXPECT_FALSE(Parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", true).ok());
  EXPECT_FALSE(Parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true).ok());
  EXPECT_FALSE(Parse("HTTP/1.1 200 OK\r\nContent-Le", true).ok());
  EXPECT_FALSE(Parse("", true).ok());
}

TEST(HttpAnswer, WhatTwoParsersCouldReadDifferentlyIsRefused) {
  for (const char* odd : {
           "SSH-2.0-OpenSSH_9\r\n\r\n",
           "HTTP/2 200\r\n\r\n",
           "HTTP/1.1 20x OK\r\n\r\n",
           "HTTP/1.1 2000\r\n\r\n",
           "HTTP/1.1 099 OK\r\n\r\n",
           "HTTP/1.1 101 Switching\r\n\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
       }) {
    const Result<WebAnswer> answer = Parse(odd, true);
    EXPECT_EQ(answer.reason(), Reason::kServerUnreachable) << odd;
  }
}

TEST(HttpAnswer, NothingGrowsBeyondItsLimit) {
  const HttpAnswerLimits small{.max_head_bytes = 100, .max_headers = 3, .max_body_bytes = 10};
  const std::string head = "HTTP/1.1 200 OK\r\n";
  EXPECT_TRUE(Parse(head + "Content-Length: 10\r\n\r\n0123456789", false, small).ok());
  EXPECT_THAT(Parse(head + "Content-Length: 11\r\n\r\n0123456789a", false, small).status().message(),
              HasSubstr("10 bytes"));
  EXPECT_FALSE(Parse(head + "\r\n0123456789a", true, small).ok());
  EXPECT_FALSE(
      Parse(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n", false, small).ok());
  EXPECT_FALSE(Parse(head + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", true, small).ok());
  EXPECT_FALSE(Parse(head + "A: " + std::string(200, 'x'), false, small).ok()) << "and is not waited for";
  EXPECT_FALSE(Parse(head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(400, 'x'), false, small).ok());
  for (size_t size = 90; size < 110; ++size) {  // found by fuzzing: whole and in pieces differed at the very limit
    const std::string filled = head + "A: " + std::string(size - head.size() - 3, 'x');
    EXPECT_EQ(Parse(filled + "\r\n\r\n", true, small).ok(), size <= 100) << size;
  }
  std::string trailers = head + "Transfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 30; ++i) trailers += "T: xxxx\r\n";
  EXPECT_FALSE(Parse(trailers + "\r\n", false, small).ok());
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 103 Early\r\n\r\n";
  EXPECT_FALSE(Parse(interim + head + "Content-Length: 0\r\n\r\n", false, small).ok());
}

}  // namespace
}  // namespace strongroom
