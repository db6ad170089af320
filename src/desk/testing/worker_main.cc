// The worker of tests: what main() does with kPaperWorkerArgument, but for files that say kHangs (hanging_paper.h).
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/encoding.h"
#include "base/testing/hanging_paper.h"
#include "confined/frames.h"
#include "confined/worker.h"
#include "desk/paper_messages.h"
#include "desk/paper_worker.h"

namespace strongroom::desk {
namespace {

// Whether these are messages to the end of a request.
bool IsWhole(std::string_view arrived) {
  while (arrived.size() >= 5) {
    if (arrived[0] == kFrameDone) return true;
    const uint32_t size = ByteReader(arrived.substr(1, 4)).U32();
    if (size > arrived.size() - 5) return false;
    arrived.remove_prefix(5 + size_t{size});
  }
  return false;
}

// Whether the request, of which nothing is taken, says so.
bool Hangs() {
  std::string request(size_t{64} << 10, '\0');
  while (true) {
    const ssize_t got = recv(kWorkerSocket, request.data(), request.size(), MSG_PEEK);
    if (got <= 0) return false;
    const std::string_view arrived(request.data(), static_cast<size_t>(got));
    if (arrived.find(kHangs) != std::string_view::npos) return true;
    if (IsWhole(arrived) || arrived.size() == request.size()) return false;
    usleep(1000);
  }
}

}  // namespace
}  // namespace strongroom::desk

int main() {
  using namespace strongroom;
  if (desk::Hangs()) {
    const auto self = static_cast<uint32_t>(getpid());
    if (!WriteFrame(kWorkerSocket, desk::kProgressMessage, desk::PackProgress(self, self))) _exit(1);
    while (true) pause();
  }
  _exit(desk::RunPaperWorker());
}
