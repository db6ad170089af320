// An outside program for work on strangers' files, in a process of its own that can read its input, its own libraries
// and tables, and write its answer: nothing else.
//
// Between fork and exec the process gives up what it does not need: every other descriptor, the environment, the
// network (a name space of its own where the kernel lends one), memory, processor time and sizes of files beyond
// limits; then the kernel refuses the calls that would give it something again (seccomp-bpf): sockets, opening for
// writing, starting programs and processes, tracing, changing anything in the file system.  Where the kernel knows
// Landlock (Linux 5.13) it can read what `readable` names and no other file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "confined/sandbox.h"

namespace strongroom {

struct Program {
  std::string path;                    // absolute, and an ELF binary; no shell comes near it
  std::vector<std::string> arguments;  // without the name
  // Beside the system's libraries: files and folders that it may read.  What is missing is passed over.
  std::vector<std::string> readable = {};
};

struct ProgramLimits {
  uint64_t memory_bytes = uint64_t{2} << 30;
  uint64_t cpu_seconds = 60;
  int millis = 120'000;  // in all
  uint64_t answer_bytes = uint64_t{1} << 30;
};

// Gives it `input` on standard input and answers what it wrote to standard output; what it writes to standard error is
// dropped, for it may quote the input.  kUnsupportedMediaType when it fails, breaks off, takes too long or says too
// much; kInternal when there is no such program or the process cannot be confined.  Any thread, also beside others.
Result<std::string> RunProgram(const Program& program, std::string_view input, const ProgramLimits& limits = {},
                               Confinement confinement = Confinement::kFull);

// Whether the kernel can hold a program to files (Landlock).  Where not, it can read what this user can read.
bool CanLimitReading();

}  // namespace strongroom
