// A server at work on a file that takes minutes: whose caller leaves, which is locked, which is stopped.  None of them
// waits, and no process that worked at the file is left.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "base/testing/processes.h"
#include "base/testing/small_pdf.h"
#include "http/test_socket.h"
#include "server_process.h"
#include "store/testing/temp_dir.h"

namespace strongroom {
namespace {

// So many pages of one picture, in which there is much to be read and nothing to be understood.
std::string LongPdf(size_t pages) {
  constexpr int kSide = 1200;
  std::string pixels(size_t{kSide} * kSide, '\xFF');
  uint32_t state = 11;
  for (int y = 40; y < kSide - 40; ++y) {
    for (int x = 40; x < kSide - 40; ++x) {
      const bool line = y % 40 < 24;
      if (x % 4 == 0 && y % 4 == 0) state = state * 1664525U + 1013904223U;
      if (line && (state >> 20) % 3 == 0) pixels[static_cast<size_t>(y) * kSide + static_cast<size_t>(x)] = '\0';
    }
  }
  return PicturesPdf({{kSide, kSide, pixels}}, std::vector<size_t>(pages, 0));
}

bool WaitFor(const std::function<bool()>& condition, int millis = 60'000) {
  for (int waited = 0; waited < millis; waited += 20) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return condition();
}

class PaperServerTest : public ::testing::Test {
 protected:
  PaperServerTest() {
    vault_ = *MakeVaultOnDisk(directory_.path());
    server_ = *ServerProcess::Start(PAPER_SERVER, vault_, directory_.path());
    EXPECT_TRUE(server_->Unlock(vault_).ok());
    const std::string body = R"({"document":")" + Base64Encode(LongPdf(300)) + "\"}";
    request_ = "POST /v1/paper/look HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
               vault_.first_key + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  // Its worker, and what that confined; once both are at work, and go on being so: a page takes seconds, so that
  // whatever ends them in the next minute is no end of the work.
  std::vector<Process> Workers() {
    const auto working = [this] { return DescendantsOf(server_->process().pid()).size() >= 2; };
    EXPECT_TRUE(WaitFor(working));
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_TRUE(working()) << "the control: as long as its caller waits, the file is worked at";
    return DescendantsOf(server_->process().pid());
  }
  static bool AreGone(const std::vector<Process>& processes) {
    return WaitFor([&] { return std::none_of(processes.begin(), processes.end(), Runs); }, 10'000);
  }
  std::unique_ptr<TestSocket> Ask() {
    auto socket = std::make_unique<TestSocket>(server_->plaintext_port());
    EXPECT_TRUE(socket->Send(request_));
    return socket;
  }

  TempDir directory_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
  std::string request_;
};

TEST_F(PaperServerTest, WhatACallerLeftIsWorkedAtByNobody) {
  std::unique_ptr<TestSocket> caller = Ask();
  const std::vector<Process> workers = Workers();
  caller.reset();
  EXPECT_TRUE(AreGone(workers));
}

TEST_F(PaperServerTest, ALockDoesNotWaitForPaper) {
  const std::unique_ptr<TestSocket> caller = Ask();
  const std::vector<Process> workers = Workers();
  const Status locked = server_->Lock(vault_.first_key);
  EXPECT_TRUE(locked.ok()) << locked.ToString();
  EXPECT_TRUE(AreGone(workers));
  const std::string answer = caller->ReadAnswer();
  EXPECT_EQ(StatusOf(answer), 503) << answer;
  EXPECT_NE(answer.find("shutting-down"), std::string::npos) << answer;
  // The next vault that is unlocked here goes through paper again.
  ASSERT_TRUE(server_->Unlock(vault_).ok());
  const std::unique_ptr<TestSocket> again = Ask();
  EXPECT_GE(Workers().size(), 2U);
}

TEST_F(PaperServerTest, AStopDoesNotWaitForPaper) {
  const std::unique_ptr<TestSocket> caller = Ask();
  const std::vector<Process> workers = Workers();
  server_->process().Signal(SIGTERM);
  EXPECT_EQ(server_->process().Wait(45'000), 0);
  EXPECT_TRUE(AreGone(workers));
  EXPECT_EQ(StatusOf(caller->ReadAnswer()), 503);
}

}  // namespace
}  // namespace strongroom
