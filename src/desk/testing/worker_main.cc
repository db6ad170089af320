// The worker of desk_tests: what main() does with kPaperWorkerArgument.
#include <unistd.h>

#include "desk/paper_worker.h"

int main() { _exit(strongroom::desk::RunPaperWorker()); }
