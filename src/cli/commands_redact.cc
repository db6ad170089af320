// redact: files and text with what is personal taken out.
#include <map>

#include "base/encoding.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/wipe.h"
#include "cli/commands.h"
#include "cli/paper_options.h"
#include "cli/redaction.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kShortestKeyBytes = 16;

struct RedactOptions {
  SearchOptions search;
  std::string mode = "block";
  std::string out;
  std::string key_file;
  std::string domain;
  std::string customer;
  std::vector<std::string> fields;
  bool in_place = false;
  bool again = false;
  bool found = false;
  bool keep_attachments = false;
  bool check = false;
  PaperOptions paper;
};

// Tokens of one customer's values, from the vault that holds them.  Each value is asked for once.
class VaultTokenizer : public redact::Tokenizer {
 public:
  VaultTokenizer(Session& session, const RedactOptions& options) : session_(session), options_(options) {
    for (const std::string& pair : options.fields) {
      const size_t equals = pair.find('=');
      if (equals != std::string::npos) fields_[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }
  ~VaultTokenizer() override {
    for (auto& [value, token] : tokens_) WipeRange(const_cast<char*>(value.data()), value.size());
  }

  Result<std::string> Tokenize(const detect::Finding& finding, std::string_view value) override {
    const std::string kind(detect::NameOf(finding.kind));
    const auto field = fields_.find(kind);
    if (field == fields_.end()) {
      return Status(Reason::kInvalidArgument, "A " + kind + " was found and no field is named for it: --field " + kind +
                                                  "=NAME, or leave the kind out with --kinds.");
    }
    std::string key = field->second + "\n" + std::string(value);
    const auto known = tokens_.find(key);
    if (known != tokens_.end()) {
      WipeText(key);
      return known->second;
    }
    ASSIGN_OR_RETURN(std::string token, Ask(field->second, value));
    tokens_.emplace(std::move(key), token);
    return token;
  }

 private:
  Result<std::string> Ask(const std::string& field, std::string_view value) {
    Bytes body;
    JsonWriter json(body);
    json.BeginObject().Key("items").BeginArray().BeginObject();
    json.String("code", options_.customer)
        .String("field", field)
        .String("value", value)
        .String("format", "deterministic");
    json.EndObject().EndArray().EndObject();
    const Result<Answer> answer =
        session_.Call("POST", UrlPath({"v1", "token-domains", options_.domain, "tokens"}), body, WithIdempotencyKey());
    WipeText(body);
    RETURN_IF_ERROR(answer.status());
    ASSIGN_OR_RETURN(const JsonValue results, answer->root().GetArray("results"));
    for (const JsonValue& result : results) {
      if (const std::optional<JsonValue> problem = result.Find("problem")) {
        ASSIGN_OR_RETURN(const std::string_view code, problem->GetString("code"));
        return Status(ReasonFromWire(code).value_or(Reason::kInternal), "The vault gives no token for a " + field +
                                                                            " that was found; nothing was written. (" +
                                                                            Printable(code) + ")");
      }
      ASSIGN_OR_RETURN(const std::string_view token, result.GetString("token"));
      return std::string(token);
    }
    return Status(Reason::kInternal, "The vault answered without a result.");
  }

  Session& session_;
  const RedactOptions& options_;
  std::map<std::string, std::string> fields_;
  std::map<std::string, std::string> tokens_;  // by field and value
};

Result<SecretBytes> StandInKey(const RedactOptions& options) {
  if (options.key_file.empty()) {
    SystemRandom random;
    return SecretBytes::Generate(kKeyBytes, random);
  }
  ASSIGN_OR_RETURN(std::string contents, ReadWholeFile(options.key_file, 4096));
  if (contents.size() < kShortestKeyBytes) {
    WipeText(contents);
    return Status(Reason::kInvalidArgument, options.key_file + " is too short for a key; make one of 32 random bytes.");
  }
  SecretBytes key = SecretBytes::CopyOf(contents);
  WipeText(contents);
  return key;
}

Status CheckOptions(const RedactOptions& options, redact::Mode mode, const std::vector<Target>& targets) {
  const auto wrong = [](const std::string& message) { return Status(Reason::kInvalidArgument, message); };
  const bool from_stdin = targets.size() == 1 && targets[0].path.empty();
  if (mode == redact::Mode::kToken && (options.domain.empty() || options.customer.empty())) {
    return wrong("Tokens come from a vault: name --domain and --customer, and a --field for each kind.");
  }
  if (options.in_place && (from_stdin || !options.out.empty()))
    return wrong("--in-place is for files, and without --out.");
  if (!options.in_place && options.out.empty() && targets.size() > 1) {
    return wrong("There are several files: name a folder for them with --out, or say --in-place.");
  }
  if (options.out.empty() || from_stdin) return Status::Ok();
  for (size_t i = 1; i < targets.size(); ++i) {
    for (size_t j = 0; j < i && targets.size() < 2000; ++j) {
      if (targets[i].relative == targets[j].relative) {
        return wrong(targets[i].path + " and " + targets[j].path + " would be written to the same place.");
      }
    }
  }
  return Status::Ok();
}

// Of all that decides what the outputs look like; the files themselves are looked at by their times.
std::string KindOfRun(const RedactOptions& options, const std::string& manual_boxes, const SecretBytes& key) {
  Bytes all;
  ByteWriter writer(all);
  writer.Prefixed("strongroom redaction 1");
  for (const std::string* text :
       {&options.mode, &options.search.min_score, &options.search.format, &options.domain, &options.customer})
    writer.Prefixed(*text);
  for (const std::vector<std::string>* list : {&options.search.kinds, &options.fields, &options.paper.languages}) {
    writer.Varint(list->size());
    for (const std::string& one : *list) writer.Prefixed(one);
  }
  for (const bool flag : {options.keep_attachments, options.paper.keep_unread, options.paper.no_search})
    writer.U8(flag ? 1 : 0);
  writer.Prefixed(manual_boxes);
  // A key of the run's own gives other stand-ins each time, which is no reason to do all again.
  if (!options.key_file.empty()) writer.Raw(View(Mac(key).Compute({"strongroom redaction 1"})));
  return HexEncode(View(Sha256(all)));
}

// What only looks taken out: words that stand under what covers them.
Result<ExitCode> Check(Session& session, const RedactOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<Target> targets, FindTargets(options.search.files, options.out));
  ASSIGN_OR_RETURN(const RunOutcome outcome, CheckPaper(session, options.paper, targets, options.search.quiet));
  if (outcome.failed_files > 0) return ExitCode::kFailed;
  return outcome.found > 0 ? ExitCode::kFound : ExitCode::kOk;
}

Result<ExitCode> Redact(Session& session, const RedactOptions& options) {
  if (options.check) return Check(session, options);
  ASSIGN_OR_RETURN(const Search search, ParseSearch(options.search));
  const redact::Mode mode = redact::ModeOf(options.mode).value_or(redact::Mode::kBlock);
  ASSIGN_OR_RETURN(const std::vector<Target> targets, FindTargets(options.search.files, options.out));
  RETURN_IF_ERROR(CheckOptions(options, mode, targets));
  ASSIGN_OR_RETURN(const SecretBytes key, StandInKey(options));
  const redact::StandIns stand_ins(key);
  VaultTokenizer tokenizer(session, options);
  redact::Replacer replacer(mode, &stand_ins, &tokenizer);
  const std::unique_ptr<PersonalFinder> finder = MakePersonalFinder(search.selection, session.clock().NowMillis());

  std::function<void(std::string_view)> out;
  if (session.json()) {
    // Standard output is the redacted text's own, unless that goes to files.
    const bool to_files = options.in_place || !options.out.empty();
    out = [&session, to_files](std::string_view lines) {
      to_files ? session.Print(lines) : session.terminal().Err(lines);
    };
  }
  Redaction::Settings settings;
  settings.search = search;
  settings.replacer = &replacer;
  settings.out_directory = options.out;
  settings.in_place = options.in_place;
  settings.again = options.again;
  settings.keep_unknown_attachments = options.keep_attachments;
  RETURN_IF_ERROR(PutPaperSettings(options.paper, settings));
  settings.paper.mode = mode;
  settings.paper.stand_in_key = ExposeSecret(key);
  if (!options.out.empty() && !targets.empty() && !targets[0].path.empty()) {
    RemoveLeftParts(options.out);
    const std::string kind = KindOfRun(options, settings.manual_boxes, key);
    ASSIGN_OR_RETURN(settings.not_before_nanos, NoteKindOfRun(options.out, kind));
  }
  ASSIGN_OR_RETURN(const RunOutcome outcome,
                   RunWithReport(session, options.search, finder->finder(), std::move(settings), targets,
                                 /*json=*/true, std::move(out)));
  if (outcome.failed_files > 0) return ExitCode::kFailed;
  return options.found && outcome.found > 0 ? ExitCode::kFound : ExitCode::kOk;
}

}  // namespace

void AddRedactCommand(CommandLine& line) {
  auto options = std::make_shared<RedactOptions>();
  Command command = line.Add("redact", "Take personal data out of files and text");
  AddSearchOptions(command, options->search);
  AddPaperOptions(command, options->paper, /*takes_out=*/true);
  command
      .Choice("--mode", options->mode, {"block", "mask", "label", "numbered", "surrogate", "token"},
              "What stands in its place: blocks, an initial or last digits, [PERSON], [PERSON_1], an invented value, "
              "a token of your vault (default block)")
      .Text("--out,-o", options->out, "DIR",
            "Write the files here, in the same tree; what an earlier run did with the same options is skipped")
      .Flag("--in-place", options->in_place, "Replace the files themselves; each whole or not at all")
      .Flag("--again", options->again, "With --out: also files that an earlier run did")
      .Flag("--found", options->found, "End with 7 when something was found")
      .Text("--stand-in-key", options->key_file, "FILE",
            "Key for surrogates: the same key gives the same stand-ins (default: a new one for each run)")
      .Text("--domain", options->domain, "DOMAIN", "Mode token: the token domain")
      .Text("--customer", options->customer, "CODE", "Mode token: the customer whose values these are")
      .Many("--field", options->fields, "KIND=FIELD", "Mode token: the field that holds finds of this kind")
      .Flag("--keep-attachments", options->keep_attachments,
            "Leave attachments of unknown kinds in messages, instead of a notice")
      .Flag("--check", options->check,
            "Take nothing out: say what in PDF only looks taken out, and can still be read under a box")
      .Example("strongroom redact < log.txt > log.clean.txt")
      .Example("strongroom redact --mode label -o clean/ tickets/ customers.csv")
      .Example("strongroom redact --mode surrogate --stand-in-key test.key -o testdata/ export/")
      .Example("strongroom redact --jobs 2 --proof proof/ -o clean/ archive/")
      .Example("strongroom redact --check sent/*.pdf")
      .Note(
          "Needs no server, except for tokens. What was taken out is marked, and running it again changes nothing. "
          "A file that cannot be gone through to its end is not written. Ends with 0 when all was done, 1 when a file "
          "could not be; with --found, 7 when something was found. "
          "PDF and scans are opened by processes that can compute and nothing else. The pictures of --proof show what "
          "was taken out: keep them as you keep the originals. --check ends with 7 when something was found.")
      .Run([options](Session& session) { return Redact(session, *options); });
}

}  // namespace strongroom
