// What the audit log costs: journal, sequencer, look-up, offline verification.
//
//   audit_bench [directory]      a scratch directory is made inside `directory` (default: the current one)
#include <stdlib.h>
#include <time.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "audit/export.h"
#include "audit/inbox.h"
#include "audit/journal.h"
#include "audit/log_reader.h"
#include "audit/sequencer.h"
#include "audit/verifier.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one file

constexpr size_t kEntries = 200'000;

void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "audit_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

template <typename T>
T Must(Result<T> result) {
  Must(result.status());
  return *std::move(result);
}

// Of this thread alone, so that a busy machine does not count.
double CpuSecondsOf(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double start = now();
  work();
  return now() - start;
}

double SecondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

AuditEntry Entry(uint64_t number) {
  AuditEntry entry;
  entry.actor_kind = PrincipalKind::kApplication;
  entry.actor = 0x3f0c'55aa'1234'5678;
  entry.address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  entry.request_id = 0x0102'0304'0506'0708 + number;
  entry.action = Action::kCustomerReveal;
  entry.decision = Decision::kPlain;
  entry.rule = 12;
  entry.purpose = "support";
  entry.fields = {3, 200};
  AuditId customer{};
  for (int i = 0; i < 8; ++i) customer[i] = static_cast<uint8_t>((number % 20'000 * 0x9e37'79b9'7f4a'7c15) >> 8 * i);
  entry.customers = {customer};
  return entry;
}

// Keeps `in_flight` entries waiting, as so many clients would.
double MicrosPerEntry(Journal& journal, size_t entries, size_t in_flight) {
  std::mutex mutex;
  std::condition_variable wake;
  size_t waiting = 0;
  const double seconds = SecondsOf([&] {
    for (size_t i = 0; i < entries; ++i) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return waiting < in_flight; });
        ++waiting;
      }
      journal.Submit(SealedBatch(), Entry(i)).Then([&](const Status& written) {
        Must(written);
        std::lock_guard lock(mutex);
        --waiting;
        wake.notify_one();
      });
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return waiting == 0; });
  });
  return seconds * 1e6 / static_cast<double>(entries);
}

// The work of the committer's thread for one group, without store and threads: leaf hash, chain, one seal.
void MeasureGroup(const KeyRing& ring, size_t group) {
  SystemRandom random;
  constexpr int kRounds = 5000;
  std::vector<Bytes> encoded;
  for (size_t i = 0; i < group; ++i) encoded.push_back(Entry(i).Encode());
  Digest chain{};
  const double seconds = CpuSecondsOf([&] {
    for (int round = 0; round < kRounds; ++round) {
      Bytes row = InboxRowHeader(chain);
      const Bytes nonces = random.Take(16 * group);
      for (size_t i = 0; i < group; ++i) {
        StampEncodedEntry(encoded[i], ByteView(nonces).substr(16 * i, 16), round);
        AppendInboxEntry(row, encoded[i]);
        chain = ChainNext(chain, LeafHash(encoded[i]));
      }
      Must(SealInboxRow(ring, InboxKey(1, 0), row, random).status());
    }
  });
  std::printf("hook, group of %zu            %8.1f us of processor time a group\n", group, seconds * 1e6 / kRounds);
}

void MeasureLog(const char* name, Store& data, Store& keys, const std::shared_ptr<const KeyRing>& ring,
                const std::string& scratch, bool null_log_too) {
  const SystemClock clock;
  SystemRandom random;
  if (null_log_too) {
    const auto journal = Must(Journal::Open(data, ring, clock, random, {.writer = 9, .null_log_for_benchmark = true}));
    std::printf("%-8s journal, null log, 64 in flight  %8.2f us an entry\n", name,
                MicrosPerEntry(*journal, 20'000, 64));
  }
  {
    const auto journal = Must(Journal::Open(data, ring, clock, random, {}));
    std::printf("%-8s journal,  1 in flight            %8.2f us an entry\n", name, MicrosPerEntry(*journal, 2'000, 1));
    std::printf("%-8s journal,  8 in flight            %8.2f us an entry\n", name, MicrosPerEntry(*journal, 10'000, 8));
    std::printf("%-8s journal, 64 in flight            %8.2f us an entry\n", name,
                MicrosPerEntry(*journal, 50'000, 64));
    std::printf("%-8s journal, 512 in flight           %8.2f us an entry\n", name,
                MicrosPerEntry(*journal, kEntries, 512));
  }
  const auto sequencer = Must(Sequencer::Open(data, keys, ring, random, {.origin = "log.example/audit"}));
  const double sequencing = CpuSecondsOf([&] {
    while (Must(sequencer->Step())) continue;
  });
  const LogReader reader(data, ring);
  const double size = static_cast<double>(sequencer->size());
  std::printf("%-8s sequencer                        %8.2f us of processor time an entry (%.0f entries)\n", name,
              sequencing * 1e6 / size, size);
  std::printf("%-8s look-up of one customer          %8.2f ms\n", name,
              SecondsOf([&] { Must(reader.FindByCustomer(Entry(77).customers[0], 100).status()); }) * 1e3);
  const VerifierKey key = Must(reader.Key());
  const std::string directory = scratch + "/export-" + name;
  const double exporting = SecondsOf([&] { Must(ExportLog(reader, directory, key).status()); });
  std::printf("%-8s export                           %8.2f us an entry\n", name, exporting * 1e6 / size);
  const double verifying = CpuSecondsOf([&] {
    if (!VerifyExport(directory, key).ok()) std::exit(1);
  });
  std::printf("%-8s verify                           %8.2f us of processor time an entry\n", name,
              verifying * 1e6 / size);
}

}  // namespace

int main(int argc, char** argv) {
  std::string scratch = std::string(argc > 1 ? argv[1] : ".") + "/audit_bench.XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) Must(Status(Reason::kFileUnreadable, "no scratch directory"));
  SystemRandom random;
  MemoryStore keys;
  const SecretBytes root = SecretBytes::Generate(32, random);
  Must(KeyRing::Create(keys, root, 7, random));
  const std::shared_ptr<const KeyRing> ring = Must(KeyRing::Open(keys, root, 7));
  std::printf("a reveal entry                     %8zu bytes\n", Entry(1).Encode().size());
  for (size_t group : {1u, 8u, 64u}) MeasureGroup(*ring, group);
  {
    MemoryStore data;
    MemoryStore marks;
    MeasureLog("memory", data, marks, ring, scratch, true);
  }
  {
    RocksDbOptions options;
    options.path = scratch + "/data";
    options.create_if_missing = true;
    const std::unique_ptr<Store> data = Must(OpenRocksDbStore(options));
    MemoryStore marks;
    MeasureLog("rocksdb", *data, marks, ring, scratch, false);
  }
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  return 0;
}
