#include "server/tour_import.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <utility>

#include "base/encoding.h"
#include "cli/session.h"
#include "crypto/hash.h"
#include "server/running_server.h"

namespace strongroom {
namespace {

constexpr size_t kMaxFileBytes = size_t{2} << 30;
constexpr size_t kPieceBytes = 512 * 1024;
constexpr size_t kProposalBytes = 256 * 1024;

struct Position {
  uint64_t offset = 0;
  uint64_t line = 1;
};

std::string EncodePosition(const Position& position) {
  return std::to_string(position.offset) + " " + std::to_string(position.line) + "\n";
}

Result<Position> DecodePosition(const std::string& text) {
  Position position;
  const char* const end = text.data() + text.size();
  const auto offset = std::from_chars(text.data(), end, position.offset);
  if (offset.ec != std::errc() || offset.ptr == end)
    return Status(Reason::kImportInvalid, "the file of an import's progress is damaged; remove it to import again");
  const auto line = std::from_chars(offset.ptr + 1, end, position.line);
  if (line.ec != std::errc())
    return Status(Reason::kImportInvalid, "the file of an import's progress is damaged; remove it to import again");
  return position;
}

void PrintProposal(const ImportProposal& proposal) {
  std::printf("  %-16s %-18s %-14s %-10s %-7s %s\n", "column", "becomes field", "type", "kind", "search", "because");
  for (const ColumnProposal& column : proposal.columns) {
    if (column.external_id) {
      std::printf("  %-16s %-18s %-14s %-10s %-7s %s\n", column.column.c_str(), "(external id)", "", "", "exact",
                  column.why.c_str());
    } else if (column.field.empty()) {
      std::printf("  %-16s %-18s\n", column.column.c_str(), "(left out)");
    } else {
      const FieldDef& field = column.definition;
      std::printf("  %-16s %-18s %-14s %-10s %-7s %s\n", column.column.c_str(), column.field.c_str(),
                  std::string(NameOf(field.type)).c_str(), std::string(NameOf(field.sensitivity)).c_str(),
                  std::string(NameOf(field.search)).c_str(), column.why.c_str());
    }
  }
}

Status Ask() {
  if (isatty(STDIN_FILENO) == 0) {
    return Status(Reason::kImportInvalid,
                  "nobody can be asked here; look at the proposal above and give --yes to accept it");
  }
  std::printf("Import like this? [y/N] ");
  std::fflush(stdout);
  std::string answer;
  if (!std::getline(std::cin, answer) || (answer != "y" && answer != "Y" && answer != "yes")) {
    return Status(Reason::kImportInvalid, "nothing was imported");
  }
  return Status::Ok();
}

void ShowProgress(uint64_t done, uint64_t total, uint64_t rows, double seconds) {
  if (isatty(STDERR_FILENO) == 0) return;
  const int width = 30;
  const int filled = total == 0 ? width : static_cast<int>(done * width / total);
  const double left = done == 0 ? 0 : seconds * static_cast<double>(total - done) / static_cast<double>(done);
  std::fprintf(stderr, "\r  importing [%.*s%.*s] %3d %%  %llu rows  %.0f s left ", filled,
               "##############################", width - filled, "..............................",
               static_cast<int>(total == 0 ? 100 : done * 100 / total), static_cast<unsigned long long>(rows), left);
  if (done == total) std::fputc('\n', stderr);
}

}  // namespace

Result<LocalImportResult> ImportLocalFile(const ServerConfig& config, OpenVault& vault, const Caller& caller,
                                          const LocalImport& import) {
  ASSIGN_OR_RETURN(const Bytes text, ReadWholeFile(import.path, kMaxFileBytes));
  const std::string directory = config.data_dir + "/imports";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return Status(Reason::kFileUnreadable, "cannot make " + directory + ": " + error.message());
  const std::string base = directory + "/" + HexEncode(View(Sha256(text))).substr(0, 32);

  LocalImportResult result;
  Position position;
  if (std::filesystem::exists(base + ".progress")) {
    ASSIGN_OR_RETURN(const Bytes stored, ReadWholeFile(base + ".progress", 100));
    ASSIGN_OR_RETURN(position, DecodePosition(stored));
    if (position.offset >= text.size()) {
      result.was_complete = true;
      return result;
    }
  }
  ASSIGN_OR_RETURN(const ImportProposal proposal,
                   vault.importer().Propose(caller, ByteView(text).substr(0, kProposalBytes)).Wait());
  PrintProposal(proposal);
  if (import.ask) RETURN_IF_ERROR(Ask());
  ASSIGN_OR_RETURN(const ImportMapping mapping,
                   vault.importer().Accept(caller, proposal, {}, import.collection_point).Wait());

  const auto started = std::chrono::steady_clock::now();
  const uint64_t started_at = position.offset;
  std::string bad_rows;
  while (position.offset < text.size()) {
    const ByteView piece = ByteView(text).substr(position.offset, kPieceBytes);
    const bool last = position.offset + piece.size() == text.size();
    ASSIGN_OR_RETURN(
        const ImportProgress progress,
        vault.importer().ImportPiece(caller, mapping, piece, position.line, position.offset == 0, last).Wait());
    if (progress.consumed_bytes == 0)
      return Status(Reason::kImportInvalid, "line " + std::to_string(position.line) + " is longer than 512 KiB");
    position.offset += progress.consumed_bytes;
    position.line = progress.next_line;
    result.created += progress.created;
    result.changed += progress.changed;
    result.unchanged += progress.unchanged;
    result.bad_rows += progress.bad_rows.size();
    for (const BadRow& row : progress.bad_rows) bad_rows += std::to_string(row.line) + ",\"" + row.reason + "\"\n";
    if (!bad_rows.empty()) {
      result.bad_rows_file = base + ".bad-rows.csv";
      RETURN_IF_ERROR(WriteWholeFile(result.bad_rows_file, "line,reason\n" + bad_rows));
    }
    RETURN_IF_ERROR(WriteWholeFile(base + ".progress", EncodePosition(position)));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    ShowProgress(position.offset - started_at, text.size() - started_at,
                 result.created + result.changed + result.unchanged, seconds);
  }
  return result;
}

}  // namespace strongroom
