// detect and redact as a person types them.  The numbers are published test numbers.
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "base/encoding.h"
#include "cli/testing/fake_world.h"
#include "redact/zip_archive.h"

namespace strongroom {
namespace {

using testing::Test;

constexpr std::string_view kText = "Card 4111 1111 1111 1111 for anna.lind@firma.se\nnothing here\n";

class RedactionCli : public CliTest {
 protected:
  std::string Input(std::string_view text, const std::vector<std::string>& arguments) {
    terminal_.input = text;
    code_ = Run(arguments);
    return terminal_.out;
  }
  int code_ = 0;
};

TEST_F(RedactionCli, StandardInputComesOutWithoutWhatWasFound) {
  EXPECT_EQ(Input(kText, {"redact"}), "Card ████ ████ ████ ████ for ██████████████████\nnothing here\n");
  EXPECT_EQ(code_, 0);
  EXPECT_NE(terminal_.err.find("2 finds: 1 EMAIL, 1 CREDIT_CARD"), std::string::npos) << terminal_.err;
  Input(kText, {"redact", "--found", "--quiet"});
  EXPECT_EQ(code_, 7);
  EXPECT_EQ(terminal_.err, "");
}

TEST_F(RedactionCli, DetectSaysWhereAndNeverWhat) {
  const std::string out = Input(kText, {"detect"});
  EXPECT_EQ(code_, 7);
  EXPECT_NE(out.find("-:1:6: CREDIT_CARD"), std::string::npos) << out;
  EXPECT_EQ(out.find("4111"), std::string::npos);
  EXPECT_EQ(out.find("anna"), std::string::npos);
  const std::string json = Input(kText, {"detect", "--json"});
  EXPECT_NE(json.find("\"type\":\"EMAIL\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"found\":2"), std::string::npos) << json;
  EXPECT_EQ(json.find("anna"), std::string::npos);
  Input("nothing here\n", {"detect"});
  EXPECT_EQ(code_, 0);
}

TEST_F(RedactionCli, KindsAndFormatAreTheirOwnErrors) {
  EXPECT_EQ(Input(kText, {"redact", "--kinds", "EMAIL"}).substr(0, 24), "Card 4111 1111 1111 1111");
  Input(kText, {"redact", "--kinds", "NOSUCH"});
  EXPECT_EQ(code_, 1);
  Input(kText, {"redact", "--min-score", "high"});
  EXPECT_EQ(code_, 1);
  Input(kText, {"redact", "--mode", "paint"});
  EXPECT_EQ(code_, 2);
}

TEST_F(RedactionCli, AFolderComesOutAsTheSameTreeAndIsDoneOnce) {
  std::filesystem::create_directories(InDirectory("in/sub"));
  WriteFile("in/a.txt", std::string(kText));
  WriteFile("in/sub/b.csv", "mail,x\nanna.lind@firma.se,1\n");
  WriteFile("in/sub/c.json", "{\"mail\":\"anna.lind@firma.se\",\"n\":1}");
  ASSERT_EQ(Run({"redact", "--mode", "label", "-o", InDirectory("out"), InDirectory("in")}), 0) << terminal_.err;
  EXPECT_EQ(ReadBack(InDirectory("out/a.txt")), "Card [CREDIT_CARD] for [EMAIL]\nnothing here\n");
  EXPECT_EQ(ReadBack(InDirectory("out/sub/b.csv")), "mail,x\n[EMAIL],1\n");
  EXPECT_EQ(ReadBack(InDirectory("out/sub/c.json")), "{\"mail\":\"[EMAIL]\",\"n\":1}");
  EXPECT_EQ(ReadBack(InDirectory("in/a.txt")), kText);
  // Done already: what stands there is left alone, unless --again.
  WriteFile("out/a.txt", "mine");
  ASSERT_EQ(Run({"redact", "--mode", "label", "-o", InDirectory("out"), InDirectory("in")}), 0);
  EXPECT_EQ(ReadBack(InDirectory("out/a.txt")), "mine");
  ASSERT_EQ(Run({"redact", "--mode", "label", "--again", "-o", InDirectory("out"), InDirectory("in")}), 0);
  EXPECT_NE(ReadBack(InDirectory("out/a.txt")), "mine");
}

TEST_F(RedactionCli, AFileIsOnlyReplacedWhenToldAndOnlyWhole) {
  const std::string file = WriteFile("a.txt", std::string(kText));
  chmod(file.c_str(), 0640);
  EXPECT_EQ(Run({"redact", "-o", directory_, file}), 1);
  EXPECT_EQ(ReadBack(file), kText);
  EXPECT_EQ(Run({"redact", "--in-place", file}), 0) << terminal_.err;
  EXPECT_EQ(ReadBack(file).find("4111"), std::string::npos);
  struct stat facts = {};
  ASSERT_EQ(stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0640U);
  const std::string broken = WriteFile("b.json", "{\"mail\":\"anna.lind@firma.se\", oops");
  EXPECT_EQ(Run({"redact", "--in-place", broken}), 1);
  EXPECT_EQ(ReadBack(broken), "{\"mail\":\"anna.lind@firma.se\", oops");
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    EXPECT_EQ(entry.path().string().find(".part-"), std::string::npos);
  }
}

TEST_F(RedactionCli, WhatIsNoTextIsRefusedAndTheRestIsDone) {
  std::filesystem::create_directories(InDirectory("in"));
  WriteFile("in/a.txt", std::string(kText));
  WriteFile("in/b.dat", std::string("\x89PNG\r\n\0\0", 8));
  EXPECT_EQ(Run({"redact", "-o", InDirectory("out"), InDirectory("in")}), 1);
  EXPECT_NE(terminal_.err.find("a picture"), std::string::npos);
  EXPECT_NE(ReadBack(InDirectory("out/a.txt")), "");
  EXPECT_FALSE(std::filesystem::exists(InDirectory("out/b.dat")));
}

std::string SmallDocument(const std::string& text) {
  const Result<std::string> zip =
      redact::WriteZip({{"[Content_Types].xml", "<Types/>"},
                        {"word/document.xml", "<w:document><w:p><w:t>" + text + "</w:t></w:p></w:document>"},
                        {"word/media/a.png", "x"}});
  EXPECT_TRUE(zip.ok());
  return zip.ok() ? *zip : std::string();
}

std::string TextOf(const std::string& document) {
  const Result<std::vector<redact::ZipEntry>> entries = redact::ReadZip(document);
  return entries.ok() && entries->size() > 1 ? (*entries)[1].data : "(none)";
}

TEST_F(RedactionCli, DocumentsAndMessagesAreGoneThroughInTheSandbox) {
  const std::string document = WriteFile("a.docx", SmallDocument("to anna.lind@firma.se"));
  ASSERT_EQ(Run({"redact", "--mode", "label", "-o", InDirectory("out"), document}), 0) << terminal_.err;
  EXPECT_EQ(TextOf(ReadBack(InDirectory("out/a.docx"))), "<w:document><w:p><w:t>to [EMAIL]</w:t></w:p></w:document>");
  EXPECT_NE(terminal_.err.find("A picture in the document (word/media/a.png) was emptied"), std::string::npos);
  EXPECT_NE(terminal_.err.find("1 find: 1 EMAIL"), std::string::npos) << terminal_.err;
  EXPECT_EQ(Run({"detect", "--json", document}), 7);
  EXPECT_NE(terminal_.out.find("\"part\":\"word/document.xml\""), std::string::npos) << terminal_.out;
  EXPECT_EQ(Run({"redact", "-o", InDirectory("out"), WriteFile("b.docx", "PK\x03\x04 no document")}), 1);
  EXPECT_FALSE(std::filesystem::exists(InDirectory("out/b.docx")));
  EXPECT_NE(Run({"redact", "--again", "--mode", "token", "--domain", "d", "--customer", "c", "-o", InDirectory("out"),
                 document}),
            0);
  const std::string mail =
      "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; "
      "name=a.docx\n"
      "Content-Transfer-Encoding: base64\n\n" +
      Base64Encode(SmallDocument("to anna.lind@firma.se")) + "\n--b--\n";
  const std::string redacted = Input(mail, {"redact", "--format", "mail", "--mode", "label"});
  ASSERT_EQ(code_, 0) << terminal_.err;
  const size_t begin = redacted.find("base64\n\n") + 8;
  std::string body = redacted.substr(begin, redacted.find("--b--") - begin);
  std::erase(body, '\n');
  const Result<Bytes> bytes = Base64Decode(body);
  ASSERT_TRUE(bytes.ok()) << redacted;
  EXPECT_EQ(TextOf(*bytes), "<w:document><w:p><w:t>to [EMAIL]</w:t></w:p></w:document>");
}

TEST_F(RedactionCli, TheSameKeyGivesTheSameStandIns) {
  const std::string key = WriteFile("key", std::string(32, 'k'));
  const std::string once = Input(kText, {"redact", "--mode", "surrogate", "--stand-in-key", key});
  EXPECT_EQ(once, Input(kText, {"redact", "--mode", "surrogate", "--stand-in-key", key}));
  EXPECT_NE(once, Input(kText, {"redact", "--mode", "surrogate"}));
  EXPECT_EQ(once, Input(once, {"redact", "--mode", "surrogate"}));
  EXPECT_EQ(once.find("anna"), std::string::npos);
}

TEST_F(RedactionCli, TokensComeFromTheVaultOrNothingIsWritten) {
  const std::vector<std::string> ask = {"redact",     "--mode",  "token",      "--kinds",           "EMAIL",
                                        "--domain",   "partner", "--customer", "7KQM-4XWN-2RTB-9C", "--field",
                                        "EMAIL=email"};
  server_.On("POST /v1/token-domains/partner/tokens",
             "{\"results\":[{\"token\":\"tok_22YEF8CW4F0VKMP5KBEA24AZA1W\",\"existed\":false}]}");
  const std::string text = "to anna.lind@firma.se and anna.lind@firma.se";
  EXPECT_EQ(Input(text, ask), "to [EMAIL tok_22YEF8CW4F0VKMP5KBEA24AZA1W] and [EMAIL tok_22YEF8CW4F0VKMP5KBEA24AZA1W]");
  EXPECT_EQ(server_.calls.size(), 1U);
  EXPECT_NE(server_.calls[0].body.find("\"field\":\"email\",\"value\":\"anna.lind@firma.se\""), std::string::npos);
  server_.On("POST /v1/token-domains/partner/tokens",
             "{\"results\":[{\"problem\":{\"code\":\"field-not-set\",\"title\":\"x\",\"status\":404}}]}");
  EXPECT_EQ(Input(text, ask), "");
  EXPECT_NE(code_, 0);
  EXPECT_EQ(terminal_.err.find("anna"), std::string::npos);
}

TEST_F(RedactionCli, NumbersAreValidatedLineByLine) {
  EXPECT_EQ(Input("79927398713\n79927398710\n\n4111111111111111", {"detect", "--validate", "luhn"}),
            "valid\ninvalid\ninvalid\nvalid\n");
  EXPECT_EQ(code_, 0);
  Input("1", {"detect", "--validate", "no.such"});
  EXPECT_EQ(code_, 1);
  EXPECT_NE(Input("", {"detect", "--types"}).find("se.personnummer\n"), std::string::npos);
}

TEST_F(RedactionCli, SpansAreInCodePointsAndLinesKeepTheirOrder) {
  std::string lines;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    lines += "{\"text\": \"" + std::to_string(i) + " åäö 王 a.b@firma.se\"}\n";
    const size_t begin = std::to_string(i).size() + 7;
    expected += "{\"text\":\"" + std::to_string(i) + " åäö 王 a.b@firma.se\",\"spans\":[[" + std::to_string(begin) +
                "," + std::to_string(begin + 12) + ",\"EMAIL\"]]}\n";
  }
  EXPECT_EQ(Input(lines, {"detect", "--jsonl", "--kinds", "EMAIL", "--threads", "3"}), expected);
  EXPECT_EQ(code_, 7);
  Input("{\"text\": 5}\n", {"detect", "--jsonl"});
  EXPECT_EQ(code_, 1);
}

}  // namespace
}  // namespace strongroom
