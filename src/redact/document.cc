#include "redact/document.h"

#include <algorithm>

#include "redact/text.h"
#include "redact/xml_part.h"
#include "redact/zip_archive.h"

namespace strongroom::redact {
namespace {

constexpr int kDeepest = 3;  // documents inside documents

// One grey pixel: a picture that was taken out must still be one.
constexpr unsigned char kPixel[] = {0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
                                    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
                                    0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
                                    0x9C, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0x00,
                                    0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

template <size_t kCount>
bool EndsWithOneOf(std::string_view name, const std::string_view (&ends)[kCount]) {
  return std::any_of(std::begin(ends), std::end(ends), [&](std::string_view end) { return name.ends_with(end); });
}

constexpr std::string_view kXml[] = {".xml", ".rels", ".vml", ".rdf", ".svg"};
constexpr std::string_view kPictures[] = {".png",  ".jpg", ".jpeg", ".gif", ".bmp", ".tif",
                                          ".tiff", ".emf", ".wmf",  ".ico", ".webp"};
constexpr std::string_view kDocuments[] = {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".docm", ".xlsm"};
constexpr std::string_view kHarmless[] = {".ttf", ".otf", ".odttf", "mimetype", ".fntdata"};

bool IsThumbnail(std::string_view name) {
  return name.starts_with("docprops/thumbnail") || name.starts_with("thumbnails/");
}

XmlPart KindOfPart(std::string_view name) {
  if (name.ends_with(".rels")) return XmlPart::kRelations;
  if (name.starts_with("docprops/") || name == "meta.xml") return XmlPart::kProperties;
  if (name == "xl/sharedstrings.xml") return XmlPart::kSharedStrings;
  if (name.starts_with("xl/worksheets/") || name.starts_with("xl/chartsheets/")) return XmlPart::kSheet;
  if (name.starts_with("customxml/") || name.ends_with(".rdf") || name.ends_with(".svg")) return XmlPart::kOther;
  return XmlPart::kText;
}

// Names that the formats give; others may be anything.
std::string PartName(std::string_view name) {
  const auto plain = [](char c) {
    return IsAlnum(c) || c == '/' || c == '.' || c == '_' || c == '-' || c == '[' || c == ']';
  };
  const bool known = name.starts_with("word/") || name.starts_with("xl/") || name.starts_with("ppt/") ||
                     name.starts_with("docProps/") || name.starts_with("customXml/") || name.starts_with("_rels/") ||
                     name.starts_with("META-INF/") || name.find('/') == std::string_view::npos;
  return known && name.size() <= 100 && std::all_of(name.begin(), name.end(), plain) ? std::string(name) : "a part";
}

class Redactor {
 public:
  Redactor(const Job& job, const DocumentOptions& options) : job_(job), options_(options), search_(job_) {}

  Result<std::string> Run(std::string_view bytes, int depth);
  uint64_t found() const { return search_.found() + inner_found_; }

 private:
  Status LearnAllHeadings(const std::vector<ZipEntry>& entries);
  Result<std::string> RedactPart(const ZipEntry& entry, int depth);
  std::string Empty(const ZipEntry& entry, std::string_view what);

  const Job job_;
  const DocumentOptions& options_;
  TextSearch search_;
  SheetHeadings headings_;
  std::vector<std::string> strings_;
  uint64_t inner_found_ = 0;
};

// A find of a spreadsheet's string hangs on the column it stands in.
Status Redactor::LearnAllHeadings(const std::vector<ZipEntry>& entries) {
  for (const ZipEntry& entry : entries) {
    if (Lower(entry.name) == "xl/sharedstrings.xml") {
      ASSIGN_OR_RETURN(strings_, SharedStrings(entry.data));
    }
  }
  for (const ZipEntry& entry : entries) {
    if (Lower(entry.name).starts_with("xl/worksheets/") && entry.name.ends_with(".xml")) {
      RETURN_IF_ERROR(LearnHeadings(entry.data, strings_, headings_));
    }
  }
  return Status::Ok();
}

std::string Redactor::Empty(const ZipEntry& entry, std::string_view what) {
  const bool keep = options_.keep_unknown || job_.replacer == nullptr;
  if (job_.note)
    job_.note(std::string(what) + " in the document (" + PartName(entry.name) + ") " +
              (keep ? "was not searched." : "was emptied: it cannot be searched."));
  if (keep) return entry.data;
  return what == "A picture" ? std::string(std::begin(kPixel), std::end(kPixel)) : std::string();
}

Result<std::string> Redactor::RedactPart(const ZipEntry& entry, int depth) {
  const std::string name = Lower(entry.name);
  if (entry.data.empty() || EndsWithOneOf(name, kHarmless)) return entry.data;
  if (EndsWithOneOf(name, kXml)) {
    const XmlPart kind = KindOfPart(name);
    if (kind == XmlPart::kSheet) RETURN_IF_ERROR(LearnHeadings(entry.data, strings_, headings_));
    const std::string part = job_.part.empty() ? PartName(entry.name) : job_.part + " " + PartName(entry.name);
    // Which elements hold text follows the place in the archive, so that the real name is needed.
    Result<std::string> out =
        RedactXml(entry.data, kind, PartName(entry.name) == "a part" ? part : entry.name, search_, &headings_);
    return out;
  }
  if (EndsWithOneOf(name, kDocuments) && depth < kDeepest) {
    Redactor inner(job_, options_);
    ASSIGN_OR_RETURN(std::string out, inner.Run(entry.data, depth + 1));
    inner_found_ += inner.found();
    return out;
  }
  const bool pixel =
      std::string_view(entry.data) == std::string_view(reinterpret_cast<const char*>(kPixel), sizeof kPixel);
  if (pixel) return entry.data;
  return Empty(entry, EndsWithOneOf(name, kPictures) || name.starts_with("pictures/") ? "A picture" : "An object");
}

Result<std::string> Redactor::Run(std::string_view bytes, int depth) {
  ASSIGN_OR_RETURN(const std::vector<ZipEntry> entries, ReadZip(bytes));
  const bool office = std::any_of(entries.begin(), entries.end(), [](const ZipEntry& entry) {
    return entry.name == "[Content_Types].xml" || entry.name == "content.xml";
  });
  if (!office) return Status(Reason::kUnsupportedMediaType, "This is a zip archive but no office document.");
  RETURN_IF_ERROR(LearnAllHeadings(entries));
  std::vector<ZipEntry> redacted;
  for (const ZipEntry& entry : entries) {
    if (IsThumbnail(Lower(entry.name))) continue;
    ASSIGN_OR_RETURN(std::string data, RedactPart(entry, depth));
    redacted.push_back({entry.name, std::move(data)});
  }
  return job_.replacer == nullptr ? Result<std::string>(std::string()) : WriteZip(redacted);
}

}  // namespace

Result<std::string> RedactOfficeDocument(std::string_view bytes, const Job& job, const DocumentOptions& options) {
  Redactor redactor(job, options);
  ASSIGN_OR_RETURN(std::string out, redactor.Run(bytes, 0));
  if (job.replacer == nullptr) return out;
  // Opened again, as a stranger would: nothing may be found, by the same eyes.  Not a look only, since stand-ins are
  // known to be ours by the replacer's kind.
  Job again = job;
  again.report = {};
  again.note = {};
  Redactor checker(again, options);
  ASSIGN_OR_RETURN(const std::string twice, checker.Run(out, 0));
  if (checker.found() > 0 || twice != out) {
    return Status(Reason::kInternal,
                  "Something was still found in the document after it was redacted; it was not saved.");
  }
  return out;
}

}  // namespace strongroom::redact
