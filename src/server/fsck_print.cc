#include "server/fsck_print.h"

#include "base/json_writer.h"

namespace strongroom {
namespace {
int64_t Signed(uint64_t count) { return static_cast<int64_t>(count); }
}  // namespace

std::string FsckText(const FsckReport& report, int64_t millis) {
  const auto number = [](uint64_t count) { return std::to_string(count); };
  std::string text;
  for (const FsckFinding& finding : report.findings) text += finding.Line() + "\n";
  if (report.more_findings > 0) text += number(report.more_findings) + " more findings\n";
  for (const std::string& work : report.unfinished) text += "unfinished: " + work + "\n";
  for (const auto& [kind, rows] : report.unknown_rows)
    text += "not known: " + number(rows) + " rows of kind " + kind + "\n";
  if (report.not_compared > 0) {
    text += "not compared with the log: " + number(report.not_compared) +
            " customers who were created together with others and not changed since\n";
  }
  if (report.log_entries_pruned > 0) {
    text += number(report.log_entries_pruned) + " log entries were pruned by policy, their hashes are there\n";
  }
  if (report.not_compared_pruned > 0) {
    text += "not compared with the log: " + number(report.not_compared_pruned) +
            " customers whose last change is older than the log keeps\n";
  }
  text += number(report.customers) + " customers, " + number(report.index_rows) + " index rows, " +
          number(report.log_entries) + " log entries checked; " + number(report.Found()) + " findings; " +
          number(report.orphan_keys) + " orphan keys, " + number(report.orphan_chunks) + " orphan chunks, " +
          number(report.orphan_directory_rows) + " orphan rows of the token directory; " + number(report.mended_rows) +
          " rows mended\n";
  text += number(report.Rows()) + " rows in " + number(static_cast<uint64_t>(millis)) + " ms, " +
          number(report.Rows() * 1000 / static_cast<uint64_t>(millis)) + " rows/s\n";
  return text;
}

std::string FsckJson(const FsckReport& report, int64_t millis) {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().Key("findings").BeginArray();
  for (const FsckFinding& finding : report.findings) {
    json.BeginObject().String("check", NameOf(finding.check)).String("compartment", finding.compartment);
    if (!finding.customer.empty()) json.String("customer", finding.customer);
    json.String("what", finding.what).Bool("mended", finding.mended).EndObject();
  }
  json.EndArray().Int("more_findings", Signed(report.more_findings)).Key("unfinished").BeginArray();
  for (const std::string& work : report.unfinished) json.String(work);
  json.EndArray().Key("unknown_rows").BeginObject();
  for (const auto& [kind, rows] : report.unknown_rows) json.Int(kind, Signed(rows));
  json.EndObject().Int("not_compared", Signed(report.not_compared)).Int("customers", Signed(report.customers));
  json.Int("not_compared_pruned", Signed(report.not_compared_pruned));
  json.Int("log_entries_pruned", Signed(report.log_entries_pruned));
  json.Int("index_rows", Signed(report.index_rows)).Int("log_entries", Signed(report.log_entries));
  json.Int("orphan_keys", Signed(report.orphan_keys)).Int("orphan_chunks", Signed(report.orphan_chunks));
  json.Int("orphan_directory_rows", Signed(report.orphan_directory_rows))
      .Int("mended_rows", Signed(report.mended_rows));
  json.Int("rows", Signed(report.Rows())).Int("milliseconds", millis).EndObject();
  return out + "\n";
}

}  // namespace strongroom
