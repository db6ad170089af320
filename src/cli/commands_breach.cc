// Passwords known from breaches: from public lists of hashes to the one file that the server asks.
#include <cmath>

#include "cli/commands.h"
#include "factors/breach_filter.h"
#include "factors/breach_filter_builder.h"

namespace strongroom {
namespace {

struct BreachOptions {
  std::vector<std::string> sources;
  std::string filter;
  int64_t least_count = 1;
  int64_t rate_bits = 14;
};

void PrintInfo(Session& session, const std::string& path, const BreachFilterInfo& info) {
  const auto one_in = static_cast<int64_t>(std::llround(1 / info.false_positive_rate));
  if (session.json()) {
    Bytes out;
    JsonWriter json(out);
    json.BeginObject().String("file", path).Int("hashes", static_cast<int64_t>(info.hashes));
    json.Int("least_count", static_cast<int64_t>(info.least_count))
        .Int("size_bytes", static_cast<int64_t>(info.size_bytes));
    json.Int("one_stranger_in", one_in).String("made_at", FormatTime(info.made_at)).EndObject();
    session.PrintLine(out);
    return;
  }
  session.PrintLine(path + ": " + std::to_string(info.hashes) + " passwords seen at least " +
                    std::to_string(info.least_count) + " times, " + std::to_string(info.size_bytes) +
                    " bytes; takes one stranger in " + std::to_string(one_in) + " for known");
}

Result<ExitCode> Import(Session& session, const BreachOptions& options) {
  BreachFilterOptions building;
  building.false_positive_bits = static_cast<int>(options.rate_bits);
  building.least_count = static_cast<uint64_t>(options.least_count);
  building.made_at = session.clock().NowMillis();
  ASSIGN_OR_RETURN(const BreachFilterInfo info, BuildBreachFilter(options.sources, options.filter, building));
  PrintInfo(session, options.filter, info);
  session.Note("Set breach_filter = \"" + options.filter + "\" in the server's configuration and start it again.");
  return ExitCode::kOk;
}

Result<ExitCode> Check(Session& session, const BreachOptions& options) {
  ASSIGN_OR_RETURN(const BreachFilter filter, BreachFilter::Open(options.filter));
  RETURN_IF_ERROR(filter.VerifyBody());
  PrintInfo(session, options.filter, filter.info());
  return ExitCode::kOk;
}

}  // namespace

void AddBreachCommands(CommandLine& line) {
  line.Group("breach", "Passwords known from breaches: the list that new passwords are compared with");
  auto import = std::make_shared<BreachOptions>();
  line.Add("breach import", "Make the filter from public lists of SHA-1 hashes")
      .Rest("FILE", import->sources, "lists of whole hashes, range files, or folders of them; sorted by hash")
      .RequiredText("--out", import->filter, "FILTER", "the file to write; an older one is replaced when it is whole")
      .Number("--least-count", import->least_count, 1, 1'000'000'000, "leave out passwords that were seen less often")
      .Number("--rate-bits", import->rate_bits, 4, 24, "N: one stranger in 2^N is taken for known")
      .Note(
          "Needs no server, and sends nothing anywhere.  A line is 40 hexadecimal digits, a colon and a count; in a "
          "range file, which is named by the first five digits, 35.")
      .Example("strongroom breach import pwned-passwords-sha1-ordered-by-hash.txt --out breaches.srb")
      .Example("strongroom breach import ranges/ --out breaches.srb --least-count 10")
      .Run([import](Session& session) { return Import(session, *import); });
  auto check = std::make_shared<BreachOptions>();
  line.Add("breach check", "Read a filter through, and say what is in it")
      .Positional("FILTER", check->filter, "the filter")
      .Example("strongroom breach check breaches.srb")
      .Run([check](Session& session) { return Check(session, *check); });
}

}  // namespace strongroom
