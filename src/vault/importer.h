// Import of CSV and NDJSON.
//
// The file stays with whoever has it: it is sent in pieces, each answer says how many bytes were taken (whole rows
// only), and the next piece begins there.  Rows become upserts by external id, so a piece sent twice, or an import
// started again after a crash, makes no duplicates.  Without an external id column a row's own digest serves ("row:"
// and 16 hex digits).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "vault/catalogue_service.h"
#include "vault/customers.h"

namespace strongroom {

struct ColumnProposal {
  std::string column;  // the header as it stands in the file
  std::string field;   // proposed field name; empty: leave the column out
  bool external_id = false;
  FieldDef definition;        // proposed: type, sensitivity, search, mask...
  bool field_exists = false;  // the catalogue has a field of this name (its definition is then the catalogue's)
  std::string why;            // one sentence, no values
};

struct ImportProposal {
  std::string format;  // "csv" or "ndjson"
  char delimiter = ',';
  std::vector<ColumnProposal> columns;
};

struct ColumnMapping {
  std::string column;
  std::string field;  // empty: left out
  bool external_id = false;
};

struct ImportMapping {
  std::string format;  // "csv" or "ndjson"
  char delimiter = ',';
  std::string compartment;
  std::string collection_point;
  std::vector<ColumnMapping> columns;  // csv: in the order of the file
};

struct BadRow {
  uint64_t line = 0;   // counted from the first line of the piece's file (caller passes first_line)
  std::string reason;  // never a value
};

struct ImportProgress {
  uint64_t consumed_bytes = 0;  // of the piece
  uint64_t next_line = 0;       // line number of the byte after
  uint64_t created = 0;
  uint64_t changed = 0;
  uint64_t unchanged = 0;
  std::vector<BadRow> bad_rows;
};

// Any thread; waits, belongs on a worker.
class Importer {
 public:
  static constexpr size_t kMaxPieceBytes = 8u << 20;
  static constexpr size_t kMaxBeginningBytes = 256u << 10;
  static constexpr size_t kMaxColumns = 1'000;
  static constexpr size_t kMaxBadRows = 1'000;  // a piece with more is taken up to there

  Importer(Gate& gate, CatalogueService& catalogue, Customers& customers)
      : gate_(gate), catalogue_(catalogue), customers_(customers) {}

  // Looks at the beginning of a file (up to 256 KiB).  Action customer.import.  Nothing is stored.
  Receipted<ImportProposal> Propose(const Caller& caller, std::string_view beginning);
  // Adds what the accepted proposal needs: missing fields, and a collection point that lists all of them (besides those
  // it lists already).  Action catalogue.change.  Done again, it changes nothing more.
  Receipted<ImportMapping> Accept(const Caller& caller, const ImportProposal& proposal, std::string_view compartment,
                                  std::string_view collection_point);
  // Imports the whole rows of `piece`.  `first`: the piece begins with the header line (csv).  `last`: an unfinished
  // last row counts as a row.
  //
  // Bad rows are answered with line and reason, never stored by half.  kImportInvalid when the mapping does not fit the
  // catalogue or the header, or when a row is longer than a piece.  When the vault itself fails (a full disk, a log
  // that cannot be written) the piece fails as a whole; what was stored of it is found again when it is sent again.
  //
  // Actions customer.import, customer.create, and for rows that change a customer customer.change.  Empty cells are no
  // values.  Booleans may be written yes and no, y and n, 1 and 0.
  Receipted<ImportProgress> ImportPiece(const Caller& caller, const ImportMapping& mapping, std::string_view piece,
                                        uint64_t first_line, bool first, bool last);

 private:
  Gate& gate_;
  CatalogueService& catalogue_;
  Customers& customers_;
};

}  // namespace strongroom
