// Other people's databases, for reading alone: what tables there are, and their rows as they come.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "confined/sandbox.h"

namespace strongroom::survey {

// Of a longer cell only so much is read.
inline constexpr size_t kLongestCell = size_t{64} << 10;

// Rows, cell by cell in one string.
class RowBatch {
 public:
  explicit RowBatch(size_t columns = 0) : columns_(columns) {}
  // `ends`: where each cell ends in `bytes`, in order and the last at its end; a multiple of `columns`.
  RowBatch(size_t columns, std::string bytes, std::vector<uint32_t> ends)
      : columns_(columns), bytes_(std::move(bytes)), ends_(std::move(ends)) {}
  void AddCell(std::string_view text) {
    bytes_.append(text.substr(0, kLongestCell));
    ends_.push_back(static_cast<uint32_t>(bytes_.size()));
  }
  void AddNull() { ends_.push_back(static_cast<uint32_t>(bytes_.size())); }
  size_t columns() const { return columns_; }
  std::string_view all() const { return bytes_; }
  const std::vector<uint32_t>& ends() const { return ends_; }
  size_t rows() const { return columns_ == 0 ? 0 : ends_.size() / columns_; }
  size_t bytes() const { return bytes_.size(); }
  bool IsLarge() const { return bytes_.size() >= (size_t{1} << 20) || ends_.size() >= (size_t{1} << 15); }
  std::string_view Cell(size_t row, size_t column) const {
    const size_t index = row * columns_ + column;
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }

 private:
  size_t columns_;
  std::string bytes_;
  std::vector<uint32_t> ends_;  // a batch is passed on at a megabyte and the row that goes beyond it
};

struct Table {
  std::string name;                           // "public.orders"
  std::string from = {};                      // as SQL names it
  std::vector<std::string> columns = {};      // those that are read
  std::vector<std::string> selected = {};     // each as SQL that answers text
  std::vector<std::string> passed_over = {};  // those that hold bytes
  uint64_t rows = 0;                          // near enough; 0: not known
  uint64_t blocks = 0;                        // PostgreSQL: pages
  std::string key = {};                       // MariaDB, SQLite: the number that orders the rows; empty: there is none
  std::string fingerprint = {};               // changes when the rows do; empty: cannot be told cheaply
  std::string refused = {};                   // why it cannot be read
};

using TakeRows = std::function<Status(RowBatch batch)>;

// One thread.
class Database {
 public:
  virtual ~Database() = default;
  virtual std::string name() const = 0;  // its address without a password
  virtual Result<std::vector<Table>> Tables() = 0;
  // All rows, or about `sample_rows` of a larger table from places spread evenly over it; 0: all.  Fails when `take`
  // does.
  virtual Status Read(const Table& table, uint64_t sample_rows, const TakeRows& take) = 0;
};

// kServerUnreachable, kInvalidArgument: the address.  `password` is for addresses that hold none.
Result<std::unique_ptr<Database>> OpenPostgres(const std::string& address, const std::string& password);
Result<std::unique_ptr<Database>> OpenMariaDb(const std::string& address, const std::string& password);
// kFileUnreadable.  The file and those beside it stay as they are.  It is parsed in a child that can read this file,
// its log and nothing else (confined/service.h): called before other threads run, kInternal otherwise.  `confinement`
// is for tests.
Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, Confinement confinement = Confinement::kFull);

// How a sample is spread: so many stretches, each of so many rows.
inline constexpr uint64_t kStretches = 50;

}  // namespace strongroom::survey
