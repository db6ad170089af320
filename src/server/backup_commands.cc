#include "server/backup_commands.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backup/set_file.h"
#include "backup/set_reader.h"
#include "backup/verify_set.h"
#include "base/encoding.h"
#include "base/json_writer.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/table.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace strongroom {
namespace {

constexpr size_t kMostIdentityBytes = 64 * 1024;
constexpr int64_t kLookMillis = 2'000;

// --- through the server ----------------------------------------------------------------------------------------------

struct MakeCommand {
  std::string kind = "both";
  bool incremental = false;
};

struct NewestSet {
  std::string id;  // empty: there is none
  std::string state;
  std::string file;
};

Result<NewestSet> NewestOf(Session& session, const std::string& kind) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/backups"));
  ASSIGN_OR_RETURN(const JsonValue backups, answer.root().GetArray("backups"));
  for (const JsonValue& backup : backups) {
    if (CellOf(backup, "kind") == kind)
      return NewestSet{CellOf(backup, "id"), CellOf(backup, "state"), CellOf(backup, "file")};
  }
  return NewestSet();
}

// The connection gave up on an answer that takes long; the server goes on.  `lost`: what the connection said.
Status WaitUntilMade(Session& session, const std::string& kind, const NewestSet& before, const Status& lost) {
  while (true) {
    ASSIGN_OR_RETURN(const NewestSet newest, NewestOf(session, kind));
    if (newest.id == before.id || newest.state == "failed") return lost;
    if (newest.state == "made") {
      session.PrintLine(newest.file + " is made: 'strongroom backup list' shows it");
      return Status::Ok();
    }
    session.SleepMillis(kLookMillis);
  }
}

Result<ExitCode> Make(Session& session, const MakeCommand& command) {
  std::vector<std::string> kinds = {command.kind};
  // The data first: whoever is in the data set then has a key in the key set, or was erased meanwhile.
  if (command.kind == "both") kinds = {"data", "keys"};
  for (const std::string& kind : kinds) {
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().String("kind", kind).Bool("incremental", command.incremental && kind == "data").EndObject();
    ASSIGN_OR_RETURN(const NewestSet before, NewestOf(session, kind));
    Result<Answer> answered = session.Call("POST", "/v1/backups", body);
    if (answered.reason() == Reason::kServerUnreachable) {
      RETURN_IF_ERROR(WaitUntilMade(session, kind, before, answered.status()));
      continue;
    }
    ASSIGN_OR_RETURN(const Answer answer, std::move(answered));
    session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()) + "\n");
  }
  session.Note(
      "Carry the data set to another place, and the key set to yet another. The key set is to be destroyed when it "
      "expires: 'strongroom backup confirm-destroyed ID' says that it was.");
  return ExitCode::kOk;
}

Result<ExitCode> List(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/backups"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue backups, answer.root().GetArray("backups"));
  session.Print(TableOf(backups, {{"ID", "id"},
                                  {"KIND", "kind"},
                                  {"STATE", "state"},
                                  {"MADE", "made_at"},
                                  {"GOES ON FROM", "parent"},
                                  {"BYTES", "size_bytes"},
                                  {"EXPIRES", "expires_at"},
                                  {"FILE DELETED", "file_deleted_at"},
                                  {"DESTROYED", "destroyed_at"},
                                  {"FILE", "file"}}));
  return ExitCode::kOk;
}

Result<ExitCode> ConfirmDestroyed(Session& session, const std::string& id) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/backups/" + PercentEncode(id) + "/destroyed"));
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root()));
  return ExitCode::kOk;
}

// --- on files --------------------------------------------------------------------------------------------------------

// Never replaces a file: the only copy of another identity may be in it.
Status WriteNewSecretFile(const std::string& path, ByteView text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return {Reason::kInvalidArgument, path + " cannot be made: " + std::strerror(errno)};
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int failure = errno;
  ::close(file);
  if (written) return FlushDirectoryOf(path);
  ::unlink(path.c_str());
  return {Reason::kStorageUnavailable, path + " could not be written: " + std::strerror(failure)};
}

Result<ExitCode> Keygen(Session& session, const std::string& path) {
  SystemRandom random;
  const AgeIdentity identity = AgeIdentity::Generate(random);
  const SecretBytes encoded = identity.Encode();
  const std::string recipient = identity.recipient().Encode();
  std::string text = "# public key: " + recipient + "\n" + std::string(ExposeSecret(encoded)) + "\n";
  const Status written = WriteNewSecretFile(path, text);
  WipeString(text);
  RETURN_IF_ERROR(written);
  session.PrintLine(recipient);
  session.Note("This is the recipient, for the section [backup] of the configuration. " + path +
               " opens every set made for it: keep it away from the server, and a copy on paper. Without it no "
               "backup can be restored.");
  return ExitCode::kOk;
}

struct VerifyCommand {
  std::string file;
  std::vector<std::string> increments;
  std::string identity;
  std::string scratch;
};

// A directory of its own, gone with this.
class ScratchDirectory {
 public:
  static Result<std::unique_ptr<ScratchDirectory>> Make(const std::string& parent) {
    std::error_code error;
    std::string path = parent.empty() ? std::filesystem::temp_directory_path(error).string() : parent;
    path += "/strongroom-verify-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return Status(Reason::kStorageUnavailable, path + " cannot be made: " + std::strerror(errno));
    }
    return std::unique_ptr<ScratchDirectory>(new ScratchDirectory(std::move(path)));
  }
  ~ScratchDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

Result<AgeKeys> ReadIdentities(const std::string& path) {
  ASSIGN_OR_RETURN(Bytes text, ReadWholeFile(path, kMostIdentityBytes));
  Result<std::vector<AgeIdentity>> identities = ParseAgeIdentities(text);
  WipeString(text);
  if (!identities.ok()) return Status(identities.reason(), path + ": " + identities.status().message());
  AgeKeys keys;
  keys.identities = *std::move(identities);
  return keys;
}

void PrintVerified(Session& session, const std::vector<VerifiedSet>& sets) {
  TextTable table({"SET", "KIND", "MADE", "ROOM", "ROWS", "GONE", "ROWS AFTERWARDS"});
  for (const VerifiedSet& set : sets) {
    for (const RoomTotals& room : set.totals) {
      table.Row({HexEncode(set.header.id), std::string(NameOf(set.header.kind)), FormatTime(set.header.made_at),
                 room.room, std::to_string(room.rows), std::to_string(room.gone), std::to_string(room.rows_whole)});
    }
  }
  session.Print(table.Render());
}

ExitCode NotVerified(Session& session, const Status& why) {
  session.Note(why.ToString());
  return ExitCode::kNotVerified;
}

Result<ExitCode> Verify(Session& session, const VerifyCommand& command) {
  ASSIGN_OR_RETURN(const AgeKeys keys, ReadIdentities(command.identity));
  std::vector<std::string> files = {command.file};
  files.insert(files.end(), command.increments.begin(), command.increments.end());
  // What a key set holds never touches a disk here.
  SetKind kind = SetKind::kData;
  {
    ASSIGN_OR_RETURN(AgeSource source, OpenSetFile(command.file));
    const Result<std::unique_ptr<SetReader>> reader = SetReader::Open(std::move(source), keys);
    if (reader.reason() == Reason::kDataCorrupt) return NotVerified(session, reader.status());
    RETURN_IF_ERROR(reader.status());
    kind = (*reader)->header().kind;
  }
  std::unique_ptr<ScratchDirectory> directory;
  if (kind == SetKind::kData) {
    ASSIGN_OR_RETURN(directory, ScratchDirectory::Make(command.scratch));
  }
  const ScratchStores scratch = [&](const std::string& room) -> Result<std::unique_ptr<Store>> {
    if (directory == nullptr) return std::unique_ptr<Store>(std::make_unique<MemoryStore>());
    if (room.find('/') != std::string::npos || room.starts_with('.'))
      return Status(Reason::kDataCorrupt, "a room has a name that no room has");
    RocksDbOptions options;
    options.path = directory->path() + "/" + room;
    options.create_if_missing = true;
    return OpenRocksDbStore(options);
  };
  const Result<std::vector<VerifiedSet>> verified = VerifySets(files, keys, scratch);
  if (!verified.ok()) {
    if (verified.reason() != Reason::kDataCorrupt) return verified.status();
    return NotVerified(session, verified.status());
  }
  PrintVerified(session, *verified);
  session.Note("Every set is whole, and restored it gives what was in the stores.");
  return ExitCode::kOk;
}

}  // namespace

void AddBackupCommands(CommandLine& line) {
  line.Group("backup", "Copies of the stores: make them, prove them, and know when copies of keys must go");
  auto make = std::make_shared<MakeCommand>();
  line.Add("backup make", "Copy the stores of all rooms into backup sets")
      .Choice("--kind", make->kind, {"both", "data", "keys"}, "which stores")
      .Flag("--incremental", make->incremental, "of the data: only what changed since the newest data set")
      .Note(
          "The server writes them into the directory and for the recipients of its configuration ([backup]). It goes "
          "on "
          "serving meanwhile.")
      .Example("strongroom backup make")
      .Example("strongroom backup make --kind data --incremental")
      .Run([make](Session& session) { return Make(session, *make); });

  line.Add("backup list", "Show the register of backup sets")
      .Example("strongroom backup list")
      .Run([](Session& session) { return List(session); });

  auto id = std::make_shared<std::string>();
  line.Add("backup confirm-destroyed", "Answer for it that no copy of a set is left")
      .Positional("ID", *id, "of the set, as 'backup list' shows it")
      .Note("Your name and the time are recorded.")
      .Example("strongroom backup confirm-destroyed 0f1e2d3c4b5a69788796a5b4c3d2e1f0")
      .Run([id](Session& session) { return ConfirmDestroyed(session, *id); });

  auto verify = std::make_shared<VerifyCommand>();
  line.Add("backup verify", "Prove sets by restoring them into a scratch store")
      .Positional("FILE", verify->file, "a full set")
      .Rest("INCREMENT", verify->increments, "sets that go on from it, in the order they were made")
      .RequiredText("--identity", verify->identity, "FILE", "what opens them, as 'backup keygen' wrote it")
      .Text("--scratch", verify->scratch, "DIR", "where there is room for the data; it is empty again afterwards")
      .Note("Needs no server and no vault. Nothing of a customer is opened: rows stay sealed.")
      .Example("strongroom backup verify full.set monday.set tuesday.set --identity backup.key")
      .Run([verify](Session& session) { return Verify(session, *verify); });

  auto path = std::make_shared<std::string>();
  line.Add("backup keygen", "Make the key that opens backup sets, and print its recipient")
      .Positional("FILE", *path, "where the key is written, for its owner alone; it must not exist")
      .Note("Do this on a machine that is not the server.")
      .Example("strongroom backup keygen backup.key")
      .Run([path](Session& session) { return Keygen(session, *path); });
}

}  // namespace strongroom
