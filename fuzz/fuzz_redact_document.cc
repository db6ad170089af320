// Office documents from a stranger: the bytes as an archive, and as a part of a well-formed one.
#include "fuzz/redact_check.h"
#include "redact/document.h"
#include "redact/zip_archive.h"

namespace {

using namespace strongroom::redact;  // NOLINT: a program of one function
using strongroom::Result;

Result<std::string> Redacted(std::string_view bytes) {
  static const FakeFinder finder;
  Replacer replacer(Mode::kLabel, &TestStandIns(), nullptr);
  Job job;
  job.finder = &finder;
  job.replacer = &replacer;
  return RedactOfficeDocument(bytes, job, {});
}

void Check(std::string_view bytes) {
  const Result<std::string> once = Redacted(bytes);
  // Nothing may be left to find: kInternal is the second look's answer, and no input may bring it about.
  if (!once.ok() && once.reason() == strongroom::Reason::kInternal) std::abort();
  if (!once.ok()) return;
  const Result<std::string> twice = Redacted(*once);
  if (!twice.ok() || *twice != *once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Check(bytes);
  constexpr const char* kParts[] = {"word/document.xml",
                                    "xl/sharedStrings.xml",
                                    "xl/worksheets/sheet1.xml",
                                    "word/_rels/document.xml.rels",
                                    "docProps/core.xml",
                                    "customXml/item1.xml",
                                    "content.xml"};
  const Result<std::string> zip =
      WriteZip({{"[Content_Types].xml", "<T/>"}, {kParts[data[0] % 7], std::string(bytes)}});
  if (zip.ok()) Check(*zip);
  return 0;
}
