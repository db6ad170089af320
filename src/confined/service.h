// A confined child (sandbox.h) that goes on: it serves one request after the other until it is let go.  For work that
// has a state of its own in the child, such as a database that is open.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "confined/sandbox.h"

namespace strongroom {

class Channel;

// One thread.
class ConfinedService {
 public:
  // In the child, for each request; its Status is Call()'s.
  using Serve =
      std::function<Status(char kind, std::string_view request, const SendMessage& send, const AskParent& ask)>;

  // Forks, so that no other thread may run (kInternal); they may afterwards.  Of `files`, descriptors that are open for
  // reading and stay the caller's, the child may read pieces (pread) and ask for the end (lseek); it can open nothing.
  static Result<std::unique_ptr<ConfinedService>> Start(Serve serve, const std::vector<int>& files,
                                                        const SandboxLimits& limits = {},
                                                        Confinement confinement = Confinement::kFull);
  ~ConfinedService();
  ConfinedService(const ConfinedService&) = delete;
  ConfinedService& operator=(const ConfinedService&) = delete;

  // Hands the child's messages to `receive` and its questions to `answer`, as RunConfinedAsking().  The child ends when
  // it does not keep to the conversation, or `receive` fails; this and every later call then fails.
  Status Call(char kind, std::string_view request,
              const std::function<Status(char kind, std::string_view payload)>& receive, const AskParent& answer);
  pid_t pid() const { return pid_; }  // 0 when it has ended

 private:
  ConfinedService(pid_t pid, int socket, const SandboxLimits& limits);
  void End();

  pid_t pid_;
  const int socket_;
  const SandboxLimits limits_;
  const std::unique_ptr<Channel> channel_;
};

}  // namespace strongroom
