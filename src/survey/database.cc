// Databases: every table's columns, searched on several threads while the rows come.
#include "survey/database.h"

#include <algorithm>
#include <utility>

#include "redact/ordered_work.h"
#include "survey/surveying.h"

namespace strongroom::survey {
namespace {

constexpr size_t kMostColumns = kMostFields;

Result<std::unique_ptr<Database>> Open(const std::string& address, const std::string& password) {
  if (address.starts_with("postgresql://") || address.starts_with("postgres://"))
    return OpenPostgres(address, password);
  if (address.starts_with("mysql://") || address.starts_with("mariadb://")) return OpenMariaDb(address, password);
  if (address.starts_with("sqlite:")) return OpenSqlite(address.substr(7));
  return OpenSqlite(address);
}

// The columns of one table, as each thread saw them.
class TableTally {
 public:
  TableTally(const Table& table, const Surveying& how) {
    for (size_t worker = 0; worker < std::max<size_t>(how.threads, 1); ++worker) {
      std::vector<ColumnTally>& columns = workers_.emplace_back();
      for (const std::string& column : table.columns) columns.emplace_back(how.search, column);
    }
  }
  void Take(const RowBatch& batch, size_t worker) {
    std::vector<ColumnTally>& columns = workers_[worker];
    for (size_t column = 0; column < columns.size(); ++column) {
      for (size_t row = 0; row < batch.rows(); ++row) columns[column].AddCell(batch.Cell(row, column));
    }
  }
  std::vector<Field> Finish() {
    std::vector<Field> fields;
    for (size_t column = 0; column < workers_[0].size(); ++column) {
      for (size_t worker = 1; worker < workers_.size(); ++worker) {
        workers_[0][column].Merge(workers_[worker][column]);
      }
      fields.push_back(workers_[0][column].Finish());
    }
    return fields;
  }

 private:
  std::vector<std::vector<ColumnTally>> workers_;
};

class DatabaseSurvey {
 public:
  DatabaseSurvey(Place& place, const Surveying& how) : place_(place), how_(how) {}

  Status LookInto(Database& database, Table table) {
    const std::string key = "table\n" + place_.name + "\n" + table.name;
    if (Remembered(key, table)) return Status::Ok();
    Item item;
    item.name = table.name;
    item.what = "table";
    item.all_rows = table.rows;
    if (table.columns.size() > kMostColumns) {
      table.columns.resize(kMostColumns);
      table.selected.resize(kMostColumns);
      item.reason = "only the first " + std::to_string(kMostColumns) + " columns were looked into";
    }
    if (!table.refused.empty()) return NotLookedInto(std::move(item), table.refused);
    if (!table.passed_over.empty()) {
      item.reason = "columns of bytes that were not looked into: ";
      for (size_t i = 0; i < table.passed_over.size(); ++i) item.reason += (i == 0 ? "" : ", ") + table.passed_over[i];
    }
    if (!table.columns.empty()) {
      const Status status = ReadRows(database, table, item);
      if (!status.ok() && !place_.complete) {
        TakeItem(place_, item);
        return status;
      }
      if (!status.ok()) return NotLookedInto(std::move(item), status.message());
    }
    if (how_.memory != nullptr && !table.fingerprint.empty()) how_.memory->Put(key, table.fingerprint, {item});
    TakeItem(place_, std::move(item));
    return Status::Ok();
  }

 private:
  bool Remembered(const std::string& key, const Table& table) {
    if (how_.memory == nullptr || table.fingerprint.empty()) return false;
    const std::vector<Item>* const items = how_.memory->Find(key, table.fingerprint);
    if (items == nullptr) return false;
    for (Item item : *items) {
      item.state = ItemState::kUnchanged;
      TakeItem(place_, std::move(item));
    }
    return true;
  }

  Status NotLookedInto(Item item, const std::string& why) {
    item.state = ItemState::kNotLookedInto;
    item.reason = why;
    TakeItem(place_, std::move(item));
    return Status::Ok();
  }

  Status ReadRows(Database& database, const Table& table, Item& item) {
    TableTally tally(table, how_);
    const uint64_t sample = how_.sample_rows > 0 ? static_cast<uint64_t>(how_.sample_rows) : 0;
    const uint64_t bytes_before = place_.bytes;
    const uint64_t rows_before = place_.rows;
    Status status;
    {
      redact::OrderedWork<RowBatch> work(
          how_.threads, [&](RowBatch& batch, size_t worker) { tally.Take(batch, worker); },
          [&](RowBatch& batch) {
            item.rows += batch.rows();
            item.bytes += batch.bytes();
            return Status::Ok();
          });
      std::string now = place_.kind + " " + table.name;
      status = database.Read(table, sample, [&](RowBatch batch) -> Status {
        RETURN_IF_ERROR(work.Submit(std::move(batch)));
        if (how_.progress) how_.progress({bytes_before + item.bytes, rows_before + item.rows, std::exchange(now, {})});
        if (how_.MustStop()) {
          place_.complete = false;
          return Status(Reason::kShuttingDown, "broken off");
        }
        if (how_.pause_millis > 0 && how_.sleep) how_.sleep(how_.pause_millis);
        return Status::Ok();
      });
      const Status finished = work.Finish();
      if (status.ok()) status = finished;
    }
    item.fields = tally.Finish();
    const bool part = (sample > 0 && table.rows > item.rows) || !status.ok();
    item.state = part ? ItemState::kSampled : ItemState::kRead;
    if (!part) item.all_rows = item.rows;
    return status;
  }

  Place& place_;
  const Surveying& how_;
};

}  // namespace

bool IsDatabaseAddress(std::string_view address) {
  for (const std::string_view scheme : {"postgresql://", "postgres://", "mysql://", "mariadb://", "sqlite:"}) {
    if (address.starts_with(scheme)) return true;
  }
  return false;
}

Result<Place> SurveyDatabase(const std::string& address, const Surveying& how) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Open(address, how.password));
  Place place;
  place.name = database->name();
  place.kind = "database";
  ASSIGN_OR_RETURN(std::vector<Table> tables, database->Tables());
  DatabaseSurvey survey(place, how);
  for (Table& table : tables) {
    if (how.MustStop()) place.complete = false;
    if (!place.complete) break;
    const Status status = survey.LookInto(*database, std::move(table));
    if (!status.ok() && place.complete) return status;
  }
  return place;
}

}  // namespace strongroom::survey
