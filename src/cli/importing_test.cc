#include "cli/importing.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <csignal>

#include "base/encoding.h"
#include "cli/testing/fake_world.h"

namespace strongroom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kMapping[] =
    R"({"format":"csv","delimiter":",","compartment":"main","collection_point":"import","columns":[]})";
constexpr char kProposal[] =
    R"({"format":"csv","delimiter":",","columns":[{"column":"Mail","field":"email","external_id":false,"exists":false,)"
    R"("why":"98 % look like it","definition":{"type":"email","sensitivity":"personal","search":"exact"}},)"
    R"({"column":"Id","field":"","external_id":true,"exists":false,"why":"unique","definition":null}]})";

// A server that takes whole lines, as the importer does, and remembers them.  A line with "bad" is a bad row.
class ImportTest : public CliTest {
 protected:
  ImportTest() {
    server_.On("POST /v1/imports:propose", kProposal);
    server_.On("POST /v1/imports:accept", std::string(R"({"mapping":)") + kMapping + "}");
    server_.On("POST /v1/imports:piece", [this](const FakeServer::Call& call) { return TakePiece(call); });
  }

  Result<ClientResponse> TakePiece(const FakeServer::Call& call) {
    ++pieces_;
    if (pieces_ == interrupt_at_) raise(SIGINT);
    if (fail_times_ > 0 && pieces_ >= fail_from_) {
      --fail_times_;
      return Status(failure_, "not now");
    }
    EXPECT_EQ(*Base64UrlDecode(call.Header("X-Import-Mapping")), kMapping);
    const auto query = [&call](const std::string& name) {
      const size_t at = call.path.find(name + "=") + name.size() + 1;
      return call.path.substr(at, call.path.find('&', at) - at);
    };
    const bool last = query("last") == "true";
    uint64_t line = std::stoull(query("first_line"));
    EXPECT_EQ(query("first"), line == 1 ? "true" : "false");
    std::string bad;
    size_t taken = 0;
    size_t created = 0;
    while (taken < call.body.size()) {
      size_t end = call.body.find('\n', taken);
      if (end == std::string::npos && !last) break;
      end = std::min(end, call.body.size() - 1) + 1;
      const std::string row = call.body.substr(taken, end - taken);
      taken = end;
      if (row.find("bad") != std::string::npos) {
        bad += (bad.empty() ? "" : ",") + std::string(R"({"line":)") + std::to_string(line) +
               R"(,"reason":"not an \"e-mail\""})";
      } else if (line > 1) {
        ++created;
        rows_ += row;
      }
      ++line;
    }
    return ClientResponse{200,
                          {},
                          R"({"consumed_bytes":)" + std::to_string(taken) + R"(,"next_line":)" + std::to_string(line) +
                              R"(,"created":)" + std::to_string(created) +
                              R"(,"changed":0,"unchanged":0,"bad_rows":[)" + bad + "]}"};
  }

  // Through SendPieces alone, with small pieces.
  Result<ImportEnd> Send(const std::string& path, ImportState& state) {
    GlobalOptions globals;
    Session session(context_, globals);
    const auto file = ImportFile::Open(path);
    EXPECT_TRUE(file.ok());
    state.mapping = kMapping;
    state.file_bytes = file->size_bytes();
    return SendPieces(session, *file, path + ".bad", state, {.usual_bytes = 32, .max_bytes = 128});
  }

  std::string rows_;
  int pieces_ = 0;
  int interrupt_at_ = 0;
  int fail_from_ = 0;
  int fail_times_ = 0;
  Reason failure_ = Reason::kServerUnreachable;
};

std::string TwentyRows() {
  std::string rows;
  for (int i = 0; i < 20; ++i) rows += "row" + std::to_string(i) + "@example.com,value\n";
  return rows;
}

TEST_F(ImportTest, EveryRowIsSentOnceWhereverPiecesEnd) {
  for (const std::string end : {"", "last row without a newline"}) {
    rows_.clear();
    const std::string path = WriteFile("a.csv", "mail,v\n" + TwentyRows() + end);
    ImportState state;
    const auto sent = Send(path, state);
    ASSERT_TRUE(sent.ok()) << sent.status().ToString();
    EXPECT_EQ(rows_, TwentyRows() + end);
    EXPECT_EQ(state.created, end.empty() ? 20u : 21u);
    EXPECT_GT(pieces_, 10);
  }
}

TEST_F(ImportTest, ARowLongerThanThePieceIsTriedWithMoreAndThenGivenUp) {
  const std::string path = WriteFile("long.csv", "mail\n" + std::string(100, 'x') + "\nshort\n");
  ImportState state;
  ASSERT_TRUE(Send(path, state).ok());
  EXPECT_EQ(rows_, std::string(100, 'x') + "\nshort\n");
  const std::string longer = WriteFile("longer.csv", "mail\n" + std::string(200, 'x') + "\nshort\n");
  ImportState second;
  const auto sent = Send(longer, second);
  EXPECT_EQ(sent.reason(), Reason::kImportInvalid);
  EXPECT_THAT(sent.status().message(), HasSubstr("line 2"));
}

TEST_F(ImportTest, BadRowsAreListedOnceWithLineAndReason) {
  const std::string path = WriteFile("b.csv", "mail,v\n" + TwentyRows() + "bad,1\n" + TwentyRows() + "bad,2\n");
  ImportState state;
  ASSERT_TRUE(Send(path, state).ok());
  EXPECT_EQ(state.bad, 2u);
  const std::string expected = "line,reason\r\n22,\"not an \"\"e-mail\"\"\"\r\n43,\"not an \"\"e-mail\"\"\"\r\n";
  EXPECT_EQ(ReadBack(path + ".bad"), expected);
  EXPECT_EQ(state.bad_file_bytes, expected.size());
}

TEST_F(ImportTest, AServerThatIsAwayIsWaitedForAndNotForEver) {
  const std::string path = WriteFile("c.csv", "mail,v\n" + TwentyRows());
  fail_from_ = 3;
  fail_times_ = 3;
  ImportState state;
  ASSERT_TRUE(Send(path, state).ok());
  EXPECT_EQ(rows_, TwentyRows());
  EXPECT_THAT(slept_, testing::ElementsAre(500, 1000, 2000));
  fail_times_ = 1'000;
  ImportState second;
  EXPECT_EQ(Send(path, second).reason(), Reason::kServerUnreachable);
  failure_ = Reason::kDenied;
  fail_times_ = 1;
  slept_.clear();
  ImportState third;
  EXPECT_EQ(Send(path, third).reason(), Reason::kDenied);
  EXPECT_THAT(slept_, IsEmpty());  // waiting does not help
}

TEST_F(ImportTest, AsksOnceShowsTheColumnsAndImports) {
  const std::string path = WriteFile("d.csv", "Mail,Id\n" + TwentyRows() + "bad,x\n");
  terminal_.interactive = true;
  terminal_.lines = {"y"};
  ASSERT_EQ(Run({"import", path, "-p", "signup"}), 0) << terminal_.err;
  EXPECT_THAT(terminal_.err,
              AllOf(HasSubstr("Mail"), HasSubstr("email"), HasSubstr("98 % look like it"), HasSubstr("(external id)")));
  EXPECT_THAT(terminal_.asked, SizeIs(1));
  EXPECT_THAT(server_.calls[1].body, AllOf(HasSubstr(R"("collection_point":"signup")"), HasSubstr(kProposal)));
  EXPECT_THAT(terminal_.out, HasSubstr("21 rows: 20 created, 0 changed, 0 unchanged, 1 bad"));
  EXPECT_THAT(ReadBack(path + ".bad-rows.csv"), HasSubstr("22,"));
  EXPECT_EQ(ReadBack(ImportStatePath(path)), "");
}

TEST_F(ImportTest, NothingIsStoredWithoutAYes) {
  const std::string path = WriteFile("e.csv", "Mail,Id\n" + TwentyRows());
  EXPECT_EQ(Run({"import", path}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("--yes"));
  terminal_.interactive = true;
  terminal_.lines = {""};
  EXPECT_EQ(Run({"import", path}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("--propose > map.json"));
  EXPECT_EQ(pieces_, 0);
  for (const auto& call : server_.calls) EXPECT_EQ(call.path, "/v1/imports:propose");
  EXPECT_EQ(Run({"import", path, "--yes"}), 0);
  EXPECT_EQ(rows_, TwentyRows());
}

TEST_F(ImportTest, AProposalMayBeSavedEditedAndGivenBack) {
  const std::string path = WriteFile("f.csv", "Mail,Id\n" + TwentyRows());
  ASSERT_EQ(Run({"import", path, "--propose"}), 0);
  EXPECT_EQ(terminal_.out, std::string(kProposal) + "\n");
  EXPECT_EQ(pieces_, 0);
  const std::string map = WriteFile("map.json", R"({"format":"csv","columns":[]})");
  ASSERT_EQ(Run({"import", path, "--map", map, "--yes"}), 0) << terminal_.err;
  EXPECT_THAT(server_.calls[1].body, HasSubstr(R"("proposal":{"format":"csv","columns":[]})"));
}

TEST_F(ImportTest, CtrlCEndsAfterThePieceAndTheSameCommandContinues) {
  std::string rows;
  for (int i = 0; i < 100'000; ++i) rows += "row" + std::to_string(i) + "@example.com,some value to fill the piece\n";
  const std::string path = WriteFile("g.csv", "Mail,Id\n" + rows);
  interrupt_at_ = 2;
  EXPECT_EQ(Run({"import", path, "--yes"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("the same command continues"));
  EXPECT_EQ(pieces_, 2);
  EXPECT_THAT(ReadBack(ImportStatePath(path)), Not(IsEmpty()));
  EXPECT_EQ(Run({"import", path}), 0) << terminal_.err;  // no question: it was answered
  EXPECT_THAT(terminal_.err, HasSubstr("Continuing at line"));
  EXPECT_EQ(rows_, rows);
  EXPECT_THAT(terminal_.out, HasSubstr("100,000 rows: 100,000 created"));
}

TEST_F(ImportTest, WhatWasBegunElsewhereOrWithAnotherFileIsNotContinued) {
  const std::string path = WriteFile("h.csv", "Mail,Id\n" + TwentyRows());
  failure_ = Reason::kDenied;
  fail_times_ = 1;
  ImportState state;
  state.server = "https://127.0.0.1:8443";
  state.mapping = kMapping;
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  state.file_bytes = static_cast<uint64_t>(info.st_size);
  state.file_modified_nanos = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  fail_times_ = 0;
  ASSERT_TRUE(SaveImportState(path, state).ok());
  EXPECT_EQ(Run({"import", path, "--server", "https://other.example"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("another server"));
  EXPECT_EQ(pieces_, 0);
  timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_EQ(Run({"import", path}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("was changed"));
  EXPECT_EQ(pieces_, 0);
  state.file_modified_nanos = 1'000'000'000;
  ASSERT_TRUE(SaveImportState(path, state).ok());
  EXPECT_EQ(Run({"import", path}), 0) << terminal_.err;
  EXPECT_EQ(rows_, TwentyRows());
}

TEST_F(ImportTest, FilesOfAnotherKindAreNamed) {
  EXPECT_EQ(Run({"import", WriteFile("x.csv", "PK\x03\x04zip"), "--yes"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("spreadsheet"));
  EXPECT_EQ(Run({"import", WriteFile("y.csv", "\xff\xfem\x01"), "--yes"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("UTF-16"));
  EXPECT_EQ(Run({"import", WriteFile("z.csv", ""), "--yes"}), 1);
  EXPECT_THAT(terminal_.err, HasSubstr("empty"));
  EXPECT_EQ(Run({"import", InDirectory("none.csv"), "--yes"}), 1);
  EXPECT_EQ(Run({"import", directory_, "--yes"}), 1);
  EXPECT_THAT(server_.calls, IsEmpty());
}

TEST_F(ImportTest, NdjsonIsToldFromCsvByItsFirstCharacter) {
  ASSERT_EQ(Run({"import", WriteFile("a.ndjson", "{\"a\":1}\n"), "--propose"}), 0);
  EXPECT_EQ(server_.calls.back().Header("Content-Type"), "application/x-ndjson");
  ASSERT_EQ(Run({"import", WriteFile("b.csv", "a,b\n"), "--propose"}), 0);
  EXPECT_EQ(server_.calls.back().Header("Content-Type"), "text/csv");
}

TEST(ImportState, ReadsBackWhatItWroteAndRefusesTheRest) {
  ImportState state;
  state.server = "https://a\"b";
  state.file_bytes = 100;
  state.file_modified_nanos = 1'700'000'000'123'456'789;
  state.mapping = kMapping;
  state.offset = 40;
  state.line = 7;
  state.created = 1;
  state.changed = 2;
  state.unchanged = 3;
  state.bad = 4;
  state.bad_file_bytes = 55;
  const std::string text = EncodeImportState(state);
  const auto read = DecodeImportState(text);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(EncodeImportState(*read), text);
  EXPECT_EQ(read->rows(), 10u);
  for (const std::string& broken : {std::string(), std::string("{}"), text.substr(0, text.size() / 2),
                                    std::string(text).replace(text.find("\"offset\":40"), 11, "\"offset\":400"),
                                    std::string(text).replace(text.find("\"format\":1"), 10, "\"format\":2")}) {
    EXPECT_EQ(DecodeImportState(broken).reason(), Reason::kImportInvalid) << broken;
  }
}

}  // namespace
}  // namespace strongroom
