// detect and redact of PDF, as a person types them: whole files, again, at once, checked and proved.
#include <sys/stat.h>

#include <filesystem>

#include "base/testing/small_pdf.h"
#include "cli/redaction_files.h"
#include "cli/testing/fake_world.h"
#include "pdf/testing/pdf_maker.h"

namespace strongroom {
namespace {

using testing::Test;

constexpr char kMail[] = "anna.lind@firma.se";

class PaperCli : public CliTest {
 protected:
  std::string Letter(const std::string& name) {
    return WriteFile(name, SmallPdf({std::string("To ") + kMail + ",", "seven herons came."}));
  }
  bool Exists(const std::string& name) const { return std::filesystem::exists(InDirectory(name)); }
  static int64_t ModifiedNanos(const std::string& path) {
    struct stat facts = {};
    EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
    return int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
  }
};

TEST_F(PaperCli, DetectSaysOnWhichPageAndWhere) {
  const std::string letter = Letter("a.pdf");
  ASSERT_EQ(Run({"detect", "--json", "--kinds", "EMAIL", letter}), 7) << terminal_.err;
  EXPECT_NE(terminal_.out.find("\"type\":\"EMAIL\""), std::string::npos) << terminal_.out;
  EXPECT_NE(terminal_.out.find("\"page\":1,\"boxes\":[["), std::string::npos) << terminal_.out;
  EXPECT_NE(terminal_.out.find("\"width\":300.0,\"height\":200.0"), std::string::npos) << terminal_.out;
  EXPECT_EQ(terminal_.out.find("anna"), std::string::npos);
  ASSERT_EQ(Run({"detect", "--kinds", "EMAIL", letter}), 7) << terminal_.err;
  EXPECT_NE(terminal_.out.find("a.pdf: page 1: EMAIL"), std::string::npos) << terminal_.out;
  EXPECT_EQ(Run({"detect", "--kinds", "IBAN", letter}), 0) << terminal_.out;
}

TEST_F(PaperCli, WhatComesOutHoldsItNoLonger) {
  const std::string letter = Letter("a.pdf");
  ASSERT_EQ(Run({"redact", "-o", InDirectory("out"), letter}), 0) << terminal_.err;
  EXPECT_EQ(Run({"detect", "--kinds", "EMAIL", InDirectory("out/a.pdf")}), 0) << terminal_.out;
  EXPECT_EQ(Run({"detect", "--kinds", "EMAIL", letter}), 7) << "the control";
  // To standard output, too.
  ASSERT_EQ(Run({"redact", letter}), 0) << terminal_.err;
  EXPECT_EQ(terminal_.out.substr(0, 5), "%PDF-");
}

TEST_F(PaperCli, ChecksWhatOnlyLooksTakenOut) {
  pdf::PdfMaker covered;
  covered.AddPage(pdf::Line(72, 700, kMail) + "0 g 60 690 200 30 re f\n" + pdf::Line(72, 600, "seven herons came"));
  const std::string naive = WriteFile("naive.pdf", covered.Finish());
  ASSERT_EQ(Run({"redact", "--check", naive}), 7) << terminal_.err;
  EXPECT_NE(terminal_.out.find("naive.pdf"), std::string::npos) << terminal_.out;
  EXPECT_EQ(terminal_.out.find("anna"), std::string::npos) << terminal_.out;
  ASSERT_EQ(Run({"redact", "--check", "--json", naive}), 7) << terminal_.err;
  EXPECT_NE(terminal_.out.find("\"naive\":\"under a box\",\"characters\":18"), std::string::npos) << terminal_.out;
  // What was really taken out is found by no check.
  ASSERT_EQ(Run({"redact", "-o", InDirectory("out"), naive}), 0) << terminal_.err;
  EXPECT_EQ(Run({"redact", "--check", InDirectory("out/naive.pdf")}), 0) << terminal_.out;
}

TEST_F(PaperCli, AFolderIsDoneOnceAndAgainWhenOptionsChange) {
  std::filesystem::create_directories(InDirectory("in/sub"));
  Letter("in/a.pdf");
  Letter("in/sub/b.pdf");
  WriteFile("in/c.txt", std::string("to ") + kMail);
  const std::vector<std::string> run = {"redact", "--jobs", "2", "-o", InDirectory("out"), InDirectory("in")};
  ASSERT_EQ(Run(run), 0) << terminal_.err;
  EXPECT_TRUE(Exists("out/a.pdf"));
  EXPECT_TRUE(Exists("out/sub/b.pdf"));
  EXPECT_TRUE(Exists("out/c.txt"));
  const int64_t first = ModifiedNanos(InDirectory("out/sub/b.pdf"));
  ASSERT_EQ(Run(run), 0) << terminal_.err;
  EXPECT_EQ(ModifiedNanos(InDirectory("out/sub/b.pdf")), first) << "done already";
  std::vector<std::string> other = run;
  other.insert(other.end(), {"--kinds", "IBAN"});
  ASSERT_EQ(Run(other), 0) << terminal_.err;
  EXPECT_GT(ModifiedNanos(InDirectory("out/sub/b.pdf")), first) << "other options, other outputs";
  EXPECT_EQ(Run({"detect", "--kinds", "EMAIL", InDirectory("out/sub/b.pdf")}), 7);
}

TEST_F(PaperCli, WhatAKilledRunLeftIsSweptAndNothingElse) {
  Letter("a.pdf");
  std::filesystem::create_directories(InDirectory("out"));
  const std::string left = WriteFile("out/a.pdf.part-abcdef", "half");  // 0600, as a run makes it
  const std::string mine = WriteFile("out/notes.part-one", "mine");
  const Result<OutputFile> running = OutputFile::Create(InDirectory("out/b.pdf"), 0600);
  ASSERT_TRUE(running.ok());
  ASSERT_EQ(Run({"redact", "-o", InDirectory("out"), InDirectory("a.pdf")}), 0) << terminal_.err;
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(mine));
  size_t parts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(InDirectory("out")))
    parts += entry.path().string().find("b.pdf.part-") != std::string::npos ? 1 : 0;
  EXPECT_EQ(parts, 1U) << "what another run is writing stays";
}

TEST_F(PaperCli, AFileThatCannotBeOpenedIsNamedAndTheRestIsDone) {
  std::filesystem::create_directories(InDirectory("in"));
  Letter("in/a.pdf");
  WriteFile("in/b.pdf", "%PDF-1.4 and no more");
  WriteFile("in/c.pdf", "no PDF at all");
  EXPECT_EQ(Run({"redact", "-o", InDirectory("out"), InDirectory("in")}), 1);
  EXPECT_TRUE(Exists("out/a.pdf"));
  EXPECT_FALSE(Exists("out/b.pdf"));
  EXPECT_FALSE(Exists("out/c.pdf"));
  EXPECT_NE(terminal_.err.find("c.pdf: This is no PDF, PNG, JPEG or TIFF."), std::string::npos) << terminal_.err;
}

TEST_F(PaperCli, ManualBoxesAreTakenOutAndProofShowsBothPages) {
  const std::string letter = Letter("a.pdf");
  const std::string boxes =
      WriteFile("boxes.json", R"({"boxes":[{"page":1,"left":10,"top":45,"right":200,"bottom":65,"unit":"points"}]})");
  ASSERT_EQ(Run({"redact", "--no-search", "--manual", boxes, "--proof", InDirectory("proof"), "-o", InDirectory("out"),
                 letter}),
            0)
      << terminal_.err;
  const std::string report = ReadBack(InDirectory("proof/a.pdf/report.jsonl"));
  EXPECT_NE(report.find("\"rule\":\"manual\""), std::string::npos) << report;
  EXPECT_NE(report.find("\"sha256_after\":"), std::string::npos) << report;
  EXPECT_EQ(ReadBack(InDirectory("proof/a.pdf/page-00001.png")).substr(1, 3), "PNG");
  struct stat facts = {};
  ASSERT_EQ(stat(InDirectory("proof/a.pdf/page-00001.png").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U) << "it shows what was taken out";
  EXPECT_EQ(Run({"redact", "--no-search", "-o", InDirectory("out"), letter}), 1) << "nothing to take out is named";
}

TEST_F(PaperCli, TokensCannotBePutOntoPaper) {
  EXPECT_NE(Run({"redact", "--mode", "token", "--domain", "d", "--customer", "c", Letter("a.pdf")}), 0);
  EXPECT_NE(terminal_.err.find("Tokens cannot be put onto paper"), std::string::npos) << terminal_.err;
}

}  // namespace
}  // namespace strongroom
