#include "redact/filter.h"

#include <array>
#include <utility>

#include "redact/text.h"

namespace strongroom::redact {
namespace {

constexpr std::array<std::string_view, 9> kFormatNames = {"text", "csv",      "tsv", "json", "html",
                                                          "mail", "document", "pdf", "scan"};

constexpr std::pair<std::string_view, Format> kExtensions[] = {
    {"csv", Format::kCsv},       {"tsv", Format::kTsv},       {"tab", Format::kTsv},       {"json", Format::kJson},
    {"jsonl", Format::kJson},    {"ndjson", Format::kJson},   {"geojson", Format::kJson},  {"html", Format::kHtml},
    {"htm", Format::kHtml},      {"xhtml", Format::kHtml},    {"eml", Format::kMail},      {"docx", Format::kDocument},
    {"docm", Format::kDocument}, {"dotx", Format::kDocument}, {"xlsx", Format::kDocument}, {"xlsm", Format::kDocument},
    {"odt", Format::kDocument},  {"ods", Format::kDocument},  {"odp", Format::kDocument},  {"pdf", Format::kPdf},
    {"png", Format::kScan},      {"jpg", Format::kScan},      {"jpeg", Format::kScan},     {"tif", Format::kScan},
    {"tiff", Format::kScan},
};

}  // namespace

std::string_view NameOf(Format format) { return kFormatNames[static_cast<size_t>(format)]; }

std::optional<Format> FormatOf(std::string_view name) {
  const auto* found = std::find(kFormatNames.begin(), kFormatNames.end(), name);
  if (found == kFormatNames.end()) return std::nullopt;
  return static_cast<Format>(found - kFormatNames.begin());
}

Format FormatOfFile(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return Format::kText;
  std::string extension(file_name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(), ToLower);
  for (const auto& [known, format] : kExtensions) {
    if (extension == known) return format;
  }
  return Format::kText;
}

}  // namespace strongroom::redact
