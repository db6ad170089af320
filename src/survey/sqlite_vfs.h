// SQLite's way to files, in a process that can open none: over descriptors that it was given.  Internal to src/survey.
#pragma once

#include <functional>

#include "base/status.h"

struct sqlite3_vfs;

namespace strongroom::survey {

// The files of one database, which are read by pread() and lseek() alone.
struct SqliteFiles {
  int database = -1;
  int log = -1;  // the write-ahead log; below 0: there is none
};

// Puts one of the questions of sqlite_messages.h.
using AskYesNo = std::function<Result<bool>(char question)>;

inline constexpr char kSqliteVfs[] = "strongroom-descriptors";
// By this name the database is opened; nothing else opens.
inline constexpr char kSqliteName[] = "/database";

// Registers it with SQLite under kSqliteVfs, for the life of the process.  It opens for reading alone; SHARED locks are
// asked for, higher ones are granted and mean nothing: nothing can be written.  One thread.
Status RegisterSqliteVfs(const SqliteFiles& files, AskYesNo ask);

}  // namespace strongroom::survey
