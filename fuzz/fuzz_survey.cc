// What a survey reads of strangers: files of every shape, archives, recordings of browsers, pages, what children
// answer.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "redact/testing/fake_finder.h"
#include "survey/har.h"
#include "survey/look.h"
#include "survey/memory.h"
#include "survey/page_forms.h"
#include "survey/report.h"

namespace {

using namespace strongroom;          // NOLINT: a program of one function
using namespace strongroom::survey;  // NOLINT

constexpr const char* kNames[] = {"a.txt", "a.csv", "a.json", "a.html", "a.eml", "mail/cur/1", "a.zip", "a.tar.gz"};

// Whatever is found can be told, and read again.
void LookInto(const Search& search, const char* name, std::string_view bytes) {
  LookLimits limits;
  limits.inflated_bytes = 4 << 20;
  limits.kept_bytes = 1 << 20;
  limits.entries = 50;
  const redact::FormatOptions formats;
  Place place;
  Looker looker(search, formats, limits, [&](const Item& item) {
    Bytes packed;
    AppendItem(packed, item);
    const Result<Item> back = ReadItem(packed);
    if (!back.ok()) std::abort();
    TakeItem(place, *back);
    return Status::Ok();
  });
  if (!looker.Look(name, bytes).ok()) std::abort();
  Report report;
  report.places.push_back(place);
  if (!KeysOfReport(ReportJson(report)).ok()) std::abort();
  ReportHtml(report);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const redact::FakeFinder finder;
  const Search search{&finder, {}};
  if (data[0] % 16 < 8) {
    LookInto(search, kNames[data[0] % 8], bytes);
    return 0;
  }
  if (data[0] % 16 < 12) {
    Result<SiteBook> book = SiteBook::Create(search, "https://example.com");
    if (!book.ok()) std::abort();
    HarEvents events;
    events.start = [](const std::string&) { return Status::Ok(); };
    events.request = [&](const SiteRequest& request) {
      book->AddRequest(request);
      return Status::Ok();
    };
    events.set_cookie = [&](std::string_view header, const std::string& host) {
      book->AddSetCookie(header, host, 1'767'225'600);
      return Status::Ok();
    };
    events.page = [&](const std::string& url, const PageForms& page) {
      for (const PageForm& form : page.forms) book->AddForm(form.form, url, ActionUrl(url, form.action));
      return Status::Ok();
    };
    ReadHar(bytes, events).IgnoreError();
    book->AddSetCookie(bytes, "example.com", 1'767'225'600);
    const PageForms page = FormsOfPage(bytes);
    for (const PageForm& form : page.forms) book->AddForm(form.form, "https://example.com/", form.action);
    Report report;
    report.places.push_back(book->Finish("x"));
    if (!KeysOfReport(ReportJson(report)).ok()) std::abort();
    return 0;
  }
  const Result<Item> item = ReadItem(bytes);
  if (item.ok()) {
    Bytes packed;
    AppendItem(packed, *item);
    if (!ReadItem(packed).ok()) std::abort();
  }
  Memory memory("options");
  memory.Load(bytes).IgnoreError();
  return 0;
}
