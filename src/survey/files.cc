// Files: walked through in the parent, looked into by children that can do nothing else.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "confined/sandbox.h"
#include "survey/surveying.h"

namespace strongroom::survey {
namespace {

namespace fs = std::filesystem;

// One child looks into so much: a fork costs a few milliseconds.
constexpr uint64_t kBatchBytes = uint64_t{32} << 20;
constexpr size_t kBatchFiles = 128;
constexpr size_t kLargestManifest = size_t{16} << 20;
constexpr uint64_t kSlowestBytesPerSecond = 1'000'000;
constexpr uint64_t kReadingSeconds = 1'800;  // for a file of scanned pages
constexpr char kBegin = 'B';
constexpr char kItem = 'I';
constexpr char kTick = 'T';
constexpr char kEnd = 'E';

// A file's bytes, as the kernel maps them: they are read where they are needed.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat facts = {};
    if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      const int error = errno;
      if (fd >= 0) close(fd);
      return Status(Reason::kFileUnreadable, std::generic_category().message(error));
    }
    MappedFile file;
    file.size_ = static_cast<size_t>(facts.st_size);
    file.sqlite_ = HasSqliteHeader(fd);
    if (file.size_ > 0) {
      void* const bytes = mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
      file.bytes_ = bytes == MAP_FAILED ? nullptr : bytes;
      if (file.bytes_ != nullptr) madvise(file.bytes_, file.size_, MADV_SEQUENTIAL);  // advice alone
    }
    close(fd);
    if (file.size_ > 0 && file.bytes_ == nullptr) return Status(Reason::kFileUnreadable, "it cannot be mapped");
    return file;
  }
  MappedFile(MappedFile&& other) noexcept : bytes_(other.bytes_), size_(other.size_), sqlite_(other.sqlite_) {
    other.bytes_ = nullptr;
  }
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (bytes_ != nullptr) munmap(bytes_, size_);
  }
  bool is_sqlite() const { return sqlite_; }
  // For children alone: whoever cuts the file short while it is read ends the reader.
  std::string_view bytes() const {
    return bytes_ == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes_), size_);
  }

 private:
  MappedFile() = default;
  static bool HasSqliteHeader(int fd) {
    char header[16] = {};
    return pread(fd, header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
           IsSqliteFile(std::string_view(header, sizeof header));
  }
  void* bytes_ = nullptr;
  size_t size_ = 0;
  bool sqlite_ = false;
};

struct Candidate {
  std::string path;
  std::string name;  // below the place
  std::string fingerprint;
  uint64_t size = 0;
  std::vector<std::string> headings = {};  // of a table that does not name its columns
};

std::string FingerprintOf(const struct stat& facts) {
  Bytes print;
  ByteWriter writer(print);
  writer.U64(static_cast<uint64_t>(facts.st_size));
  for (const timespec& time : {facts.st_mtim, facts.st_ctim}) {
    writer.U64(static_cast<uint64_t>(time.tv_sec));
    writer.U64(static_cast<uint64_t>(time.tv_nsec));
  }
  writer.U64(facts.st_ino);
  return print;
}

class FileSurvey {
 public:
  FileSurvey(Place& place, const Surveying& how) : place_(place), how_(how) {}

  Status Take(const fs::path& path, const std::string& name) {
    struct stat facts = {};
    if (lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return Status::Ok();
    Candidate candidate;
    candidate.path = path;
    candidate.name = name;
    candidate.size = static_cast<uint64_t>(facts.st_size);
    candidate.fingerprint = FingerprintOf(facts);
    if (Remembered(candidate)) return Status::Ok();
    if (path.filename() == "manifest.json") TakeManifest(candidate);
    // What columns it has, a manifest that comes later may say.
    if (name.ends_with(".csv.gz")) {
      waiting_.push_back(std::move(candidate));
      return Status::Ok();
    }
    return Add(std::move(candidate));
  }

  // What is left.
  Status Finish() {
    for (Candidate& candidate : std::exchange(waiting_, {})) {
      const auto known = inventories_.find(fs::path(candidate.name).filename());
      if (known != inventories_.end()) candidate.headings = known->second;
      RETURN_IF_ERROR(Add(std::move(candidate)));
    }
    return LookIntoBatch();
  }

 private:
  Status Add(Candidate candidate) {
    batch_bytes_ += candidate.size;
    batch_.push_back(std::move(candidate));
    return batch_.size() >= kBatchFiles || batch_bytes_ >= kBatchBytes ? LookIntoBatch() : Status::Ok();
  }

  // An inventory of a store of objects, as S3 writes it: the columns of its files stand in "fileSchema".
  void TakeManifest(const Candidate& candidate) {
    if (candidate.size > kLargestManifest) return;
    std::ifstream file(candidate.path, std::ios::binary);
    std::string text(candidate.size, '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) return;
    const Result<JsonDocument> document = JsonDocument::ParseObject(text);
    if (!document.ok()) return;
    const Result<std::string_view> schema = document->root().GetString("fileSchema");
    const Result<JsonValue> files = document->root().GetArray("files");
    if (!schema.ok() || !files.ok()) return;
    std::vector<std::string> headings;
    for (std::string_view rest = *schema; !rest.empty();) {
      std::string_view heading = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(heading.size() + 1, rest.size()));
      while (heading.starts_with(' ')) heading.remove_prefix(1);
      headings.emplace_back(heading);
    }
    for (const JsonValue& listed : *files) {
      const Result<std::string_view> key = listed.GetString("key");
      if (key.ok()) inventories_[fs::path(*key).filename()] = headings;
    }
  }

  static std::string KeyOf(const Candidate& candidate) { return "file\n" + candidate.path; }

  bool Remembered(const Candidate& candidate) {
    if (how_.memory == nullptr) return false;
    const std::vector<Item>* const items = how_.memory->Find(KeyOf(candidate), candidate.fingerprint);
    if (items == nullptr) return false;
    for (Item item : *items) {
      if (item.state != ItemState::kNotLookedInto) item.state = ItemState::kUnchanged;
      TakeItem(place_, std::move(item));
    }
    return true;
  }

  void Failed(const Candidate& candidate, const std::string& why) {
    Item item;
    item.name = NameForReport(how_.search, candidate.name, item);
    item.what = "file";
    item.state = ItemState::kNotLookedInto;
    item.reason = why;
    item.bytes = candidate.size;
    TakeItem(place_, std::move(item));
  }

  Status LookIntoBatch() {
    std::vector<Candidate> batch = std::move(batch_);
    batch_.clear();
    batch_bytes_ = 0;
    std::vector<MappedFile> files;
    std::vector<Candidate> opened;
    for (Candidate& candidate : batch) {
      Result<MappedFile> file = MappedFile::Open(candidate.path);
      if (!file.ok()) {
        Failed(candidate, "it cannot be opened: " + file.status().message());
      } else if (file->is_sqlite()) {
        RETURN_IF_ERROR(LookIntoDatabase(candidate));
      } else {
        files.push_back(*std::move(file));
        opened.push_back(std::move(candidate));
      }
    }
    for (size_t next = 0; next < opened.size();) {
      if (how_.MustStop()) return Broken();
      ASSIGN_OR_RETURN(next, LookFrom(opened, files, next));
    }
    return Status::Ok();
  }

  // SQLite opens files by itself and cannot do so in the sandbox.
  Status LookIntoDatabase(const Candidate& candidate) {
    Surveying alone = how_;
    alone.threads = 1;  // children follow, and a fork wants no other thread
    const Result<Place> database = SurveyDatabase("sqlite:" + candidate.path, alone);
    if (!database.ok()) {
      Failed(candidate, database.status().message());
      return Status::Ok();
    }
    std::vector<Item> items = database->items;
    Item whole;
    whole.name = candidate.name;
    whole.what = "database";
    whole.bytes = candidate.size;
    TakeItem(place_, whole);
    for (Item& item : items) {
      item.name = candidate.name + "/" + item.name;
      TakeItem(place_, item);
    }
    place_.rows += database->rows;
    if (!database->complete) return Broken();
    return Status::Ok();
  }

  Status Broken() {
    place_.complete = false;
    return Status(Reason::kShuttingDown, "broken off");
  }

  // Runs a child over the files from `first` on; answers which is next.  A child that dies took its file with it; the
  // next one goes on behind it.
  Result<size_t> LookFrom(const std::vector<Candidate>& candidates, const std::vector<MappedFile>& files,
                          size_t first) {
    uint64_t bytes = 0;
    for (size_t i = first; i < files.size(); ++i) bytes += files[i].bytes().size();
    SandboxLimits limits;
    limits.memory_bytes += bytes;
    limits.cpu_seconds += bytes / kSlowestBytesPerSecond;
    if (how_.reads_pictures) {
      limits.cpu_seconds += kReadingSeconds * (files.size() - first);
      limits.silent_millis = static_cast<int>(kReadingSeconds * 1000);
    }
    const auto work = [&](const SendMessage& send) -> Status {
      for (size_t i = first; i < files.size(); ++i) {
        RETURN_IF_ERROR(send(kBegin, {}));
        Looker looker(how_.search, how_.formats, how_.limits, [&](const Item& item) {
          Bytes packed;
          AppendItem(packed, item);
          return send(kItem, packed);
        });
        looker.set_headings(candidates[i].headings);
        looker.set_tick([&](uint64_t more) {
          Bytes packed;
          ByteWriter(packed).U64(more);
          return send(kTick, packed);
        });
        RETURN_IF_ERROR(looker.Look(candidates[i].name, files[i].bytes()));
        RETURN_IF_ERROR(send(kEnd, {}));
      }
      return Status::Ok();
    };
    size_t at = first;
    bool inside = false;
    std::vector<Item> items;
    const auto receive = [&](char kind, std::string_view payload) -> Status {
      if (kind == kItem) {
        if (items.size() >= how_.limits.entries) return Status(Reason::kInternal, "The sandbox answers without end.");
        ASSIGN_OR_RETURN(Item item, ReadItem(payload));
        items.push_back(std::move(item));
      } else if (kind == kBegin) {
        inside = true;
      } else if (kind == kEnd && at < files.size()) {
        inside = false;
        Keep(candidates[at++], std::move(items));
        items.clear();
      }
      Tell(kind == kTick ? ByteReader(payload).U64() : 0);
      return how_.MustStop() ? Broken() : Status::Ok();
    };
    const Status status = RunConfined(work, receive, limits);
    if (status.ok() && at == files.size()) return at;
    if (!place_.complete) return Status(Reason::kShuttingDown, "broken off");
    if (!inside || status.reason() == Reason::kInternal) return status.ok() ? Died() : status;
    Item item;
    item.name = NameForReport(how_.search, candidates[at].name, item);
    item.what = "file";
    item.state = ItemState::kNotLookedInto;
    item.reason = "it was too much for the process that opened it";
    item.bytes = candidates[at].size;
    items.push_back(std::move(item));
    Keep(candidates[at], std::move(items));
    return at + 1;
  }
  static Status Died() { return Status(Reason::kInternal, "The process that looks into files broke off."); }

  void Tell(uint64_t more) {
    ticked_ += more;
    if (how_.progress) how_.progress({place_.bytes + ticked_, place_.rows, {}});
  }

  void Keep(const Candidate& candidate, std::vector<Item> items) {
    ticked_ = 0;
    for (const Item& item : items) TakeItem(place_, item);
    if (how_.memory != nullptr) how_.memory->Put(KeyOf(candidate), candidate.fingerprint, std::move(items));
  }

  Place& place_;
  const Surveying& how_;
  std::vector<Candidate> batch_;
  std::vector<Candidate> waiting_;
  std::map<std::string, std::vector<std::string>> inventories_;  // columns, by the name of the file
  uint64_t batch_bytes_ = 0;
  uint64_t ticked_ = 0;  // of the file that is looked into
};

Status Walk(const fs::path& folder, Place& place, FileSurvey& survey, const Surveying& how) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    return Status(Reason::kFileUnreadable, folder.string() + " cannot be read: " + error.message() + ".");
  }
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) break;
    if (how.MustStop()) {
      place.complete = false;
      break;
    }
    std::error_code ignored;
    if (entry->symlink_status(ignored).type() != fs::file_type::regular) continue;
    RETURN_IF_ERROR(survey.Take(entry->path(), entry->path().lexically_relative(folder)));
  }
  if (error) {
    place.complete = false;
    place.failure = "the folder could not be read to its end: " + error.message();
  }
  return survey.Finish();
}

}  // namespace

Result<Place> SurveyFiles(const std::string& path, const Surveying& how) {
  struct stat facts = {};
  if (stat(path.c_str(), &facts) != 0) {
    return Status(Reason::kFileUnreadable, path + " cannot be read: " + std::generic_category().message(errno) + ".");
  }
  Place place;
  place.name = path;
  place.kind = S_ISDIR(facts.st_mode) ? "folder" : "file";
  FileSurvey survey(place, how);
  Status status;
  if (S_ISDIR(facts.st_mode)) {
    status = Walk(path, place, survey, how);
  } else {
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    if (error) real = path;
    status = survey.Take(real, fs::path(path).filename());
    if (status.ok()) status = survey.Finish();
  }
  // What was seen until then is a report all the same.
  if (!status.ok() && place.complete) return status;
  return place;
}

}  // namespace strongroom::survey
