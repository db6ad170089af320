#include "survey/har.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "base/encoding.h"
#include "base/json.h"
#include "confined/sandbox.h"
#include "redact/text.h"

namespace strongroom::survey {
namespace {

constexpr size_t kLargestHar = size_t{512} << 20;
constexpr JsonLimits kLimits = {64, kLargestHar, 20'000'000};
constexpr size_t kMostEvents = 2'000'000;

std::string Text(const JsonValue& object, std::string_view name) {
  const std::optional<JsonValue> member = object.Find(name);
  if (!member) return {};
  const Result<std::string_view> text = member->AsString();
  return text.ok() ? std::string(*text) : std::string();
}

std::string Lower(std::string text) {
  for (char& c : text) c = redact::ToLower(c);
  return text;
}

// Calls `each` for headers of this name.
template <typename Each>
Status ForHeaders(const JsonValue& message, std::string_view name, const Each& each) {
  const std::optional<JsonValue> headers = message.Find("headers");
  if (!headers || !headers->IsArray()) return Status::Ok();
  for (const JsonValue& header : *headers) {
    if (!header.IsObject() || Lower(Text(header, "name")) != name) continue;
    RETURN_IF_ERROR(each(Text(header, "value")));
  }
  return Status::Ok();
}

// Browsers differ in how they say it.
std::string TypeOf(const JsonValue& entry, const std::string& mime) {
  const std::string said = Text(entry, "_resourceType");
  if (!said.empty()) return said;
  for (const char* type : {"html", "javascript", "css", "image", "font", "json"}) {
    if (mime.find(type) != std::string::npos) return type == std::string_view("html") ? "document" : type;
  }
  return "other";
}

Status ReadEntry(const JsonValue& entry, const std::string& page_url, const HarEvents& events) {
  ASSIGN_OR_RETURN(const JsonValue request, entry.GetObject("request"));
  SiteRequest seen;
  seen.url = Text(request, "url");
  seen.page_url = page_url;
  seen.has_body = request.Find("postData").has_value();
  RETURN_IF_ERROR(ForHeaders(request, "referer", [&](const std::string& value) {
    seen.referer = value;
    return Status::Ok();
  }));
  const std::optional<JsonValue> response = entry.Find("response");
  const std::optional<JsonValue> content =
      response && response->IsObject() ? response->Find("content") : std::optional<JsonValue>();
  const std::string mime = content && content->IsObject() ? Lower(Text(*content, "mimeType")) : std::string();
  seen.type = TypeOf(entry, mime);
  RETURN_IF_ERROR(events.request(seen));
  const std::optional<UrlParts> parts = SplitUrl(seen.url);
  if (!parts || !response || !response->IsObject()) return Status::Ok();
  const Status cookies = ForHeaders(*response, "set-cookie", [&](const std::string& value) -> Status {
    // Several of them may stand in one, line by line.
    for (size_t begin = 0; begin < value.size();) {
      const size_t end = std::min(value.find('\n', begin), value.size());
      RETURN_IF_ERROR(events.set_cookie(std::string_view(value).substr(begin, end - begin), parts->host));
      begin = end + 1;
    }
    return Status::Ok();
  });
  RETURN_IF_ERROR(cookies);
  if (mime.find("html") == std::string::npos) return Status::Ok();
  std::string html = Text(*content, "text");
  if (Text(*content, "encoding") == "base64") {
    const Result<Bytes> decoded = Base64Decode(html);
    html = decoded.ok() ? *decoded : std::string();
  }
  return events.page(seen.url, FormsOfPage(html));
}

// --- events between processes ---

constexpr char kRequest = 'R';
constexpr char kCookie = 'C';
constexpr char kPage = 'P';
constexpr char kStart = 'S';

Bytes PackedPage(const std::string& url, const PageForms& page) {
  Bytes packed;
  ByteWriter writer(packed);
  writer.Prefixed(url);
  writer.U8(page.notice ? 1 : 0);
  writer.Varint(page.forms.size());
  for (const PageForm& form : page.forms) {
    for (const std::string& text : {form.action, form.form.method}) writer.Prefixed(text);
    writer.U8(form.form.notice_inside ? 1 : 0);
    writer.Varint(form.form.fields.size());
    for (const FormField& field : form.form.fields) {
      for (const std::string& text : {field.name, field.type, field.autocomplete, field.label}) writer.Prefixed(text);
    }
  }
  return packed;
}

Status TakePage(std::string_view payload, SiteBook& book) {
  ByteReader reader(payload);
  const std::string url(reader.Prefixed());
  const bool notice = reader.U8() != 0;
  const uint64_t forms = reader.Varint();
  book.AddPage();
  for (uint64_t i = 0; i < forms && !reader.failed(); ++i) {
    const std::string action(reader.Prefixed());
    Form form;
    form.method = reader.Prefixed() == "post" ? "post" : "get";
    form.notice = notice;
    form.notice_inside = reader.U8() != 0;
    const uint64_t fields = reader.Varint();
    for (uint64_t j = 0; j < fields && !reader.failed(); ++j) {
      FormField field;
      for (std::string* text : {&field.name, &field.type, &field.autocomplete, &field.label}) *text = reader.Prefixed();
      form.fields.push_back(std::move(field));
    }
    if (!reader.failed()) book.AddForm(std::move(form), url, ActionUrl(url, action));
  }
  return reader.Finish("a page of a recording");
}

Status ReadInChild(std::string_view bytes, const SendMessage& send) {
  HarEvents events;
  events.request = [&](const SiteRequest& request) {
    Bytes packed;
    ByteWriter writer(packed);
    for (const std::string& text : {request.url, request.page_url, request.type, request.referer})
      writer.Prefixed(text);
    writer.U8(request.has_body ? 1 : 0);
    return packed.size() < (size_t{1} << 20) ? send(kRequest, packed) : Status::Ok();
  };
  events.set_cookie = [&](std::string_view header, const std::string& host) {
    Bytes packed;
    ByteWriter writer(packed);
    writer.Prefixed(host);
    writer.Prefixed(header.substr(0, 16384));
    return send(kCookie, packed);
  };
  events.page = [&](const std::string& url, const PageForms& page) { return send(kPage, PackedPage(url, page)); };
  events.start = [&](const std::string& url) { return send(kStart, url); };
  return ReadHar(bytes, events);
}

}  // namespace

Status ReadHar(std::string_view bytes, const HarEvents& events) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::ParseObject(bytes, kLimits));
  ASSIGN_OR_RETURN(const JsonValue log, document.root().GetObject("log"));
  ASSIGN_OR_RETURN(const JsonValue entries, log.GetArray("entries"));
  std::string page_url;
  for (const JsonValue& entry : entries) {
    if (!entry.IsObject()) continue;
    const std::optional<JsonValue> request = entry.Find("request");
    if (page_url.empty() && request && request->IsObject() && SplitUrl(Text(*request, "url"))) {
      page_url = Text(*request, "url");
      RETURN_IF_ERROR(events.start(page_url));
    }
    RETURN_IF_ERROR(ReadEntry(entry, page_url, events));
  }
  return page_url.empty() ? Status(Reason::kMissingMember, "The recording holds no request.") : Status::Ok();
}

Result<Place> SurveyHar(const Search& search, const std::string& path, const std::string& site, int64_t now_seconds) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const int64_t size = file ? static_cast<int64_t>(file.tellg()) : -1;
  if (size < 0 || static_cast<size_t>(size) > kLargestHar) {
    return Status(Reason::kFileUnreadable, path + " cannot be read, or is larger than 512 MiB.");
  }
  std::string bytes(static_cast<size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size)) return Status(Reason::kFileUnreadable, path + " cannot be read.");
  std::optional<SiteBook> book;
  size_t events = 0;
  const auto receive = [&](char kind, std::string_view payload) -> Status {
    if (++events > kMostEvents) return Status(Reason::kBodyTooLarge, "The recording holds too many requests.");
    if (kind == kStart && !book) {
      ASSIGN_OR_RETURN(SiteBook made, SiteBook::Create(search, site.empty() ? std::string(payload) : site));
      book.emplace(std::move(made));
    }
    if (!book) return Status(Reason::kInternal, "The sandbox answered nonsense.");
    ByteReader reader(payload);
    if (kind == kRequest) {
      SiteRequest request;
      for (std::string* text : {&request.url, &request.page_url, &request.type, &request.referer})
        *text = reader.Prefixed();
      request.has_body = reader.U8() != 0;
      book->AddRequest(request);
    } else if (kind == kCookie) {
      const std::string host(reader.Prefixed());
      book->AddSetCookie(reader.Prefixed(), host, now_seconds);
    } else if (kind == kPage) {
      return TakePage(payload, *book);
    }
    return Status::Ok();
  };
  SandboxLimits limits;
  limits.memory_bytes += bytes.size() * 4;
  RETURN_IF_ERROR(RunConfined([&](const SendMessage& send) { return ReadInChild(bytes, send); }, receive, limits));
  if (!book) return Status(Reason::kMissingMember, "The recording holds no request.");
  return book->Finish(book->origin());
}

}  // namespace strongroom::survey
