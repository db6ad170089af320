// What the machine itself can do with the same bytes: the disk's flush, the cipher, the storage engine alone.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/status.h"
#include "product/bench_vault.h"
#include "store/store.h"

namespace strongroom::bench {

// Microseconds for write and fdatasync of 4 KiB, behind the end of a file or inside one.
Result<double> FlushMicros(const std::string& dir, bool preallocated);
// Nanoseconds to seal `size_bytes` with AES-256-GCM, context and key kept.
Result<double> GcmNanos(size_t size_bytes);

// The same stores with the same options and rows of the same sizes, with nothing above them: no cipher, no log, no
// keys.  Data store and key store are written at the same time.  Rates are a second.
class Engine {
 public:
  // `kinds`: what a vault of `customers` holds.
  static Result<Engine> Open(const std::string& dir, const std::vector<RowKind>& kinds, uint64_t customers);
  Engine(Engine&&) noexcept = default;

  // Groups of 64 creates, as 64 waiting clients give.
  Result<double> Creates(double seconds) { return CreateRate({64, 1}, seconds); }
  // Groups of four batches of 500: as much as the stores write at once.
  Result<double> BulkCreates(double seconds) { return CreateRate({4, 500}, seconds); }
  // Eight writers of batches of 100: reads of the records, puts of the tokens.  After some creates.
  Result<double> Tokens(double seconds);

  struct Shape {
    char kind = 0;
    size_t key_bytes = 0;
    size_t value_bytes = 0;
    bool conditional = false;  // must be absent before
  };
  // The rows one customer takes: of each kind as many as there are customers, or a multiple.
  static std::vector<Shape> ShapesOf(const std::vector<RowKind>& kinds, uint64_t customers, bool in_key_store);

 private:
  Engine() = default;
  struct GroupShape {
    size_t batches = 0;
    size_t creates_per_batch = 0;
  };
  using Group = std::vector<StoreBatch>;
  static Group MakeGroup(const std::vector<Shape>& shapes, const GroupShape& shape, std::mt19937_64& random);
  static Status Commit(Store& store, const Group& group);
  Result<double> CreateRate(const GroupShape& shape, double seconds);

  std::unique_ptr<Store> data_;
  std::unique_ptr<Store> keys_;
  std::vector<Shape> data_shapes_;
  std::vector<Shape> key_shapes_;
  uint64_t seed_ = 0;
};

}  // namespace strongroom::bench
