#include "product/ceilings.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "store/group_committer.h"
#include "store/rocksdb_store.h"

namespace strongroom::bench {
namespace {

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Bytes RandomBytes(std::mt19937_64& random, size_t size) {
  Bytes bytes(size, '\0');
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = random();
    for (size_t k = 0; k < 8 && i + k < size; ++k) bytes[i + k] = static_cast<char>(word >> (8 * k));
  }
  return bytes;
}

}  // namespace

Result<double> FlushMicros(const std::string& dir, bool preallocated) {
  constexpr int kFlushes = 1000;
  constexpr size_t kBlock = 4096;
  const std::string path = dir + "/flush";
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return Status(Reason::kFileUnreadable, "cannot create " + path);
  const Bytes block(kBlock, 'x');
  bool ok = true;
  if (preallocated) {
    const Bytes zeros(kBlock * kFlushes, '\0');
    ok = pwrite(file, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) && fsync(file) == 0;
  }
  const double begin = Now();
  for (int i = 0; ok && i < kFlushes; ++i) {
    ok = pwrite(file, block.data(), kBlock, static_cast<off_t>(kBlock) * i) == static_cast<ssize_t>(kBlock) &&
         fdatasync(file) == 0;
  }
  const double seconds = Now() - begin;
  ok = close(file) == 0 && unlink(path.c_str()) == 0 && ok;
  if (!ok) return Status(Reason::kStorageUnavailable, "cannot write " + path);
  return seconds * 1e6 / kFlushes;
}

Result<double> GcmNanos(size_t size_bytes) {
  constexpr int kRounds = 200'000;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  const uint8_t key[32] = {1};
  uint8_t nonce[12] = {};
  uint8_t tag[16];
  const Bytes plain(size_bytes, 'x');
  Bytes sealed(size_bytes, '\0');
  bool ok = EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key, nonce) == 1;
  const double begin = Now();
  for (int i = 0; ok && i < kRounds; ++i) {
    int size = 0;
    ++nonce[0];
    ok = EVP_EncryptInit_ex(context.get(), nullptr, nullptr, nullptr, nonce) == 1 &&
         EVP_EncryptUpdate(context.get(), AsU8(sealed), &size, AsU8(plain), static_cast<int>(size_bytes)) == 1 &&
         EVP_EncryptFinal_ex(context.get(), AsU8(sealed) + size, &size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, sizeof(tag), tag) == 1;
  }
  if (!ok) return Status(Reason::kInternal, "AES-256-GCM failed");
  return (Now() - begin) * 1e9 / kRounds;
}

Result<Engine> Engine::Open(const std::string& dir, const std::vector<RowKind>& kinds, uint64_t customers) {
  Engine engine;
  RocksDbOptions options;
  options.shared = MakeRocksDbShared();
  options.create_if_missing = true;
  options.path = dir + "/engine-data";
  ASSIGN_OR_RETURN(engine.data_, OpenRocksDbStore(options));
  options.path = dir + "/engine-keys";
  ASSIGN_OR_RETURN(engine.keys_, OpenRocksDbStore(options));
  engine.data_shapes_ = ShapesOf(kinds, customers, false);
  engine.key_shapes_ = ShapesOf(kinds, customers, true);
  return engine;
}

std::vector<Engine::Shape> Engine::ShapesOf(const std::vector<RowKind>& kinds, uint64_t customers, bool in_key_store) {
  std::vector<Shape> shapes;
  for (const RowKind& kind : kinds) {
    if (kind.in_key_store != in_key_store || std::string("cixK").find(kind.kind) == std::string::npos) continue;
    Shape shape;
    shape.kind = kind.kind;
    shape.key_bytes = kind.key_bytes / kind.rows;
    shape.value_bytes = kind.value_bytes / kind.rows;
    shape.conditional = kind.kind != 'i';
    const long copies = std::lround(static_cast<double>(kind.rows) / static_cast<double>(customers));
    for (long i = 0; i < copies; ++i) shapes.push_back(shape);
  }
  return shapes;
}

Engine::Group Engine::MakeGroup(const std::vector<Shape>& shapes, const GroupShape& shape, std::mt19937_64& random) {
  Group group(shape.batches);
  for (StoreBatch& batch : group) {
    for (size_t i = 0; i < shape.creates_per_batch; ++i) {
      for (const Shape& row : shapes) {
        Bytes key = RandomBytes(random, row.key_bytes);
        key[0] = row.kind;
        if (row.conditional) batch.conditions.push_back({key, kAbsent});
        batch.puts.push_back({std::move(key), RandomBytes(random, row.value_bytes)});
      }
    }
  }
  return group;
}

Status Engine::Commit(Store& store, const Group& group) {
  std::vector<const StoreBatch*> pointers;
  for (const StoreBatch& batch : group) pointers.push_back(&batch);
  for (const Status& status : store.CommitGroup(pointers, nullptr)) RETURN_IF_ERROR(status);
  return Status::Ok();
}

// Both stores at once, group by group; the making of the rows does not count.
Result<double> Engine::CreateRate(const GroupShape& shape, double seconds) {
  std::mt19937_64 random(++seed_);  // other rows each time
  const double end = Now() + seconds;
  double committing = 0;
  uint64_t creates = 0;
  while (Now() < end) {
    const Group data = MakeGroup(data_shapes_, shape, random);
    const Group keys = MakeGroup(key_shapes_, shape, random);
    const double begin = Now();
    Status keyed;
    std::thread other([&] { keyed = Commit(*keys_, keys); });
    const Status written = Commit(*data_, data);
    other.join();
    RETURN_IF_ERROR(keyed);
    RETURN_IF_ERROR(written);
    committing += Now() - begin;
    creates += shape.batches * shape.creates_per_batch;
  }
  return static_cast<double>(creates) / committing;
}

Result<double> Engine::Tokens(double seconds) {
  constexpr int kWriters = 8;
  constexpr size_t kBatch = 100;
  constexpr size_t kTokenKeyBytes = 18;
  constexpr size_t kTokenValueBytes = 64;
  ASSIGN_OR_RETURN(const std::vector<StoreRow> records, data_->Scan({.begin = "c", .end = "d", .limit = 20'000}));
  if (records.empty()) return Status(Reason::kInternal, "the engine holds no records");
  GroupCommitter committer(*data_);
  std::atomic<uint64_t> tokens{0};
  std::mutex mutex;
  Status failure;  // guarded by mutex
  const double begin = Now();
  const auto write = [&](uint64_t seed) -> Status {
    std::mt19937_64 random(seed);
    while (Now() < begin + seconds) {
      StoreBatch batch;
      for (size_t i = 0; i < kBatch; ++i) {
        const Bytes& record = records[random() % records.size()].key;
        ASSIGN_OR_RETURN(const std::optional<StoreValue> found, data_->Get(record));
        batch.conditions.push_back({record, found.has_value() ? found->version : kAbsent});
        Bytes key = RandomBytes(random, kTokenKeyBytes);
        key[0] = 'd';
        batch.puts.push_back({std::move(key), RandomBytes(random, kTokenValueBytes)});
      }
      RETURN_IF_ERROR(committer.Commit(std::move(batch)));
      tokens += kBatch;
    }
    return Status::Ok();
  };
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      const Status done = write(1000 + i);
      std::lock_guard lock(mutex);
      if (!done.ok()) failure = done;
    });
  }
  for (std::thread& writer : writers) writer.join();
  RETURN_IF_ERROR(failure);
  return static_cast<double>(tokens) / (Now() - begin);
}

}  // namespace strongroom::bench
