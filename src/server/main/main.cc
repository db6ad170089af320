// The one binary: server, command line and offline tools.
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "cli/cli.h"
#include "crypto/heap/wiping_heap.h"
#include "desk/paper_desk.h"
#include "desk/paper_worker.h"
#include "locks/device_child.h"
#include "locks/device_process.h"
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
  // The process that a server starts to speak to the device of its lock.
  if (argc == 2 && std::string_view(argv[1]) == strongroom::kLockDeviceArgument) _exit(strongroom::RunLockDevice());
  // The process that a server or a command starts to open paper.
  if (argc == 2 && std::string_view(argv[1]) == strongroom::desk::kPaperWorkerArgument) {
    _exit(strongroom::desk::RunPaperWorker());
  }
  strongroom::CliHooks hooks;
  hooks.add_commands = strongroom::AddStoreCommands;
  hooks.fsck_offline = strongroom::FsckOffline;
  return strongroom::RunCli(argc, argv, hooks);
}
