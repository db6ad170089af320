// The one binary: server, command line and offline tools.
#include <sys/prctl.h>

#include <cstdio>

#include "cli/cli.h"
#include "crypto/heap/wiping_heap.h"
#include "server/serve.h"

int main(int argc, char** argv) {
  // Before OpenSSL is used: what it frees is overwritten, like everything else (wiping_heap.h).
  if (!strongroom::InstallWipingOpenSslHeap()) {
    std::fputs("strongroom: OpenSSL was used before its memory could be guarded\n", stderr);
    return 1;
  }
  // No core dumps, and no other process of this user may read our memory.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) {
    std::fputs("strongroom: the process cannot be made undumpable\n", stderr);
    return 1;
  }
  strongroom::CliHooks hooks;
  hooks.add_commands = strongroom::AddStoreCommands;
  hooks.fsck_offline = strongroom::FsckOffline;
  return strongroom::RunCli(argc, argv, hooks);
}
