// What a loss of power may take: nothing that was acknowledged, and nothing by half.

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "store/rocksdb_store.h"
#include "store/testing/dropping_file_system.h"
#include "store/testing/temp_dir.h"

namespace strongroom {

namespace {

constexpr int kWriters = 4;

// One writer's batches are numbered; batch n puts its rows and its marker and deletes the marker of n - 1.  Whatever
// survives must therefore be the batches 1..n whole, n not below the last acknowledged one.
struct Writer {
  uint64_t settled = 0;       // known to be in the store, from the last look at it
  uint64_t acknowledged = 0;  // at least this one must survive
};

Bytes MarkerKey(int writer, uint64_t batch) {
  return "m/" + std::to_string(writer) + "/" + std::to_string(1'000'000 + batch);
}

Bytes RowKey(int writer, uint64_t batch, uint64_t row) {
  // Scattered, as blinded keys are, or in the order of time, as an inbox is.
  std::mt19937_64 scatter(batch * 131 + row);
  const Bytes order = row % 2 == 0 ? std::to_string(scatter() % 1'000'000) : std::to_string(1'000'000 + batch);
  return "r/" + std::to_string(writer) + "/" + order + "/" + std::to_string(batch) + "/" + std::to_string(row);
}

uint64_t RowCount(uint64_t batch) { return 1 + batch * 7 % 5; }

Bytes RowValue(int writer, uint64_t batch, uint64_t row) {
  std::mt19937_64 random(batch * 977 + row * 31 + static_cast<uint64_t>(writer));
  // Now and then longer than a block of the log, so that records span blocks.
  const size_t size = batch % 23 == 0 && row == 0 ? 70'000 : 50 + random() % 400;
  Bytes value(size, '\0');
  for (char& byte : value) byte = static_cast<char>(random());
  return value;
}

StoreBatch MakeBatch(int writer, uint64_t number) {
  StoreBatch batch;
  for (uint64_t row = 0; row < RowCount(number); ++row) {
    batch.puts.push_back({RowKey(writer, number, row), RowValue(writer, number, row)});
  }
  batch.puts.push_back({MarkerKey(writer, number), std::to_string(number)});
  if (number > 1) batch.deletes.push_back(MarkerKey(writer, number - 1));
  batch.conditions.push_back({MarkerKey(writer, number), kAbsent});
  return batch;
}

// Commits groups of one to four until the store fails or 2,000 batches are in.
void WriteUntilFailure(Store& store, int id, Writer& writer) {
  std::mt19937_64 random(writer.settled * 5 + static_cast<uint64_t>(id));
  uint64_t next = writer.settled + 1;
  while (next < writer.settled + 2000) {
    std::vector<StoreBatch> batches;
    for (uint64_t count = 1 + random() % 4; count-- > 0;) batches.push_back(MakeBatch(id, next++));
    std::vector<const StoreBatch*> group;
    for (const StoreBatch& batch : batches) group.push_back(&batch);
    for (const Status& status : store.CommitGroup(group, nullptr)) {
      if (!status.ok()) return;
      ++writer.acknowledged;
    }
  }
}

// Empty when the writer's rows are whole and none that was acknowledged is missing; else what is wrong.
std::string Check(const Store& store, int id, Writer& writer) {
  const Bytes prefix = "m/" + std::to_string(id) + "/";
  const auto markers = store.Scan({prefix, PrefixEnd(prefix), 10, false});
  if (!markers.ok()) return markers.status().ToString();
  if (markers->size() > 1) return "two markers: a batch was applied by half";
  const uint64_t last = markers->empty() ? 0 : std::stoull((*markers)[0].value);
  if (last < writer.acknowledged) {
    return "batch " + std::to_string(writer.acknowledged) + " was acknowledged, the last one left is " +
           std::to_string(last);
  }
  uint64_t rows = 0;
  for (uint64_t batch = 1; batch <= last; ++batch) {
    for (uint64_t row = 0; row < RowCount(batch); ++row, ++rows) {
      const auto found = store.Get(RowKey(id, batch, row));
      if (!found.ok()) return found.status().ToString();
      if (!found->has_value() || (*found)->bytes != RowValue(id, batch, row)) {
        return "a row of batch " + std::to_string(batch) + " is missing or wrong";
      }
    }
  }
  const Bytes row_prefix = "r/" + std::to_string(id) + "/";
  const auto all = store.Scan({row_prefix, PrefixEnd(row_prefix), rows + 10, false});
  if (!all.ok()) return all.status().ToString();
  if (all->size() != rows) return "there are rows of a batch whose marker is missing";
  writer.settled = last;
  writer.acknowledged = last;
  return "";
}

struct CycleTotals {
  uint64_t cuts = 0;
  uint64_t cuts_while_opening = 0;
  uint64_t batches_acknowledged = 0;
  LossReport lost;
};

// One store through several losses of power.  Empty, or what was found wrong.
std::string RunCycle(uint64_t seed, bool sync, CycleTotals& totals) {
  std::mt19937_64 random(seed);
  TempDir directory;
  const std::string graveyard = directory.Path("graveyard");
  std::filesystem::create_directory(graveyard);
  auto file_system = std::make_shared<DroppingFileSystem>(seed, graveyard);
  const std::unique_ptr<rocksdb::Env> env = MakeImpatientEnv(file_system);
  RocksDbOptions options;
  options.path = directory.Path("store");
  options.create_if_missing = true;
  options.env = env.get();
  options.write_buffer_bytes = 128 << 10;  // many flushes, logs and compactions
  options.unsafe_no_sync_for_tests = !sync;
  std::vector<Writer> writers(kWriters);
  const int losses = 2 + static_cast<int>(random() % 3);
  for (int loss = 0; loss <= losses;) {
    // Small numbers fall into the opening itself.
    file_system->CutPowerAfter(loss == losses ? UINT64_MAX / 2 : 1 + random() % (random() % 3 == 0 ? 60 : 1500));
    Result<std::unique_ptr<Store>> store = OpenRocksDbStore(options);
    if (!store.ok() && !file_system->power_is_off()) return store.status().ToString();
    if (store.ok()) {
      for (int id = 0; id < kWriters && !file_system->power_is_off(); ++id) {
        std::string wrong = Check(**store, id, writers[id]);
        if (!wrong.empty() && !file_system->power_is_off()) return wrong;
      }
      if (loss == losses) break;
      std::vector<std::thread> threads;
      for (int id = 0; id < kWriters; ++id) {
        threads.emplace_back([&, id] { WriteUntilFailure(**store, id, writers[id]); });
      }
      for (std::thread& thread : threads) thread.join();
      for (const Writer& writer : writers) totals.batches_acknowledged += writer.acknowledged - writer.settled;
      file_system->CutPower();
      store->reset();
    } else {
      ++totals.cuts_while_opening;
    }
    const LossReport lost = file_system->LoseUnsynced(static_cast<TailLoss>(random() % 3));
    totals.lost.bytes_lost += lost.bytes_lost;
    totals.lost.bytes_garbled += lost.bytes_garbled;
    totals.lost.directory_changes_undone += lost.directory_changes_undone;
    ++totals.cuts;
    ++loss;
  }
  return "";
}

uint64_t EnvironmentNumber(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST(LossTest, NothingAcknowledgedIsLostAndNothingIsAppliedByHalf) {
  const uint64_t cycles = EnvironmentNumber("STRONGROOM_CRASH_CYCLES", 20);
  const uint64_t seed = EnvironmentNumber("STRONGROOM_CRASH_SEED", std::random_device()());
  CycleTotals totals;
  for (uint64_t cycle = 0; cycle < cycles; ++cycle) {
    ASSERT_EQ(RunCycle(seed + cycle, true, totals), "") << "STRONGROOM_CRASH_SEED=" << seed + cycle;
  }
  std::printf(
      "%llu cuts of power (%llu while opening), %llu batches acknowledged, none lost; dropped %llu bytes, garbled "
      "%llu, "
      "undid %llu directory changes; seed %llu\n",
      static_cast<unsigned long long>(totals.cuts), static_cast<unsigned long long>(totals.cuts_while_opening),
      static_cast<unsigned long long>(totals.batches_acknowledged),
      static_cast<unsigned long long>(totals.lost.bytes_lost),
      static_cast<unsigned long long>(totals.lost.bytes_garbled),
      static_cast<unsigned long long>(totals.lost.directory_changes_undone), static_cast<unsigned long long>(seed));
  EXPECT_GT(totals.batches_acknowledged, 0U);
}

// The positive control: the same check over a store that answers before it flushes must find losses.
TEST(LossTest, TheCheckNoticesAStoreThatDoesNotFlush) {
  const uint64_t seed = EnvironmentNumber("STRONGROOM_CRASH_SEED", std::random_device()());
  CycleTotals totals;
  int found = 0;
  for (uint64_t cycle = 0; cycle < 6; ++cycle) found += RunCycle(seed + cycle, false, totals).empty() ? 0 : 1;
  EXPECT_GT(found, 0) << "STRONGROOM_CRASH_SEED=" << seed;
  std::printf("loss noticed in %d of 6 unflushed cycles\n", found);
}

}  // namespace strongroom
