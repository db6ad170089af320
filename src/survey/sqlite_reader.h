// Parses an SQLite file: the confined child's side of a survey of one.  Internal to src/survey.
#pragma once

#include <string_view>

#include "confined/sandbox.h"
#include "survey/sqlite_vfs.h"

namespace strongroom::survey {

enum class SqliteAccess : uint8_t {
  kLocked,     // others may write: SQLite's locks are taken for each piece that is read
  kImmutable,  // nobody writes, and nothing is looked at but the file
  kLog,        // with what its write-ahead log holds, whose index is made anew for each request
};

// Serves the requests of sqlite_messages.h.
class SqliteReader {
 public:
  SqliteReader(SqliteFiles files, SqliteAccess access) : files_(files), access_(access) {}
  // kFileUnreadable: why SQLite does not read it.
  Status Serve(char kind, std::string_view request, const SendMessage& send, const AskParent& ask);

 private:
  const SqliteFiles files_;
  const SqliteAccess access_;
};

}  // namespace strongroom::survey
