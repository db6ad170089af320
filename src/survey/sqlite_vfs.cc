#include "survey/sqlite_vfs.h"

#include <sqlite3.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "survey/sqlite_messages.h"

namespace strongroom::survey {
namespace {

struct House {
  SqliteFiles files;
  AskYesNo ask;
};
House& TheHouse() {
  static House house;
  return house;
}
bool Says(char question) {
  const Result<bool> answer = TheHouse().ask(question);
  return answer.ok() && *answer;
}

struct File {
  sqlite3_file base;
  int fd;
  bool is_database;
  int lock;
};
File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

int Close(sqlite3_file*) { return SQLITE_OK; }

int Read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
  auto* out = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = pread(Of(file).fd, out, static_cast<size_t>(size), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SQLITE_IOERR_READ;
    if (got == 0) break;
    out += got;
    offset += got;
    size -= static_cast<int>(got);
  }
  if (size == 0) return SQLITE_OK;
  std::memset(out, 0, static_cast<size_t>(size));  // SQLite counts on it
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int Truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int Sync(sqlite3_file*, int) { return SQLITE_OK; }

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = lseek(Of(file).fd, 0, SEEK_END);
  return *size < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  File& of = Of(file);
  if (of.lock == SQLITE_LOCK_NONE && level >= SQLITE_LOCK_SHARED && of.is_database && !Says(kLockQuestion))
    return SQLITE_BUSY;
  of.lock = std::max(of.lock, level);
  return SQLITE_OK;
}

int Unlock(sqlite3_file* file, int level) {
  File& of = Of(file);
  if (of.lock > SQLITE_LOCK_NONE && level == SQLITE_LOCK_NONE && of.is_database) Says(kUnlockQuestion);
  of.lock = std::min(of.lock, level);
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file*, int* held) {
  *held = Says(kReservedQuestion) ? 1 : 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
int DeviceCharacteristics(sqlite3_file*) { return 0; }

const sqlite3_io_methods* Methods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods made = {};
    made.iVersion = 1;  // no shared memory: the index of a log is kept in this process' own
    made.xClose = Close;
    made.xRead = Read;
    made.xWrite = Write;
    made.xTruncate = Truncate;
    made.xSync = Sync;
    made.xFileSize = FileSize;
    made.xLock = Lock;
    made.xUnlock = Unlock;
    made.xCheckReservedLock = CheckReservedLock;
    made.xFileControl = FileControl;
    made.xSectorSize = SectorSize;
    made.xDeviceCharacteristics = DeviceCharacteristics;
    return made;
  }();
  return &methods;
}

int Open(sqlite3_vfs*, const char*, sqlite3_file* file, int flags, int* out_flags) {
  File& of = Of(file);
  of = {};
  const SqliteFiles& files = TheHouse().files;
  of.is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  of.fd = of.is_database ? files.database : (flags & SQLITE_OPEN_WAL) != 0 ? files.log : -1;
  if (of.fd < 0) return SQLITE_CANTOPEN;
  of.base.pMethods = Methods();
  if (out_flags != nullptr) *out_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs*, const char*, int) { return SQLITE_IOERR_DELETE; }

int Access(sqlite3_vfs*, const char* name, int flags, int* there) {
  const std::string_view path = name == nullptr ? "" : name;
  *there = 0;
  if (flags != SQLITE_ACCESS_EXISTS) return SQLITE_OK;
  if (path.ends_with("-wal")) *there = TheHouse().files.log >= 0 ? 1 : 0;
  if (path.ends_with("-journal")) *there = Says(kJournalQuestion) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  const size_t length = std::strlen(name);
  if (length + 1 > static_cast<size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length + 1);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs*, int size, char* out) {
  const ssize_t got = getrandom(out, static_cast<size_t>(size), 0);
  return got < 0 ? 0 : static_cast<int>(got);
}

int Sleep(sqlite3_vfs*, int) { return 0; }  // the parent waits
int CurrentTime(sqlite3_vfs*, double* days) {
  *days = 2440587.5;  // nothing that is read depends on it
  return SQLITE_OK;
}
int LastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

Status RegisterSqliteVfs(const SqliteFiles& files, AskYesNo ask) {
  TheHouse() = {files, std::move(ask)};
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs made = {};
    made.iVersion = 1;
    made.szOsFile = sizeof(File);
    made.mxPathname = 512;
    made.zName = kSqliteVfs;
    made.xOpen = Open;
    made.xDelete = Delete;
    made.xAccess = Access;
    made.xFullPathname = FullPathname;
    made.xRandomness = Randomness;
    made.xSleep = Sleep;
    made.xCurrentTime = CurrentTime;
    made.xGetLastError = LastError;
    return made;
  }();
  return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? Status::Ok() : Status(Reason::kInternal, "SQLite has no memory");
}

}  // namespace strongroom::survey
