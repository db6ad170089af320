#include "confined/service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

namespace strongroom {
namespace {

Result<std::string> Nothing(char, std::string_view) { return Status(Reason::kInternal, "nothing is answered"); }

// What a parser that was taken over would try beside what it is lent: "got" or "refused" for each.
std::string Attempts(Confinement confinement) {
  const std::string lent = testing::TempDir() + "/lent";
  std::ofstream(lent) << "lent bytes";
  const int file = open(lent.c_str(), O_RDONLY | O_CLOEXEC);
  const int other = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  const auto serve = [=](char, std::string_view, const SendMessage& send, const AskParent&) -> Status {
    char bytes[4] = {};
    if (pread(file, bytes, 4, 5) != 4 || lseek(file, 0, SEEK_END) != 10)
      return Status(Reason::kInternal, "what was lent cannot be read");
    RETURN_IF_ERROR(send('a', std::string(bytes, 4) + " "));
    const auto tell = [&send](bool got) { return send('a', got ? "got " : "refused "); };
    RETURN_IF_ERROR(tell(pread(other, bytes, 1, 0) == 1));
    RETURN_IF_ERROR(tell(read(file, bytes, 0) == 0));
    return tell(open("/etc/passwd", O_RDONLY) >= 0);
  };
  std::string heard;
  auto service = ConfinedService::Start(serve, {file}, {}, confinement);
  EXPECT_TRUE(service.ok());
  const Status status = (*service)->Call(
      'x', "", [&heard](char, std::string_view said) { return heard.append(said), Status::Ok(); }, Nothing);
  EXPECT_TRUE(status.ok()) << status.message();
  close(file);
  close(other);
  return heard;
}

TEST(ConfinedService, ReadsWhatItWasLentAndNothingElse) {
  EXPECT_EQ(Attempts(Confinement::kFull), "byte refused refused refused ");
  EXPECT_EQ(Attempts(Confinement::kNone), "byte got got got ") << "the control";
}

// It counts what it is asked, asks back, and fails when told to.
ConfinedService::Serve Counting() {
  return [count = 0](char kind, std::string_view request, const SendMessage& send, const AskParent& ask) mutable {
    ++count;
    if (kind == 'f') return Status(Reason::kTooDeep, "so deep");
    if (kind == 'd') _exit(1);
    const Result<std::string> said = ask('q', request);
    return send('a', std::to_string(count) + (said.ok() ? *said : said.status().message()));
  };
}

TEST(ConfinedService, KeepsItsStateFromRequestToRequest) {
  auto service = ConfinedService::Start(Counting(), {});
  ASSERT_TRUE(service.ok());
  std::string heard;
  const auto receive = [&heard](char, std::string_view said) { return heard.append(said), Status::Ok(); };
  const AskParent answer = [](char, std::string_view question) -> Result<std::string> {
    if (question.empty()) return Status(Reason::kInternal, "no");
    return std::string(question.rbegin(), question.rend()) + " ";
  };
  EXPECT_TRUE((*service)->Call('x', "abc", receive, answer).ok());
  EXPECT_EQ((*service)->Call('f', "", receive, answer).reason(), Reason::kTooDeep);
  EXPECT_TRUE((*service)->Call('x', "", receive, answer).ok());
  EXPECT_EQ(heard, "1cba 3no");
}

TEST(ConfinedService, EndsWithItsChildAndWithWhoeverHearsIt) {
  const auto receive = [](char, std::string_view) { return Status::Ok(); };
  const AskParent answer = [](char, std::string_view) -> Result<std::string> { return std::string(); };
  auto service = ConfinedService::Start(Counting(), {});
  ASSERT_TRUE(service.ok());
  EXPECT_EQ((*service)->Call('d', "", receive, answer).reason(), Reason::kUnsupportedMediaType);
  EXPECT_EQ((*service)->Call('x', "", receive, answer).reason(), Reason::kUnsupportedMediaType);

  service = ConfinedService::Start(Counting(), {});
  ASSERT_TRUE(service.ok());
  const pid_t child = (*service)->pid();
  EXPECT_EQ(kill(child, 0), 0);
  const auto enough = [](char, std::string_view) { return Status(Reason::kShuttingDown, "enough"); };
  EXPECT_EQ((*service)->Call('x', "", enough, answer).reason(), Reason::kShuttingDown);
  EXPECT_EQ((*service)->pid(), 0);
  EXPECT_NE(kill(child, 0), 0);
}

}  // namespace
}  // namespace strongroom
