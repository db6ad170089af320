// What goes into a set comes out of it, and nothing else does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "backup/make_set.h"
#include "backup/row_index.h"
#include "backup/set_file.h"
#include "backup/set_reader.h"
#include "backup/set_writer.h"
#include "backup/verify_set.h"
#include "base/encoding.h"
#include "store/faulty_store.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"
#include "store/testing/temp_dir.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

using testing::HasSubstr;
using Rows = std::map<std::string, std::map<Bytes, Bytes>>;  // by room

AgeSource From(Bytes text) {
  return [text = std::move(text), at = size_t{0}](char* buffer, size_t size) mutable -> Result<size_t> {
    const size_t some = std::min(size, text.size() - at);
    std::copy_n(text.data() + at, some, buffer);
    at += some;
    return some;
  };
}

AgeSink Into(Bytes& out) {
  return [&out](ByteView bytes) {
    out.append(bytes);
    return Status::Ok();
  };
}

AgeKeys KeysOf(const AgeIdentity& identity) {
  AgeKeys keys;
  keys.identities.push_back(*AgeIdentity::Parse(ExposeSecret(identity.Encode())));
  return keys;
}

Bytes FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Applies a set's rows; the first failure.
Status ReadInto(Rows& rows, AgeSource source, const AgeKeys& keys) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SetReader> reader, SetReader::Open(std::move(source), keys));
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<SetRow> row, reader->Next());
    if (!row.has_value()) return Status::Ok();
    if (row->value.has_value()) {
      rows[row->room][row->key] = *row->value;
    } else {
      rows[row->room].erase(row->key);
    }
  }
}

Rows AllRows(const std::vector<SetRoom>& rooms) {
  Rows rows;
  for (const SetRoom& room : rooms) {
    ScanRange all;
    all.limit = 1'000'000;
    const Result<std::vector<StoreRow>> found = room.store->Scan(all);
    EXPECT_TRUE(found.ok());
    for (const StoreRow& row : *found) rows[room.name][row.key] = row.value;
  }
  return rows;
}

void Put(Store& store, Bytes key, Bytes value) {
  StoreBatch batch;
  batch.puts.push_back({std::move(key), std::move(value)});
  ASSERT_TRUE(store.Commit(batch).ok());
}

void Delete(Store& store, Bytes key) {
  StoreBatch batch;
  batch.deletes.push_back(std::move(key));
  ASSERT_TRUE(store.Commit(batch).ok());
}

class BackupTest : public testing::Test {
 protected:
  MakeSetOptions Options(SetKind kind = SetKind::kData) {
    MakeSetOptions options;
    options.header.kind = kind;
    options.header.vault = "strongroom/office-1a2b3c4d";
    options.header.id = random_.Take(SetHeader::kIdBytes);
    options.header.made_at = 1'795'774'500'000;
    options.rooms = {{"office", &office_}, {"main", &main_}};
    options.recipients = {identity_.recipient()};
    options.directory = directory_.path();
    if (kind == SetKind::kData) options.index_key = SecretBytes::CopyOf(Bytes(32, '\x55'));
    return options;
  }
  MakeSetOptions Increment(const MadeSet& parent) {
    MakeSetOptions options = Options();
    options.header.parent = parent.header.id;
    options.parent_file = Path(parent);
    return options;
  }
  std::string Path(const MadeSet& made) { return directory_.path() + "/" + made.file; }
  Result<std::vector<VerifiedSet>> Verify(const std::vector<std::string>& files) {
    return VerifySets(files, KeysOf(identity_), [](const std::string&) -> Result<std::unique_ptr<Store>> {
      return std::unique_ptr<Store>(std::make_unique<MemoryStore>());
    });
  }
  // All files of the directory.
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  SeededRandom random_{1};
  AgeIdentity identity_ = AgeIdentity::Generate(random_);
  TempDir directory_;
  FaultyStore office_{NewTestStore()};
  FaultyStore main_{NewTestStore()};
};

TEST_F(BackupTest, WhatWasInTheStoresIsInTheSet) {
  Put(office_, "n1", "document");
  for (int i = 0; i < 3000; ++i) Put(main_, "c" + std::to_string(i), random_.Take(1 + random_.Below(400)));
  Put(main_, "big", random_.Take(1 << 20));
  Put(main_, "empty", "");
  const Result<MadeSet> made = MakeSet(Options(), random_);
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->header.rooms, (std::vector<std::string>{"main", "office"}));
  EXPECT_EQ(made->file.substr(0, 33), "strongroom-data-20261127T101500Z-");
  EXPECT_EQ(View(made->sha256), View(Sha256(FileBytes(Path(*made)))));
  EXPECT_EQ(made->size_bytes, std::filesystem::file_size(Path(*made)));
  struct stat status {};
  ASSERT_EQ(stat(Path(*made).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  Rows rows;
  ASSERT_TRUE(ReadInto(rows, *OpenSetFile(Path(*made)), KeysOf(identity_)).ok());
  EXPECT_TRUE(rows == AllRows(Options().rooms));
  const auto verified = Verify({Path(*made)});
  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->front().totals, made->totals);
  EXPECT_EQ(Files().size(), 2u) << "the set and its index, nothing half-written";
}

TEST_F(BackupTest, AnEmptyStoreHasASection) {
  const Result<MadeSet> made = MakeSet(Options(SetKind::kKeys), random_);
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->totals.size(), 2u);
  EXPECT_TRUE(Verify({Path(*made)}).ok());
  EXPECT_EQ(Files().size(), 1u) << "a key set has no index";
}

TEST_F(BackupTest, IncrementsHoldWhatChangedAndTheChainWhatIsThere) {
  for (int i = 0; i < 1000; ++i) Put(main_, "c" + std::to_string(i), random_.Take(100));
  Put(office_, "a", "1");
  std::vector<std::string> files;
  Result<MadeSet> last = MakeSet(Options(), random_);
  ASSERT_TRUE(last.ok());
  files.push_back(Path(*last));
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      Put(main_, "c" + std::to_string(random_.Below(1200)), random_.Take(100));
      Delete(main_, "c" + std::to_string(random_.Below(1200)));
    }
    if (round == 1) Delete(office_, "a");
    if (round == 3) Put(office_, "a", "2");
    last = MakeSet(Increment(*last), random_);
    ASSERT_TRUE(last.ok()) << last.status().ToString();
    EXPECT_LE(last->totals.front().rows, 20u);
    files.push_back(Path(*last));
    Rows rows;
    for (const std::string& file : files) {
      ASSERT_TRUE(ReadInto(rows, *OpenSetFile(file), KeysOf(identity_)).ok());
    }
    std::erase_if(rows, [](const auto& room) { return room.second.empty(); });
    EXPECT_TRUE(rows == AllRows(Options().rooms)) << round;
    ASSERT_TRUE(Verify(files).ok()) << round << ": " << Verify(files).status().ToString();
  }
  // Nothing changed: nothing but the totals.
  last = MakeSet(Increment(*last), random_);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->totals[0].rows + last->totals[0].gone + last->totals[1].rows + last->totals[1].gone, 0u);
}

TEST_F(BackupTest, ARoomThatIsNewIsWholeInTheIncrement) {
  MakeSetOptions before = Options();
  before.rooms = {{"main", &main_}};
  Put(main_, "a", "1");
  Put(office_, "b", "2");
  const Result<MadeSet> full = MakeSet(before, random_);
  ASSERT_TRUE(full.ok());
  const Result<MadeSet> increment = MakeSet(Increment(*full), random_);
  ASSERT_TRUE(increment.ok()) << increment.status().ToString();
  EXPECT_EQ(increment->totals[0].rows, 0u);
  EXPECT_EQ(increment->totals[1].rows, 1u);
  EXPECT_TRUE(Verify({Path(*full), Path(*increment)}).ok());
}

TEST_F(BackupTest, AnIncrementKnowsItsParent) {
  Put(main_, "a", "1");
  const Result<MadeSet> full = MakeSet(Options(), random_);
  const Result<MadeSet> other = MakeSet(Options(), random_);
  ASSERT_TRUE(full.ok() && other.ok());
  Put(main_, "a", "2");
  const Result<MadeSet> increment = MakeSet(Increment(*full), random_);
  ASSERT_TRUE(increment.ok());
  EXPECT_TRUE(Verify({Path(*full), Path(*increment)}).ok()) << "control";
  EXPECT_EQ(Verify({Path(*increment)}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Verify({Path(*other), Path(*increment)}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Verify({Path(*full), Path(*other)}).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Verify({}).reason(), Reason::kInvalidArgument);
  // The index of another set, and none.
  MakeSetOptions wrong = Increment(*full);
  wrong.parent_file = Path(*other);
  EXPECT_EQ(MakeSet(wrong, random_).reason(), Reason::kBackupNotFound);
  wrong.parent_file = directory_.path() + "/none";
  EXPECT_EQ(MakeSet(wrong, random_).reason(), Reason::kBackupNotFound);
  wrong = Increment(*full);
  wrong.index_key = SecretBytes::CopyOf(Bytes(32, '\x56'));
  EXPECT_EQ(MakeSet(wrong, random_).reason(), Reason::kKeyMissing) << "an index of another vault";
}

TEST_F(BackupTest, ADamagedIndexGivesNoIncrement) {
  for (int i = 0; i < 50; ++i) Put(main_, "c" + std::to_string(i), "v");
  const Result<MadeSet> full = MakeSet(Options(), random_);
  ASSERT_TRUE(full.ok());
  ASSERT_TRUE(MakeSet(Increment(*full), random_).ok()) << "control";
  const std::string path = Path(*full) + kIndexEnding;
  const Bytes index = FileBytes(path);
  const size_t files = Files().size();
  for (const size_t size : {index.size() - 1, index.size() - 40, index.size() / 2, size_t{0}}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << index.substr(0, size);
    EXPECT_FALSE(MakeSet(Increment(*full), random_).ok()) << size;
    EXPECT_EQ(Files().size(), files) << "what failed leaves no file";
  }
}

TEST_F(BackupTest, NoLengthButTheWholeOneIsASet) {
  Put(main_, "a", "1");
  Put(office_, "b", "2");
  const Result<MadeSet> made = MakeSet(Options(), random_);
  ASSERT_TRUE(made.ok());
  const Bytes file = FileBytes(Path(*made));
  Rows rows;
  ASSERT_TRUE(ReadInto(rows, From(file), KeysOf(identity_)).ok()) << "control";
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(ReadInto(rows, From(file.substr(0, size)), KeysOf(identity_)).ok()) << "cut to " << size;
    Bytes flipped = file;
    flipped[size] = static_cast<char>(flipped[size] ^ 1);
    EXPECT_FALSE(ReadInto(rows, From(flipped), KeysOf(identity_)).ok()) << "flipped at " << size;
  }
  EXPECT_FALSE(ReadInto(rows, From(file + "x"), KeysOf(identity_)).ok());
}

// Somebody who has the recipient, and so can write age files, but has to lie about counts, order or hashes.
class LyingSet {
 public:
  LyingSet(const AgeIdentity& identity, Random& random) : identity_(identity), random_(random) {}
  // The plaintext of an honest set of one room with the rows a and b.
  Bytes Plain(bool increment = false) {
    SetHeader header;
    header.vault = "strongroom/office-1a2b3c4d";
    header.id = Bytes(16, '\x11');
    if (increment) header.parent = Bytes(16, '\x10');
    header.made_at = 1'795'774'500'000;
    header.rooms = {"main"};
    Bytes sealed;
    const Result<std::unique_ptr<SetWriter>> writer =
        SetWriter::Start(header, {identity_.recipient()}, random_, Into(sealed));
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->BeginRoom("main").ok());
    EXPECT_TRUE((*writer)->PutRow("a", "1").ok());
    if (increment) {
      EXPECT_TRUE((*writer)->PutGone("aa").ok());
    }
    EXPECT_TRUE((*writer)->PutRow("b", "22").ok());
    EXPECT_TRUE((*writer)->EndRoom().ok());
    EXPECT_TRUE((*writer)->Finish().ok());
    const Result<std::unique_ptr<AgeReader>> reader = AgeReader::Open(From(sealed), KeysOf(identity_));
    Bytes plain(10'000, '\0');
    plain.resize(*(*reader)->Read(plain.data(), plain.size()));
    return plain;
  }
  Status Read(ByteView plain) {
    Bytes sealed;
    const Result<std::unique_ptr<AgeWriter>> writer =
        AgeWriter::Start(std::vector<AgeRecipient>{identity_.recipient()}, random_, Into(sealed));
    EXPECT_TRUE((*writer)->Write(plain).ok());
    EXPECT_TRUE((*writer)->Finish().ok());
    Rows rows;
    return ReadInto(rows, From(sealed), KeysOf(identity_));
  }
  // With a last hash that fits.
  static Bytes Rehashed(Bytes plain) {
    plain.resize(plain.size() - 32);
    return plain + Bytes(View(Sha256(plain)));
  }

 private:
  const AgeIdentity& identity_;
  Random& random_;
};

TEST_F(BackupTest, CountsOrderAndHashesAreChecked) {
  LyingSet set(identity_, random_);
  const Bytes honest = set.Plain();
  ASSERT_TRUE(set.Read(honest).ok()) << "control";
  ASSERT_TRUE(set.Read(LyingSet::Rehashed(honest)).ok()) << "control";
  for (size_t i = 0; i < honest.size(); ++i) {
    Bytes altered = honest;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_EQ(set.Read(altered).reason(), Reason::kDataCorrupt) << i;
    EXPECT_EQ(set.Read(ByteView(honest).substr(0, i)).reason(), Reason::kDataCorrupt) << i;
  }
  EXPECT_EQ(set.Read(honest + "x").reason(), Reason::kDataCorrupt);
  // Altered and the last hash made anew: the room's own still tells.
  const size_t row = honest.find(
      "p\x01"
      "b\x02"
      "22");
  ASSERT_NE(row, Bytes::npos);
  Bytes altered = honest;
  altered[row + 3] = '\x02';
  altered[row + 4] = '3';
  EXPECT_THAT(set.Read(LyingSet::Rehashed(altered)).message(), HasSubstr("not those that were copied"));
  altered = honest;
  altered[row + 2] = 'A';  // before 'a'
  EXPECT_THAT(set.Read(LyingSet::Rehashed(altered)).message(), HasSubstr("out of order"));
  altered = honest;
  altered[row + 2] = 'a';  // twice
  EXPECT_THAT(set.Read(LyingSet::Rehashed(altered)).message(), HasSubstr("out of order"));
  altered = honest;
  altered.erase(row, 6);
  EXPECT_THAT(set.Read(LyingSet::Rehashed(altered)).message(), HasSubstr("lost rows"));
  altered = honest;
  altered.insert(row,
                 "d\x01"
                 "aa",
                 3);
  EXPECT_THAT(set.Read(LyingSet::Rehashed(altered)).message(), HasSubstr("unknown part"))
      << "a full set has no rows that are gone";
  const Bytes increment = set.Plain(true);
  EXPECT_TRUE(set.Read(increment).ok()) << "control";
}

TEST_F(BackupTest, OnlyARecipientOpensIt) {
  Put(main_, "a", "1");
  MakeSetOptions options = Options();
  const AgeIdentity second = AgeIdentity::Generate(random_);
  const AgeIdentity stranger = AgeIdentity::Generate(random_);
  options.recipients.push_back(second.recipient());
  const Result<MadeSet> made = MakeSet(options, random_);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(SetReader::Open(*OpenSetFile(Path(*made)), KeysOf(identity_)).ok());
  EXPECT_TRUE(SetReader::Open(*OpenSetFile(Path(*made)), KeysOf(second)).ok());
  EXPECT_EQ(SetReader::Open(*OpenSetFile(Path(*made)), KeysOf(stranger)).reason(), Reason::kKeyMissing);
  options.recipients.clear();
  options.header.id = random_.Take(16);
  EXPECT_EQ(MakeSet(options, random_).reason(), Reason::kInvalidArgument);
  EXPECT_EQ(Files().size(), 2u);
}

TEST_F(BackupTest, WhatIsStoppedLeavesNoFile) {
  for (int i = 0; i < 5000; ++i) Put(main_, "c" + std::to_string(i), "v");
  MakeSetOptions options = Options();
  int asked = 0;
  options.progress = [&](uint64_t) {
    ++asked;
    return Status(Reason::kServerLocked, "stop");
  };
  EXPECT_EQ(MakeSet(options, random_).reason(), Reason::kServerLocked);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(Files().empty());
  options.progress = {};
  EXPECT_TRUE(MakeSet(options, random_).ok()) << "control";
}

TEST_F(BackupTest, NoFileTakesAnothersName) {
  const MakeSetOptions options = Options();
  ASSERT_TRUE(MakeSet(options, random_).ok());
  const Bytes before = FileBytes(directory_.path() + "/" + SetFileName(options.header));
  Put(main_, "a", "1");
  EXPECT_EQ(MakeSet(options, random_).reason(), Reason::kStorageUnavailable);
  EXPECT_TRUE(FileBytes(directory_.path() + "/" + SetFileName(options.header)) == before);
}

// Each batch adds one to two rows at once: a set that saw half of a batch, or rows of different moments, shows it.
TEST_F(BackupTest, ASetIsOfOneMomentWhileWritersWrite) {
  TempDir data;
  RocksDbOptions rocksdb;
  rocksdb.path = data.path();
  rocksdb.create_if_missing = true;
  rocksdb.unsafe_no_sync_for_tests = true;
  const Result<std::unique_ptr<Store>> store = OpenRocksDbStore(rocksdb);
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  Store& written = **store;
  for (int i = 0; i < 20'000; ++i) {
    if (i % 1000 == 0) Put(written, "m" + std::to_string(i), random_.Take(50));
  }
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> count{0};
  std::thread writer([&] {
    while (!stop) {
      Bytes number;
      ByteWriter(number).U64(++count);
      StoreBatch batch;
      batch.puts.push_back({"a first", number});
      batch.puts.push_back({"z last", number});
      batch.puts.push_back({"m" + number, number});
      ASSERT_TRUE(written.Commit(batch).ok());
    }
  });
  while (count < 100) std::this_thread::yield();
  std::vector<std::string> files;
  Result<MadeSet> made = Status(Reason::kInternal, "not made");
  for (int i = 0; i < 3; ++i) {
    MakeSetOptions options = files.empty() ? Options() : Increment(*made);
    options.rooms = {{"main", &written}};
    made = MakeSet(options, random_);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    files.push_back(Path(*made));
    Rows rows;
    for (const std::string& file : files) {
      ASSERT_TRUE(ReadInto(rows, *OpenSetFile(file), KeysOf(identity_)).ok());
    }
    const std::map<Bytes, Bytes>& main = rows["main"];
    EXPECT_EQ(main.at("a first"), main.at("z last"));
    EXPECT_EQ(main.size(), 20 + 2 + ByteReader(main.at("z last")).U64());
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(Verify(files).ok());
}

TEST_F(BackupTest, TheProgramAgeOpensASet) {
  if (!std::filesystem::exists("/usr/bin/age")) GTEST_SKIP() << "age is not installed";
  Put(main_, "a", "1");
  const Result<MadeSet> made = MakeSet(Options(), random_);
  ASSERT_TRUE(made.ok());
  const std::string identity = directory_.path() + "/identity";
  std::ofstream(identity) << ExposeSecret(identity_.Encode()) << "\n";
  const std::string out = directory_.path() + "/plain";
  const std::string set = Path(*made);
  const pid_t child = fork();
  if (child == 0) {
    execl("/usr/bin/age", "age", "-d", "-i", identity.c_str(), "-o", out.c_str(), set.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(FileBytes(out), testing::StartsWith(set_format::kMagic));
}

// The page's example, byte by byte.
TEST_F(BackupTest, TheWorkedExampleIsASet) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/docs/formats/backup-set.md");
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
    } else if (inside) {
      hex += line.substr(0, line.find(' '));
    }
  }
  const Result<Bytes> plain = HexDecode(hex);
  ASSERT_TRUE(plain.ok());
  LyingSet set(identity_, random_);
  EXPECT_EQ(HexEncode(*plain), HexEncode(set.Plain(true)));
  EXPECT_TRUE(set.Read(*plain).ok());
}

}  // namespace
}  // namespace strongroom
