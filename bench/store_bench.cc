// What the embedded store does on this machine, beside what the disk itself does.
//
//   store_bench [directory] [rows]      a scratch directory is made inside `directory` (default: the current one)

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>

#include "store/rocksdb_store.h"

namespace {

using strongroom::Bytes;
using strongroom::Store;
using strongroom::StoreBatch;

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "store_bench: %s\n", what.c_str());
  std::exit(1);
}

void Must(const strongroom::Status& status) {
  if (!status.ok()) Die(status.ToString());
}

double SecondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Scattered 16-byte keys, as blinded ones are; the same for the same number.
Bytes RandomKey(uint64_t number) {
  std::mt19937_64 random(number);
  Bytes key(16, '\0');
  for (char& byte : key) byte = static_cast<char>(random() >> 32);
  return key;
}

// Keys in the order of time, as the audit inbox's are.
Bytes TimeKey(uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof(text), "e/0001/%016llx", static_cast<unsigned long long>(number));
  return text;
}

Bytes Value(uint64_t number, size_t size) {
  std::mt19937_64 random(number);
  Bytes value(size, '\0');
  for (char& byte : value) byte = static_cast<char>(random());
  return value;
}

void PrintFlushTimes(const std::string& directory) {
  constexpr int kFlushes = 1000;
  constexpr size_t kBlock = 4096;
  const Bytes block(kBlock, 'x');
  for (const bool preallocated : {false, true}) {
    const std::string path = directory + "/flush";
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) Die("cannot create " + path);
    if (preallocated) {
      const Bytes zeros(kBlock * kFlushes, '\0');
      if (::pwrite(file, zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size())) Die("short write");
      if (::fsync(file) != 0) Die("fsync failed");
    }
    const double seconds = SecondsOf([&] {
      for (int i = 0; i < kFlushes; ++i) {
        const off_t at = static_cast<off_t>(kBlock) * i;
        if (::pwrite(file, block.data(), kBlock, at) != static_cast<ssize_t>(kBlock)) Die("short write");
        if (::fdatasync(file) != 0) Die("fdatasync failed");
      }
    });
    std::printf("disk: fdatasync of 4 KiB, %-12s %8.0f us\n", preallocated ? "preallocated" : "appending",
                seconds / kFlushes * 1e6);
    if (::close(file) != 0 || ::unlink(path.c_str()) != 0) Die("cannot remove " + path);
  }
}

// `groups` groups of `size` batches; `make(n)` makes the nth batch.
void PrintCommits(Store& store, const char* what, uint64_t groups, uint64_t size,
                  const std::function<StoreBatch(uint64_t)>& make) {
  double seconds = 0;
  for (uint64_t group = 0; group < groups; ++group) {
    std::vector<StoreBatch> batches;
    std::vector<const StoreBatch*> pointers;
    for (uint64_t i = 0; i < size; ++i) batches.push_back(make(group * size + i));
    for (const StoreBatch& batch : batches) pointers.push_back(&batch);
    seconds += SecondsOf([&] {
      for (const strongroom::Status& status : store.CommitGroup(pointers, nullptr)) Must(status);
    });
  }
  std::printf("%-58s %8.0f us a group %9.0f batches/s\n", what, seconds / static_cast<double>(groups) * 1e6,
              static_cast<double>(groups * size) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 500'000;
  std::string scratch = std::string(argc > 1 ? argv[1] : ".") + "/store-bench-XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) Die("cannot make " + scratch);
  PrintFlushTimes(scratch);

  strongroom::RocksDbOptions options;
  options.path = scratch + "/store";
  options.create_if_missing = true;
  auto opened = strongroom::OpenRocksDbStore(options);
  if (!opened.ok()) Die(opened.status().ToString());
  std::unique_ptr<Store> store = std::move(*opened);

  const auto create = [&](uint64_t number, uint64_t series) {
    StoreBatch batch;
    const Bytes key = RandomKey(series << 40 | number);
    batch.puts = {{key, Value(number, 300)}};
    batch.conditions = {{key, strongroom::kAbsent}};
    return batch;
  };
  PrintCommits(*store, "load: groups of 1,000 of 300 B, absent", rows / 1000, 1000,
               [&](uint64_t n) { return create(n, 0); });
  PrintCommits(*store, "single commits of 300 B, absent", 3000, 1, [&](uint64_t n) { return create(n, 1); });
  PrintCommits(*store, "groups of 64 of 300 B, absent", 500, 64, [&](uint64_t n) { return create(n, 2); });
  PrintCommits(*store, "groups of 64 of 200 B in order of time", 500, 64, [&](uint64_t n) {
    StoreBatch batch;
    batch.puts = {{TimeKey(n), Value(n, 200)}};
    return batch;
  });

  std::mt19937_64 random(1);
  uint64_t change_count = 0;  // a stride over the rows, so that no group changes a row twice
  const auto change = [&](bool read_first) {
    return [&, read_first](uint64_t n) {
      StoreBatch batch;
      const Bytes key = RandomKey(++change_count * 7919 % rows);
      const auto now = read_first ? store->Get(key) : (*store->Snapshot())->Get(key);
      if (!now.ok() || !now->has_value()) Die("a row is missing");
      batch.puts = {{key, Value(n + rows, 300)}, {TimeKey(1'000'000 + n), Value(n, 200)}};
      batch.conditions = {{key, (*now)->version}};
      return batch;
    };
  };
  PrintCommits(*store, "groups of 32 changes + entry, version just read", 500, 32, change(true));
  PrintCommits(*store, "groups of 32 changes + entry, version not remembered", 500, 32, change(false));

  constexpr uint64_t kReads = 200'000;
  for (const char* pass : {"random gets, first pass", "random gets, second pass"}) {
    const double seconds = SecondsOf([&] {
      for (uint64_t i = 0; i < kReads; ++i) {
        if (!store->Get(RandomKey(random() % rows)).ok()) Die("a read failed");
      }
    });
    std::printf("%-58s %8.1f us each  %9.0f a second\n", pass, seconds / kReads * 1e6, kReads / seconds);
  }
  const double missing = SecondsOf([&] {
    for (uint64_t i = 0; i < kReads; ++i) {
      if (!store->Get(RandomKey(uint64_t{9} << 40 | i)).ok()) Die("a read failed");
    }
  });
  std::printf("%-58s %8.1f us each  %9.0f a second\n", "gets of absent keys", missing / kReads * 1e6, kReads / missing);

  store.reset();
  const double reopening = SecondsOf([&] {
    auto again = strongroom::OpenRocksDbStore(options);
    if (!again.ok()) Die(again.status().ToString());
    store = std::move(*again);
  });
  std::printf("opening with %llu rows: %.0f ms\n", static_cast<unsigned long long>(rows), reopening * 1e3);
  store.reset();
  std::filesystem::remove_all(scratch);
  return 0;
}
