// What a file is, by its first bytes and its name.
#include <algorithm>

#include "redact/text.h"
#include "survey/look.h"

namespace strongroom::survey {
namespace {

using redact::Format;

bool Holds(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

Shape Not(const char* what, const char* reason) { return {Shape::Way::kNone, Format::kText, what, reason}; }
Shape As(Format format) { return {Shape::Way::kFilter, format, redact::NameOf(format).data(), nullptr}; }
Shape Archive(const char* what) { return {Shape::Way::kArchive, Format::kText, what, nullptr}; }

// Headers with which messages begin, in lower case.
bool LooksLikeMessage(std::string_view beginning) {
  std::string head(beginning.substr(0, 4096));
  std::transform(head.begin(), head.end(), head.begin(), redact::ToLower);
  int known = 0;
  for (const std::string_view header : {"return-path:", "received:", "delivered-to:", "message-id:", "mime-version:",
                                        "from:", "to:", "subject:", "date:"}) {
    if (head.starts_with(header) || Holds(head, "\n" + std::string(header))) ++known;
  }
  const std::string_view line = std::string_view(head).substr(0, head.find('\n'));
  const size_t colon = line.find(':');
  return known >= 3 && colon != std::string_view::npos && colon > 1 && line.substr(0, colon).find(' ') == line.npos;
}

bool IsInMaildir(std::string_view name) {
  const size_t slash = name.rfind('/');
  const std::string_view folder = name.substr(0, slash == name.npos ? 0 : slash);
  return folder == "cur" || folder == "new" || folder.ends_with("/cur") || folder.ends_with("/new");
}

// "From anna@example.com Thu Jan  1 00:00:00 2026"
bool IsMailbox(std::string_view beginning) {
  if (!beginning.starts_with("From ")) return false;
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  return std::count(line.begin(), line.end(), ':') >= 1 && std::count(line.begin(), line.end(), ' ') >= 4 &&
         LooksLikeMessage(beginning.substr(std::min(line.size() + 1, beginning.size())));
}

Shape Zip(std::string_view name, std::string_view beginning) {
  const bool office = redact::FormatOfFile(name) == Format::kDocument || Holds(beginning, "[Content_Types].xml") ||
                      Holds(beginning, "mimetypeapplication/vnd.oasis.opendocument");
  return office ? As(Format::kDocument) : Archive("zip archive");
}

}  // namespace

bool IsSqliteFile(std::string_view beginning) {
  return beginning.starts_with(std::string_view("SQLite format 3\0", 16));
}

Shape ShapeOf(std::string_view name, std::string_view beginning) {
  if (beginning.starts_with("%PDF-")) return As(Format::kPdf);
  if (beginning.starts_with("\x89PNG") || beginning.starts_with("\xFF\xD8\xFF") ||
      beginning.starts_with(std::string_view("II*\0", 4)) || beginning.starts_with(std::string_view("MM\0*", 4))) {
    return As(Format::kScan);
  }
  if (beginning.starts_with("PK\x03\x04")) return Zip(name, beginning);
  if (beginning.starts_with("\x1F\x8B")) return Archive("gzip");
  if (beginning.starts_with("BZh")) return Archive("bzip2");
  if (beginning.starts_with("\xFD"
                            "7zXZ"))
    return Archive("xz");
  if (beginning.starts_with("\x28\xB5\x2F\xFD")) return Archive("zstd");
  if (beginning.size() > 262 && beginning.substr(257, 5) == "ustar") return Archive("tar archive");
  if (beginning.starts_with("7z\xBC\xAF") || beginning.starts_with("Rar!")) {
    return Not("archive", "archives of this kind are not opened");
  }
  if (beginning.starts_with("GIF8") || beginning.starts_with("RIFF") || beginning.starts_with("BM6")) {
    return Not("picture", "pictures of this kind are not read");
  }
  if (beginning.starts_with("\xD0\xCF\x11\xE0"))
    return Not("old office document", "documents of this kind are not read");
  if (IsSqliteFile(beginning)) return Not("database", "a database inside of another file is not opened");
  if (IsMailbox(beginning)) return {Shape::Way::kMailbox, Format::kMail, "mailbox", nullptr};
  if (beginning.substr(0, 4096).find('\0') != std::string_view::npos && !beginning.starts_with("\xFF\xFE") &&
      !beginning.starts_with("\xFE\xFF")) {
    return Not("binary", "it is no text");
  }
  const Format by_name = redact::FormatOfFile(name);
  if (by_name == Format::kMail || ((IsInMaildir(name) || by_name == Format::kText) && LooksLikeMessage(beginning))) {
    return {Shape::Way::kFilter, Format::kMail, "message", nullptr};
  }
  if (by_name == Format::kCsv) return {Shape::Way::kTable, Format::kCsv, "csv", nullptr};
  if (by_name == Format::kTsv) return {Shape::Way::kTable, Format::kTsv, "tsv", nullptr};
  return redact::IsWhole(by_name) ? As(Format::kText) : As(by_name);
}

}  // namespace strongroom::survey
