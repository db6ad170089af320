// A server whose groups take no turn, so that nothing orders or fences what processes with one number write: the
// control of fleet_chaos.  Of the tests alone; the product has no way to it.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <string>

#include "crypto/heap/wiping_heap.h"
#include "server/running_server.h"

int main(int argc, char** argv) {
  if (!strongroom::InstallWipingOpenSslHeap() || argc != 4) {
    std::fputs("takes: serve --config FILE\n", stderr);
    return 2;
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const strongroom::Result<strongroom::ServerConfig> config = strongroom::LoadConfig(argv[3]);
  if (!config.ok()) return 2;
  strongroom::VaultFilesOptions files;
  files.unsafe_no_turns_for_tests = true;
  const auto server = strongroom::RunningServer::Start(*config, {}, files);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&ending, &signal);
  (*server)->Stop();
  return 0;
}
