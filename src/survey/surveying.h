// What every survey of a place is given.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "survey/columns.h"
#include "survey/look.h"
#include "survey/memory.h"
#include "survey/report.h"

namespace strongroom::survey {

struct Progress {
  uint64_t bytes = 0;  // so far, of this place
  uint64_t rows = 0;
  std::string now;  // what is being read, masked as in reports; empty: the same as before
};

// What it points to outlives the survey.
struct Surveying {
  Search search = {};
  redact::FormatOptions formats = {};  // what opens documents, in the sandbox
  bool reads_pictures = false;         // they do, and may take minutes for a file
  LookLimits limits = {};
  Memory* memory = nullptr;      // null: everything is read
  int64_t sample_rows = 20'000;  // of a table; 0: all
  int64_t pause_millis = 0;      // after each batch of rows
  size_t threads = 1;            // that search rows
  std::string password = {};     // of a database, where its address has none
  std::function<void(int64_t millis)> sleep = {};
  std::function<void(const Progress& progress)> progress = {};  // may be empty
  std::function<bool()> stop = {};                              // may be empty; true: break off, with what there is

  bool MustStop() const { return stop && stop(); }
};

// All regular files of a folder, or one file.  Links are not followed, other file systems are.  Everything that parses
// runs in a sandbox child (confined/sandbox.h), so no other thread may run.  Failures of single files are items; fails
// when the folder itself cannot be read (kFileUnreadable) or there is no sandbox (kInternal).
Result<Place> SurveyFiles(const std::string& path, const Surveying& how);

// A database by its address: "postgresql://…", "mysql://…", "sqlite:PATH" or the path of an SQLite file.
bool IsDatabaseAddress(std::string_view address);
// Opens it for reading alone, and reads every table it may.  kServerUnreachable, kFileUnreadable, kInvalidArgument.
Result<Place> SurveyDatabase(const std::string& address, const Surveying& how);

}  // namespace strongroom::survey
