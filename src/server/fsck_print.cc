#include "server/fsck_print.h"

#include "base/json_writer.h"

namespace strongroom {

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
  text += number(report.customers) + " customers, " + number(report.index_rows) + " index rows, " +
          number(report.log_entries) + " log entries checked; " + number(report.Found()) + " findings; " +
          number(report.orphan_keys) + " orphan keys, " + number(report.orphan_chunks) + " orphan chunks, " +
          number(report.orphan_directory_rows) + " orphan rows of the token directory; " +
          number(report.mended_rows) + " rows mended\n";
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
  json.EndArray().Uint("more_findings", report.more_findings).Key("unfinished").BeginArray();
  for (const std::string& work : report.unfinished) json.String(work);
  json.EndArray().Key("unknown_rows").BeginObject();
  for (const auto& [kind, rows] : report.unknown_rows) json.Uint(kind, rows);
  json.EndObject().Uint("not_compared", report.not_compared).Uint("customers", report.customers);
  json.Uint("index_rows", report.index_rows).Uint("log_entries", report.log_entries);
  json.Uint("orphan_keys", report.orphan_keys).Uint("orphan_chunks", report.orphan_chunks);
  json.Uint("orphan_directory_rows", report.orphan_directory_rows).Uint("mended_rows", report.mended_rows);
  json.Uint("rows", report.Rows()).Int("milliseconds", millis).EndObject();
  return out + "\n";
}

}  // namespace strongroom
