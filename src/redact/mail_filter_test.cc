#include "redact/mail_filter.h"

#include <gtest/gtest.h>

#include "redact/mime.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::redact {
namespace {

std::unique_ptr<Filter> Make(const Job& job) { return std::make_unique<MailFilter>(job, FormatOptions()); }
std::unique_ptr<Filter> MakeKeeping(const Job& job) {
  FormatOptions options;
  options.keep_unknown_attachments = true;
  return std::make_unique<MailFilter>(job, options);
}

std::string Crlf(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

TEST(Mime, EncodingsComeBack) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    std::string bytes;
    for (size_t i = dice.Below(300); i > 0; --i) bytes.push_back(dice.In("abc =.\t\xC3\xA5é\xFF\r\n"));
    EXPECT_EQ(DecodeQuotedPrintable(EncodeQuotedPrintable(bytes, "\r\n")), bytes);
    EXPECT_EQ(DecodeQuotedPrintable(EncodeQuotedPrintable(bytes, "\n")), bytes);
    EXPECT_EQ(DecodeBase64Body(EncodeBase64Body(bytes, "\n")), bytes);
  }
}

TEST(Mime, HeadersComeBack) {
  for (std::string_view text :
       {"plain", "Åsa Öberg <a@b.se>", "███ ███ and ███",
        "a very long subject that goes on and on and on until it no longer fits into one line of a message",
        "███████████████████████████████████████████████████████████████████████████████"}) {
    EXPECT_EQ(DecodeHeaderText(EncodeHeaderText(text, "\r\n")), text);
  }
  Dice dice(3);
  static constexpr std::string_view kPieces[] = {" ",  "  ", "\t", "a", "word ", "å",
                                                 "██", "=?", "?=", "0", ": ",    "\x01"};
  for (int round = 0; round < 3000; ++round) {
    std::string text = "x";
    for (size_t i = dice.Below(120); i > 0; --i) text += dice.OneOf(kPieces);
    const std::string raw = EncodeHeaderText(text, "\r\n");
    ASSERT_EQ(DecodeHeaderText(raw), text) << raw;
    ASSERT_EQ(raw.find("\n\r"), std::string::npos);
    ASSERT_TRUE(raw.find('\n') == std::string::npos || SplitEntity("A: " + raw + "\r\n").headers.size() == 1) << raw;
  }
  EXPECT_EQ(DecodeHeaderText("=?iso-8859-1?Q?=C5sa?= =?utf-8?b?IMOWYmVyZw==?= x"), "Åsa Öberg x");
  EXPECT_EQ(DecodeHeaderText("=?koi8-r?Q?x?="), std::nullopt);
  EXPECT_EQ(DecodeHeaderText("=?broken"), "=?broken");
}

TEST(Mime, ContentTypesAreRead) {
  const ContentType type = ParseContentType(" Text/Plain; charset=\"UTF-8\"; name*0*=utf-8''%C3%85; name*1=sa.txt; x");
  EXPECT_EQ(type.type, "text/plain");
  EXPECT_EQ(type.parameters.at("charset"), "UTF-8");
  EXPECT_EQ(type.parameters.at("name"), "Åsa.txt");
}

constexpr std::string_view kMessage =
    "From: =?utf-8?Q?ZZ=61nna?= <a@b.se>\nTo: x\nSubject: about ZZbo\nDate: Mon, 2 Mar 2026 10:00:00 "
    "+0100\nMIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=\"=_b\"\n\npreamble\n--=_b\nContent-Type: text/plain; charset=iso-8859-1\n"
    "Content-Transfer-Encoding: quoted-printable\n\nHej ZZ=61nna, p=E5 id 12=\n34\n--=_b\nContent-Type: "
    "text/html\nContent-Transfer-Encoding: base64\n\n"
    "PHA+RGVhciA8Yj5aWjwvYj5hbm5hPC9wPg==\n--=_b\nContent-Type: text/csv; name=\"ZZlist.csv\"\nContent-Disposition: "
    "attachment; filename=\"ZZlist.csv\"\n\n"
    "who,id\nZZbo,1234\n--=_b\nContent-Type: image/png; name=x.png\nContent-Transfer-Encoding: "
    "base64\n\niVBORw0KGgo=\n--=_b\n"
    "Content-Type: message/rfc822\n\nSubject: inner ZZanna\n\nbody of ZZbo\n--=_b--\nepilogue ZZbo\n";

TEST(MailFilter, EveryPartIsGoneThrough) {
  for (bool crlf : {false, true}) {
    const std::string message = crlf ? Crlf(kMessage) : std::string(kMessage);
    RunOptions options;
    options.mode = Mode::kLabel;
    const Outcome outcome = RunFilter(Make, message, options);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_EQ(outcome.out.find("ZZ"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("a@b"), std::string::npos);
    EXPECT_EQ(outcome.out.find("iVBOR"), std::string::npos);
    EXPECT_NE(outcome.out.find("From: [PERSON] <[EMAIL]>"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("Subject: inner [PERSON]"), std::string::npos);
    EXPECT_NE(outcome.out.find("This part (image/png) was taken out"), std::string::npos);
    EXPECT_NE(outcome.out.find("Date: Mon, 2 Mar 2026 10:00:00 +0100"), std::string::npos);
    EXPECT_NE(outcome.out.find("Hej [PERSON], p=C3=A5 id [NATIONAL_ID]"), std::string::npos);
    EXPECT_NE(outcome.out.find("charset=utf-8"), std::string::npos);
    EXPECT_NE(outcome.out.find(EncodeBase64Body("<p>Dear <b>[PERSON]</b></p>", crlf ? "\r\n" : "\n")),
              std::string::npos);
    EXPECT_NE(outcome.out.find("filename=\"[PERSON].csv\""), std::string::npos);
    EXPECT_NE(outcome.out.find("[PERSON],[NATIONAL_ID]"), std::string::npos);
    const Outcome twice = RunFilter(Make, outcome.out, options);
    EXPECT_EQ(twice.out, outcome.out);
    EXPECT_TRUE(twice.found.empty());
  }
}

TEST(MailFilter, WithNothingFoundEveryByteStays) {
  RunOptions options;
  options.selection.kinds = detect::KindSet();
  EXPECT_EQ(RunFilter(MakeKeeping, kMessage, options).out, kMessage);
  // The positive control: the same message with the notice put in.
  EXPECT_NE(RunFilter(Make, kMessage, options).out, kMessage);
}

TEST(MailFilter, WhatReplacesIsWrittenAsTheMessageMay) {
  const Outcome outcome = RunFilter(Make, "Subject: for ZZanna now\n\nHi ZZbo\n");
  EXPECT_EQ(DecodeHeaderText(MimeEntity(SplitEntity(outcome.out)).headers[0].value()), " for ██████ now");
  EXPECT_NE(outcome.out.find("Content-Transfer-Encoding: quoted-printable"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("Hi =E2=96=88"), std::string::npos);
}

TEST(MailFilter, ALineThatIsNoHeaderBecomesNone) {
  RunOptions options;
  options.mode = Mode::kStandIn;
  for (std::string_view text :
       {"ZZanna ZZlind: to ZZbo\n\nbody\n", "12\r345678: x =?utf-8?B?WlphbmE=?=\n\nbody\n", "a@b.se: ZZbo\n\nbody\n"}) {
    const Outcome once = RunFilter(Make, text, options);
    ASSERT_TRUE(once.status.ok());
    EXPECT_NE(once.out, text);
    EXPECT_EQ(RunFilter(Make, once.out, options).out, once.out) << text;
  }
}

TEST(MailFilter, AnyBytesEndInAnAnswerAndTwiceChangesNothing) {
  static constexpr std::string_view kPieces[] = {"From: ZZanna <a@b.se>\n",
                                                 "Subject: =?utf-8?B?WlphbmE=?=\n",
                                                 "\n",
                                                 "\n",
                                                 "Content-Type: multipart/mixed; boundary=b\n",
                                                 "--b\n",
                                                 "--b--\n",
                                                 "text ZZbo\n",
                                                 "Content-Transfer-Encoding: base64\n",
                                                 "Content-Transfer-Encoding: quoted-printable\n",
                                                 "Content-Type: text/html; charset=latin1\n",
                                                 "<p>ZZa</p>",
                                                 "=5A=5Aanna\n",
                                                 "WlphbmE=\n",
                                                 " folded\n",
                                                 "Content-Type: application/json\n",
                                                 "{\"a\": \"ZZa\"}\n",
                                                 "Content-Type: message/rfc822\n",
                                                 "\xFF\n",
                                                 "no header\n",
                                                 "ZZanna: ZZbo\n",
                                                 "12\r345678: =?utf-8?B?WlphbmE=?=\n",
                                                 "Content-Type: text/plain; charset=koi8-r\n",
                                                 "Content-Disposition: attachment; filename*=utf-8''ZZ%C3%A5.txt\n",
                                                 std::string_view("\0", 1)};
  for (Mode mode : kAllModes) {
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 500; ++seed) {
      Dice dice(seed);
      std::string text;
      for (size_t i = dice.Below(25); i > 0; --i) text += dice.OneOf(kPieces);
      RunOptions options;
      options.mode = mode;
      const Outcome once = RunFilter(Make, text, options);
      ASSERT_TRUE(once.status.ok()) << once.status.message();
      options.most_fed = 3;
      const Outcome twice = RunFilter(Make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, 100U);
  }
}

}  // namespace
}  // namespace strongroom::redact
