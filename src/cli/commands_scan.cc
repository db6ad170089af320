// scan: where personal data hides, and what of it the catalogue does not know.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/redaction.h"
#include "detect/civil_date.h"
#include "detect/detector.h"
#include "pdf/redact_pdf.h"
#include "redact/document.h"
#include "scans/reader.h"
#include "scans/redact_scan.h"
#include "survey/crawl.h"
#include "survey/har.h"
#include "survey/surveying.h"

namespace strongroom {
namespace {

struct ScanOptions {
  std::vector<std::string> places;
  std::vector<std::string> kinds;
  std::string min_score = "0.5";
  std::string catalogue;
  std::string since;
  std::string state;
  std::string report;
  std::string html;
  std::string password_file;
  int64_t rows = 20'000;
  int64_t pause_millis = 0;
  int64_t threads = 0;
  bool vault = false;
  bool full = false;
  bool no_pictures = false;
  bool fail_on_unknown = false;
  bool fail_on_new = false;
  bool quiet = false;
  // site
  std::string url;
  std::string har;
  survey::CrawlOptions crawl;
};

// While one exists, Ctrl-C asks for an end instead of being one; a second Ctrl-C is one.
class Interrupt {
 public:
  Interrupt() {
    asked = 0;
    struct sigaction on_interrupt = {};
    on_interrupt.sa_handler = [](int) { asked = 1; };
    on_interrupt.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &on_interrupt, &interrupt_before_);
    sigaction(SIGTERM, &on_interrupt, &end_before_);
  }
  ~Interrupt() {
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGTERM, &end_before_, nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static bool Asked() { return asked != 0; }

 private:
  static volatile std::sig_atomic_t asked;
  struct sigaction interrupt_before_ = {};
  struct sigaction end_before_ = {};
};
volatile std::sig_atomic_t Interrupt::asked = 0;

// What opens documents and paper.  It is called in the sandbox already: what needs a process or files of its own cannot
// stand here, so no page is drawn, and `reader` (null: pictures are not read) has read its models before.
redact::FormatOptions Openers(scans::PageReader* reader) {
  redact::FormatOptions formats;
  formats.document = [](std::string_view bytes, const redact::Job& job) {
    return redact::RedactOfficeDocument(bytes, job, {});
  };
  paper::PaperOptions paper;
  paper.keep_unread = true;
  if (reader != nullptr) paper.read = reader->AsReadPicture();
  formats.pdf = [paper](std::string_view bytes, const redact::Job& job) -> Result<std::string> {
    RETURN_IF_ERROR(pdf::RedactPdf(bytes, job, paper).status());
    return std::string();  // it only looks
  };
  if (reader != nullptr) {
    formats.scan = [paper](std::string_view bytes, const redact::Job& job) -> Result<std::string> {
      RETURN_IF_ERROR(scans::RedactScan(bytes, job, paper).status());
      return std::string();
    };
  }
  formats.keep_unknown_attachments = true;
  return formats;
}

// What makes an earlier run's finds no longer this one's.
std::string OptionsText(const ScanOptions& options) {
  std::string text = std::string(options.no_pictures ? "2 " : "2 pictures ") + options.min_score +
                     (options.full ? " full" : " rows " + std::to_string(options.rows));
  std::vector<std::string> kinds = options.kinds;
  std::sort(kinds.begin(), kinds.end());
  for (const std::string& kind : kinds) text += " " + kind;
  return text;
}

class Scan {
 public:
  Scan(Session& session, const ScanOptions& options)
      : session_(session), options_(options), bar_(session.terminal()), memory_(OptionsText(options)) {}

  Result<ExitCode> Run(bool site) {
    RETURN_IF_ERROR(Prepare());
    const Interrupt interrupt;
    if (site) {
      RETURN_IF_ERROR(Keep(LookIntoSite(), options_.url));
    }
    for (const std::string& place : options_.places) {
      if (Interrupt::Asked()) break;
      RETURN_IF_ERROR(Keep(LookInto(place), place));
    }
    bar_.Clear();
    return Finish();
  }

 private:
  // Without the models of a language texts are still searched; that pictures are not is said.
  Status PrepareReader() {
    if (options_.no_pictures || options_.places.empty()) return Status::Ok();
    Result<std::unique_ptr<scans::PageReader>> reader = scans::PageReader::Open({});
    if (reader.ok()) {
      reader_ = *std::move(reader);
    } else if (reader.reason() == Reason::kConfigInvalid) {
      session_.Note("pictures are not read: " + reader.status().message());
    } else {
      return reader.status();
    }
    return Status::Ok();
  }
  // Everything that can be wrong before hours of reading.
  Status Prepare() {
    SearchOptions search_options;
    search_options.kinds = options_.kinds;
    search_options.min_score = options_.min_score;
    search_options.threads = options_.threads;
    ASSIGN_OR_RETURN(Search search, ParseSearch(search_options));
    if (options_.kinds.empty()) search.selection.kinds = survey::PersonalKinds();
    if (options_.fail_on_unknown && !options_.vault && options_.catalogue.empty()) {
      return Status(Reason::kInvalidArgument, "--fail-on-unknown compares: say --vault, or --catalogue FILE.");
    }
    if (options_.fail_on_new && options_.since.empty()) {
      return Status(Reason::kInvalidArgument, "--fail-on-new compares: say --since REPORT.");
    }
    RETURN_IF_ERROR(ReadWhatWasBefore());
    finder_ = MakePersonalFinder(search.selection, session_.clock().NowMillis());
    // Makes no model of names: for the many cells of long columns.
    survey::Search looked_for{&finder_->finder(), search.selection, nullptr};
    detect::DetectorOptions shapes;
    shapes.kinds = search.selection.kinds;
    shapes.min_score = std::min(search.selection.min_score, redact::kDoubtfulScore);
    shapes.today = detect::CivilDateOf(session_.clock().NowMillis());
    shapes_ = std::make_unique<detect::Detector>(shapes);
    looked_for.shapes = shapes_.get();
    how_.search = looked_for;
    RETURN_IF_ERROR(PrepareReader());
    how_.formats = Openers(reader_.get());
    how_.reads_pictures = reader_ != nullptr;
    how_.memory = options_.state.empty() ? nullptr : &memory_;
    how_.sample_rows = options_.full ? 0 : options_.rows;
    how_.pause_millis = options_.pause_millis;
    how_.threads = search.threads;
    how_.sleep = [this](int64_t millis) { session_.SleepMillis(millis); };
    how_.stop = [] { return Interrupt::Asked(); };
    how_.progress = [this](const survey::Progress& progress) { Show(progress); };
    report_.made = session_.clock().NowMillis();
    report_.full = options_.full;
    report_.sample_rows = options_.rows;
    started_millis_ = session_.clock().MonotonicMillis();
    return Status::Ok();
  }

  Status ReadWhatWasBefore() {
    if (!options_.catalogue.empty()) {
      ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(options_.catalogue));
      ASSIGN_OR_RETURN(report_.catalogue, survey::ReadCatalogue(json));
    } else if (options_.vault) {
      ASSIGN_OR_RETURN(const Answer answer, session_.Call("GET", "/v1/catalogue"));
      ASSIGN_OR_RETURN(report_.catalogue, survey::ReadCatalogue(answer.root().RawText()));
    }
    if (!options_.since.empty()) {
      ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(options_.since, size_t{512} << 20));
      ASSIGN_OR_RETURN(report_.before, survey::KeysOfReport(json));
    }
    if (!options_.state.empty() && std::filesystem::exists(options_.state)) {
      ASSIGN_OR_RETURN(const std::string contents, ReadWholeFile(options_.state, size_t{4} << 30));
      RETURN_IF_ERROR(memory_.Load(contents));
    }
    if (!options_.password_file.empty()) {
      ASSIGN_OR_RETURN(how_.password, ReadWholeFile(options_.password_file, 4096));
      while (how_.password.ends_with('\n') || how_.password.ends_with('\r')) how_.password.pop_back();
    }
    return Status::Ok();
  }

  Result<survey::Place> LookInto(const std::string& place) {
    if (survey::IsDatabaseAddress(place)) return survey::SurveyDatabase(place, how_);
    if (place.starts_with("http://") || place.starts_with("https://")) {
      return Status(Reason::kInvalidArgument, "A web site is looked into by 'strongroom scan site URL'.");
    }
    return survey::SurveyFiles(place, how_);
  }

  Result<survey::Place> LookIntoSite() {
    const int64_t now_seconds = session_.clock().NowMillis() / 1000;
    if (!options_.har.empty()) return survey::SurveyHar(how_.search, options_.har, options_.url, now_seconds);
    if (options_.url.empty()) return Status(Reason::kInvalidArgument, "Name the site's address, or --har FILE.");
    return survey::SurveySite(options_.url, options_.crawl, how_, now_seconds);
  }

  // A place that fails is told of, and the others are gone through; alone, its failure is the command's.
  Status Keep(Result<survey::Place> place, const std::string& name) {
    if (place.ok()) {
      report_.places.push_back(*std::move(place));
      return Status::Ok();
    }
    if (options_.places.size() <= 1) {
      bar_.Clear();
      return place.status();
    }
    survey::Place failed;
    // An address may hold a password.
    failed.name = survey::IsDatabaseAddress(name) ? name.substr(0, name.find(':')) + " database" : survey::Shown(name);
    failed.kind = "place";
    failed.complete = false;
    failed.failure = survey::Shown(place.status().message());
    report_.places.push_back(std::move(failed));
    return Status::Ok();
  }

  void Show(const survey::Progress& progress) {
    ProgressState state;
    state.done_bytes = progress.bytes;
    state.rows = state.rows_this_run = progress.rows;
    state.elapsed_millis = session_.clock().MonotonicMillis() - started_millis_;
    if (state.elapsed_millis - shown_millis_ < 200) return;
    shown_millis_ = state.elapsed_millis;
    bar_.Show(state);
  }

  Result<ExitCode> Finish() {
    const std::string json = survey::ReportJson(report_);
    if (!options_.state.empty()) RETURN_IF_ERROR(WriteWholeFile(options_.state, memory_.Contents()));
    if (!options_.report.empty()) RETURN_IF_ERROR(WriteWholeFile(options_.report, json));
    if (!options_.html.empty()) RETURN_IF_ERROR(WriteWholeFile(options_.html, survey::ReportHtml(report_)));
    const survey::Totals totals = survey::TotalsOf(report_);
    if (session_.json()) {
      session_.Print(PrintableJson(json));
    } else if (!options_.quiet) {
      session_.Print(Text());
    }
    if (Interrupt::Asked()) session_.Note("Broken off: the report holds what was seen until then.");
    if (!options_.quiet && !session_.json()) session_.Note(Summary(totals));
    if (!totals.complete) return ExitCode::kFailed;
    if (options_.fail_on_unknown && totals.not_known > 0) return ExitCode::kFound;
    if (options_.fail_on_new && totals.fresh > 0) return ExitCode::kFound;
    return ExitCode::kOk;
  }

  // Line by line, as names of strangers' tables may be shown.
  std::string Text() const {
    const std::string text = survey::ReportText(report_);
    std::string shown;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      shown += Printable(std::string_view(text).substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
    return shown;
  }

  std::string Summary(const survey::Totals& totals) const {
    uint64_t items = 0;
    uint64_t rows = 0;
    uint64_t unchanged = 0;
    for (const survey::Place& place : report_.places) {
      items += place.items_read;
      rows += place.rows;
      unchanged += place.items_unchanged;
    }
    std::string text = WithThousands(items) + " items read, " + WithThousands(rows) + " rows; " +
                       WithThousands(totals.holdings) + " fields hold personal data";
    if (report_.catalogue) text += ", " + WithThousands(totals.not_known) + " the catalogue does not know";
    if (report_.before) text += ", " + WithThousands(totals.fresh) + " new";
    if (totals.doubtful > 0) text += "; " + WithThousands(totals.doubtful) + " doubtful";
    if (unchanged > 0) text += "; " + WithThousands(unchanged) + " items unchanged";
    if (totals.not_looked_into > 0) text += "; " + WithThousands(totals.not_looked_into) + " not looked into";
    if (!report_.full) text += ". Of larger tables a sample was read; --full reads all";
    return text + ".";
  }

  Session& session_;
  const ScanOptions& options_;
  ProgressBar bar_;
  survey::Memory memory_;
  survey::Surveying how_;
  survey::Report report_;
  std::unique_ptr<PersonalFinder> finder_;
  std::unique_ptr<detect::Detector> shapes_;
  std::unique_ptr<scans::PageReader> reader_;
  int64_t started_millis_ = 0;
  int64_t shown_millis_ = -1000;
};

void AddReportOptions(Command& command, ScanOptions& options) {
  command
      .Text("--catalogue", options.catalogue, "FILE",
            "Compare with this catalogue: what 'strongroom catalogue list --json' printed")
      .Flag("--vault", options.vault, "Compare with the catalogue of the vault")
      .Text("--since", options.since, "REPORT", "Say what is new since this report (JSON)")
      .Text("--report", options.report, "FILE", "Write the report here, as JSON")
      .Text("--html", options.html, "FILE", "Write the report here, as a page for people")
      .Flag("--fail-on-unknown", options.fail_on_unknown, "End with 7 when the catalogue does not know of something")
      .Flag("--fail-on-new", options.fail_on_new, "End with 7 when something is new since --since")
      .List("--kinds", options.kinds, "KINDS",
            "Only these kinds, with commas between (default: all but DATE, LOCATION, ORGANIZATION and URL)")
      .Text("--min-score", options.min_score, "SCORE", "Only finds that are this sure, from 0 to 1 (default 0.5)")
      .Flag("--quiet,-q", options.quiet, "Print nothing but errors");
}

}  // namespace

void AddScanCommands(CommandLine& line) {
  auto options = std::make_shared<ScanOptions>();
  Command command = line.Add("scan", "Find where personal data lies in files and databases");
  command.Rest("PLACES", options->places,
               "Folders and files; databases: postgresql://USER@HOST/NAME, mysql://USER@HOST/NAME, sqlite:FILE");
  AddReportOptions(command, *options);
  command.Number("--rows", options->rows, 100, 1'000'000'000, "Read about this many rows of a table (default 20,000)")
      .Flag("--full", options->full, "Read every row of every table")
      .Flag("--no-pictures", options->no_pictures,
            "Do not read pictures and scanned pages, which takes seconds a page; they are counted")
      .Text("--state", options->state, "FILE", "Remember what was read here; what did not change is not read again")
      .Number("--pause", options->pause_millis, 0, 60'000, "Wait so many milliseconds after each batch of rows")
      .Number("--threads", options->threads, 0, 256, "Threads that search rows (default: one for each processor)")
      .Text("--password-file", options->password_file, "FILE", "File with the databases' password")
      .Example("strongroom scan --vault /srv/shared postgresql://reader@db.example.com/shop")
      .Example("strongroom scan --state scan.state --report today.json --since yesterday.json /srv/shared")
      .Example("strongroom scan --catalogue catalogue.json --fail-on-unknown export/")
      .Note(
          "Needs no server, except for --vault. Databases are opened for reading alone. Reports hold counts and masked "
          "samples, never a value. Ends with 0 when all was gone through, 7 as --fail-on-unknown and --fail-on-new "
          "say, 1 when a place could not be gone through or Ctrl-C broke it off: the report then holds what was seen.")
      .Run([options](Session& session) -> Result<ExitCode> {
        if (options->places.empty()) return Status(Reason::kInvalidArgument, "Name a folder, a file or a database.");
        return Scan(session, *options).Run(/*site=*/false);
      });

  auto site = std::make_shared<ScanOptions>();
  Command of_site = line.Add("scan site", "Find what the company's own web site gathers and gives away");
  of_site.OptionalPositional("URL", site->url, "The site's address")
      .Text("--har", site->har, "FILE", "Look into this recording of a browser (HTTP Archive) instead of the site");
  AddReportOptions(of_site, *site);
  of_site.Number("--pages", site->crawl.pages, 1, 100'000, "Look at so many pages at most (default 50)")
      .Number("--seconds", site->crawl.seconds, 1, 86'400, "Take so long at most (default 300)")
      .Number("--settle", site->crawl.settle_millis, 0, 60'000,
              "Wait so many milliseconds for what a page loads late (default 1000)")
      .Text("--browser", site->crawl.browser, "PROGRAM", "The Chromium to use (default: the system's)")
      .Example("strongroom scan site --vault --html site.html https://www.example.com")
      .Example("strongroom scan site --har recording.har")
      .Note(
          "Follows links within the site as a visitor's browser would, in a profile that is thrown away; it fills in "
          "nothing and presses nothing. Told of are cookies, requests to other hosts, forms and what they gather, and "
          "personal data in addresses.")
      .Run([site](Session& session) { return Scan(session, *site).Run(/*site=*/true); });
}

}  // namespace strongroom
