#include "redact/mail_filter.h"

#include <algorithm>

#include "redact/mime.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

constexpr size_t kLargestMessage = size_t{64} << 20;
constexpr size_t kMostParts = 1000;
constexpr int kDeepest = 16;

// Headers that are not searched: they say how the message is written, and when it was sent.
constexpr std::string_view kTechnical[] = {"content-transfer-encoding", "mime-version",   "date",
                                           "content-language",          "content-length", "lines"};
// Names that a report may show.
constexpr std::string_view kKnown[] = {"from",         "to",
                                       "cc",           "bcc",
                                       "reply-to",     "sender",
                                       "subject",      "received",
                                       "return-path",  "message-id",
                                       "in-reply-to",  "references",
                                       "delivered-to", "x-originating-ip",
                                       "comments",     "keywords",
                                       "content-type", "content-disposition",
                                       "content-id",   "content-description"};

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kCount]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// What a leaf of the tree says of itself.
struct Leaf {
  std::string type = "text/plain";
  std::string charset;
  std::string encoding;  // lower case
  std::string file_name;
};

std::string Decoded(const Leaf& leaf, std::string_view body) {
  if (leaf.encoding == "base64") return DecodeBase64Body(body);
  if (leaf.encoding == "quoted-printable") return DecodeQuotedPrintable(body);
  return std::string(body);
}

// How to go through a body of this type or name; nothing when there is no way.
std::optional<Format> FormatOfLeaf(const Leaf& leaf) {
  const std::string_view type = leaf.type;
  const Format by_name = FormatOfFile(leaf.file_name);
  if (by_name != Format::kText) return by_name;
  if (type == "text/html" || type == "application/xhtml+xml" || type.ends_with("/xml") || type.ends_with("+xml"))
    return Format::kHtml;
  if (type == "text/csv") return Format::kCsv;
  if (type == "text/tab-separated-values") return Format::kTsv;
  if (type == "application/json" || type == "application/x-ndjson" || type.ends_with("+json")) return Format::kJson;
  if (type.starts_with("application/vnd.openxmlformats-officedocument.") ||
      type.starts_with("application/vnd.oasis.opendocument.")) {
    return Format::kDocument;
  }
  if (type == "application/pdf") return Format::kPdf;
  if (type == "image/png" || type == "image/jpeg" || type == "image/tiff") return Format::kScan;
  if (type.starts_with("text/") || type == "message/delivery-status" || type == "application/sql") return Format::kText;
  for (std::string_view end : {".txt", ".log", ".md", ".sql", ".ics", ".vcf", ".ini", ".yaml", ".yml"}) {
    if (leaf.file_name.ends_with(end)) return Format::kText;
  }
  return std::nullopt;
}

// Failures that say "not this format", rather than that something is broken on our side.
bool IsAboutContent(const Status& status) {
  switch (status.reason()) {
    case Reason::kMalformedJson:
    case Reason::kTooDeep:
    case Reason::kValueTooLong:
    case Reason::kUnsupportedMediaType:
    case Reason::kInvalidUtf8:
    case Reason::kBodyTooLarge:
      return true;
    default:
      return false;
  }
}

std::string TypeToShow(std::string_view type) {
  const auto plain = [](char c) { return IsAlnum(c) || c == '.' || c == '+' || c == '/' || c == '-'; };
  return !type.empty() && type.size() <= 90 && std::all_of(type.begin(), type.end(), plain) ? std::string(type)
                                                                                            : "of unknown type";
}

class Redactor {
 public:
  Redactor(const Job& job, const FormatOptions& options)
      : job_(job),
        options_(options),
        decider_(*job.finder, job.selection, job.replacer == nullptr ? nullptr : job.replacer->shown(),
                 job.replacer != nullptr) {}

  void UseLineEnd(const std::string& line_end) { line_end_ = line_end; }
  Result<std::string> Entity(std::string_view text, const std::string& where, int depth);

 private:
  // `text` with what was found replaced; the same when nothing was.
  Result<std::string> Text(std::string_view text, std::string_view heading, const Place& place);
  Status RedactHeader(MimeHeader& header, const std::string& where);
  Status RedactParameters(MimeHeader& header, const Place& place);
  Result<std::string> Multipart(std::string_view body, const std::string& boundary, const std::string& where,
                                int depth);
  Result<std::string> LeafBody(MimeEntity& entity, const Leaf& leaf, const std::string& where);
  Result<std::string> Through(Format format, std::string_view bytes, const std::string& where);
  Result<std::string> Unknown(MimeEntity& entity, const Leaf& leaf, const std::string& where, std::string_view why);
  void SetHeader(MimeEntity& entity, std::string_view name, const std::string& value);
  std::string PartName(const std::string& where, std::string_view what) const {
    std::string name = job_.part;
    for (std::string_view piece : {std::string_view(where), what}) {
      if (!piece.empty()) name.append(name.empty() ? "" : " ").append(piece);
    }
    return name;
  }

  const Job& job_;
  const FormatOptions& options_;
  Decider decider_;
  std::string line_end_ = "\n";
  size_t parts_ = 0;
};

Result<std::string> Redactor::Text(std::string_view text, std::string_view heading, const Place& place) {
  std::vector<detect::Finding> findings;
  decider_.Decide(text, heading, nullptr, findings);
  std::string out;
  size_t at = 0;
  for (const detect::Finding& finding : findings) {
    if (job_.report) job_.report({finding.kind, finding.subtype, finding.rule, finding.score, place});
    if (job_.replacer == nullptr) continue;
    out.append(text.substr(at, finding.begin - at));
    RETURN_IF_ERROR(job_.replacer->Append(finding, text, out));
    at = finding.end;
  }
  out.append(text.substr(at));
  return out;
}

std::string HeaderOf(std::string_view raw, const std::string& value, const std::string& line_end) {
  return std::string(raw.substr(0, raw.find(':') + 1)) + " " + value + line_end;
}

std::string WithParameters(const ContentType& content, const std::string& line_end) {
  std::string value = content.type;
  for (const auto& [name, text] : content.parameters) {
    value.append(";").append(line_end).append(" ").append(name);
    if (IsAscii(text)) {
      value += "=\"";
      for (char c : text) {
        if (c == '"' || c == '\\') value.push_back('\\');
        value.push_back(c >= 32 && c < 127 ? c : ' ');
      }
      value += "\"";
      continue;
    }
    value += "*=utf-8''";  // RFC 2231 section 4
    for (char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (IsAlnum(c) || c == '.' || c == '-' || c == '_') {
        value.push_back(c);
      } else {
        value.push_back('%');
        value.push_back("0123456789ABCDEF"[byte >> 4]);
        value.push_back("0123456789ABCDEF"[byte & 15]);
      }
    }
  }
  return value;
}

// Names of files are the only parameters that people choose.
Status Redactor::RedactParameters(MimeHeader& header, const Place& place) {
  ContentType content = ParseContentType(header.value());
  bool changed = false;
  for (auto& [name, value] : content.parameters) {
    if (name != "name" && name != "filename") continue;
    const std::optional<std::string> shown = DecodeHeaderText(value);
    std::string redacted;
    if (shown) {
      ASSIGN_OR_RETURN(redacted, Text(*shown, "file", place));
      if (redacted == *shown) continue;
    }
    value = shown ? redacted : "file";
    changed = true;
  }
  if (changed && job_.replacer != nullptr)
    header.raw = HeaderOf(header.raw, WithParameters(content, line_end_), line_end_);
  return Status::Ok();
}

Status Redactor::RedactHeader(MimeHeader& header, const std::string& where) {
  if (IsOneOf(header.name, kTechnical)) return Status::Ok();
  Place place;
  place.part = PartName(where, "headers");
  place.path = IsOneOf(header.name, kKnown) ? header.name : "?";
  if (header.name == "content-type" || header.name == "content-disposition") return RedactParameters(header, place);
  const std::string_view raw = header.value();
  const std::optional<std::string> text = DecodeHeaderText(raw);
  if (!text) {
    if (job_.note) job_.note("A header of the message is in a charset that cannot be searched; it was taken out.");
    if (job_.replacer != nullptr) header.raw = HeaderOf(header.raw, "(taken out)", line_end_);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(const std::string redacted, Text(*text, header.name, place));
  if (redacted == *text || job_.replacer == nullptr) return Status::Ok();
  if (header.name.empty()) {
    header.raw = redacted + line_end_;
    // With a stand-in where words were it may look like a header, which it was not.
    if (!HeaderName(header.raw).empty()) header.raw.insert(header.raw.find(':'), " ");
    return Status::Ok();
  }
  std::string_view trimmed = redacted;
  while (trimmed.starts_with(' ') || trimmed.starts_with('\t')) trimmed.remove_prefix(1);
  header.raw = HeaderOf(header.raw, EncodeHeaderText(trimmed, line_end_), line_end_);
  return Status::Ok();
}

void Redactor::SetHeader(MimeEntity& entity, std::string_view name, const std::string& value) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  MimeHeader made{std::string(name) + ": " + value + line_end_, lower};
  const auto same = [&](const MimeHeader& header) { return header.name == lower; };
  const auto found = std::find_if(entity.headers.begin(), entity.headers.end(), same);
  if (found == entity.headers.end()) {
    entity.headers.push_back(std::move(made));
    return;
  }
  *found = std::move(made);
  entity.headers.erase(std::remove_if(found + 1, entity.headers.end(), same), entity.headers.end());
}

Result<std::string> Redactor::Through(Format format, std::string_view bytes, const std::string& where) {
  std::string out;
  Job job = job_;
  job.part = PartName(where, {});
  job.write = [&out](std::string_view piece) {
    out.append(piece);
    return Status::Ok();
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<Filter> filter, MakeFilter(format, job, options_));
  RETURN_IF_ERROR(filter->Feed(bytes));
  RETURN_IF_ERROR(filter->Finish());
  return out;
}

Result<std::string> Redactor::Unknown(MimeEntity& entity, const Leaf& leaf, const std::string& where,
                                      std::string_view why) {
  const bool keep = options_.keep_unknown_attachments || job_.replacer == nullptr;
  const std::string what =
      (where.empty() ? "The message" : "The message's " + where) + " (" + TypeToShow(leaf.type) + ") ";
  if (job_.note) job_.note(what + (keep ? "was not searched: " : "was taken out: ") + std::string(why) + ".");
  if (keep) return std::string(entity.body);
  std::erase_if(entity.headers, [](const MimeHeader& header) { return header.name.starts_with("content-"); });
  SetHeader(entity, "Content-Type", "text/plain; charset=utf-8");
  if (entity.separator.empty()) entity.separator = line_end_ == "\n" ? "\n" : "\r\n";
  return "This part (" + TypeToShow(leaf.type) + ") was taken out because it could not be searched." + line_end_;
}

Result<std::string> Redactor::LeafBody(MimeEntity& entity, const Leaf& leaf, const std::string& where) {
  const std::string bytes = Decoded(leaf, entity.body);
  const std::optional<Format> format = FormatOfLeaf(leaf);
  if (!format || !options_.Can(*format))
    return Unknown(entity, leaf, where, "it is of a kind that cannot be searched");
  const bool document = IsWhole(*format);
  const std::optional<std::string> text = document ? bytes : ToUtf8(bytes, leaf.charset);
  if (!text) return Unknown(entity, leaf, where, "it is in a charset that cannot be searched");
  const bool binary = !document && text->find('\0') != std::string::npos;
  if (binary) return Unknown(entity, leaf, where, "it is no text");
  Result<std::string> out =
      *format == Format::kMail ? Entity(*text, where, kDeepest - 2) : Through(*format, *text, where);
  if (!out.ok() && IsAboutContent(out.status())) return Unknown(entity, leaf, where, "it is not what it says it is");
  RETURN_IF_ERROR(out.status());
  if (job_.replacer == nullptr || *out == *text) return std::string(entity.body);
  if (leaf.encoding == "base64") {
    if (!document && !IsAscii(*out) && !leaf.charset.empty())
      SetHeader(entity, "Content-Type", leaf.type + "; charset=utf-8");
    return EncodeBase64Body(*out, line_end_);
  }
  const bool ascii = IsAscii(*out);
  if (!ascii) SetHeader(entity, "Content-Type", leaf.type + "; charset=utf-8");
  if (leaf.encoding == "quoted-printable") return EncodeQuotedPrintable(*out, line_end_);
  if (ascii || leaf.encoding == "8bit" || leaf.encoding == "binary") return *out;
  SetHeader(entity, "Content-Transfer-Encoding", "quoted-printable");
  if (where.empty()) SetHeader(entity, "MIME-Version", "1.0");
  return EncodeQuotedPrintable(*out, line_end_);
}

Result<std::string> Redactor::Multipart(std::string_view body, const std::string& boundary, const std::string& where,
                                        int depth) {
  const std::vector<PartRange> ranges = SplitParts(body, boundary, kMostParts);
  std::string out;
  size_t at = 0;
  size_t number = 0;
  for (const PartRange& range : ranges) {
    if (++parts_ > kMostParts) return Status(Reason::kUnsupportedMediaType, "The message has more than 1000 parts.");
    ++number;
    // What no reader shows before the first part is searched all the same, and so is what follows the last.
    ASSIGN_OR_RETURN(const std::string between, Through(Format::kText, body.substr(at, range.begin - at), where));
    out += job_.replacer == nullptr ? std::string() : between;
    const std::string name = where.empty() ? "part " + std::to_string(number) : where + "." + std::to_string(number);
    ASSIGN_OR_RETURN(const std::string part,
                     Entity(body.substr(range.begin, range.end - range.begin), name, depth + 1));
    out += part;
    at = range.end;
  }
  ASSIGN_OR_RETURN(const std::string rest, Through(Format::kText, body.substr(at), where));
  return out + rest;
}

Result<std::string> Redactor::Entity(std::string_view text, const std::string& where, int depth) {
  MimeEntity entity = SplitEntity(text);
  Leaf leaf;
  ContentType content{"text/plain", {}};
  for (const MimeHeader& header : entity.headers) {
    if (header.name == "content-type") content = ParseContentType(header.value());
    if (header.name == "content-transfer-encoding") {
      leaf.encoding = ParseContentType(header.value()).type;
    } else if (header.name == "content-disposition" || header.name == "content-type") {
      const ContentType parsed = ParseContentType(header.value());
      for (const char* parameter : {"filename", "name"}) {
        const auto found = parsed.parameters.find(parameter);
        if (found != parsed.parameters.end()) leaf.file_name = found->second;
      }
    }
  }
  if (!content.type.empty()) leaf.type = content.type;
  leaf.charset = content.parameters["charset"];
  std::transform(leaf.file_name.begin(), leaf.file_name.end(), leaf.file_name.begin(), ToLower);
  for (MimeHeader& header : entity.headers) RETURN_IF_ERROR(RedactHeader(header, where));

  const std::string& boundary = content.parameters["boundary"];
  Result<std::string> body = std::string();
  if (depth >= kDeepest) {
    body = Unknown(entity, leaf, where, "it is nested too deeply");
  } else if (leaf.type.starts_with("multipart/") && !boundary.empty()) {
    body = Multipart(entity.body, boundary, where, depth);
  } else if (leaf.type == "message/rfc822" || leaf.type == "message/global") {
    const std::string inner = Decoded(leaf, entity.body);
    body = Entity(inner, where, depth + 1);
    if (body.ok() && (leaf.encoding == "base64" || leaf.encoding == "quoted-printable")) {
      body = *body == inner              ? std::string(entity.body)
             : leaf.encoding == "base64" ? EncodeBase64Body(*body, line_end_)
                                         : EncodeQuotedPrintable(*body, line_end_);
    }
  } else {
    body = LeafBody(entity, leaf, where);
  }
  RETURN_IF_ERROR(body.status());
  std::string out;
  for (const MimeHeader& header : entity.headers) out += header.raw;
  out.append(entity.separator).append(*body);
  return out;
}

}  // namespace

Status MailFilter::Feed(std::string_view bytes) {
  if (message_.size() + bytes.size() > kLargestMessage) {
    return Status(Reason::kBodyTooLarge, "The message is larger than 64 MiB.");
  }
  message_.append(bytes);
  return Status::Ok();
}

Status MailFilter::Finish() {
  Redactor redactor(job_, options_);
  redactor.UseLineEnd(message_.find("\r\n") < message_.find('\n') ? "\r\n" : "\n");
  ASSIGN_OR_RETURN(const std::string out, redactor.Entity(message_, {}, 0));
  return job_.replacer == nullptr ? Status::Ok() : job_.write(out);
}

}  // namespace strongroom::redact
