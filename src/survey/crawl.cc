#include "survey/crawl.h"

#include <algorithm>
#include <ctime>
#include <deque>
#include <set>

#include "base/json_writer.h"
#include "survey/browser.h"
#include "survey/page_forms.h"
#include "survey/site.h"

namespace strongroom::survey {
namespace {

constexpr int64_t kAnswerMillis = 20'000;
constexpr int64_t kLoadMillis = 20'000;
constexpr size_t kMostWaiting = 10'000;

int64_t MonotonicMillis() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::string Text(const JsonValue& object, std::string_view name) {
  const Result<std::string_view> text = object.GetString(name);
  return text.ok() ? std::string(*text) : std::string();
}

bool Truth(const JsonValue& object, std::string_view name) {
  const Result<bool> truth = object.GetBool(name);
  return truth.ok() && *truth;
}

std::string OneMember(std::string_view name, std::string_view value) {
  Bytes params;
  JsonWriter(params).BeginObject().String(name, value).EndObject();
  return params;
}

// Links that do something.
bool IsDangerous(const UrlParts& parts) {
  std::string text = parts.path + "?" + parts.query;
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  for (const char* word : {"logout", "log-out", "signout", "sign-out", "delete", "remove", "unsubscribe", "loggaut"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

class Crawl {
 public:
  Crawl(SiteBook& book, const CrawlOptions& options, const Surveying& how, int64_t now_seconds)
      : book_(book), options_(options), how_(how), now_seconds_(now_seconds) {}

  Status Run(const std::string& start, bool& complete) {
    ASSIGN_OR_RETURN(
        browser_, Browser::Start(options_.browser,
                                 [this](std::string_view method, const JsonValue& params) { Take(method, params); }));
    RETURN_IF_ERROR(OpenPage());
    const int64_t until = MonotonicMillis() + options_.seconds * 1000;
    Add(start);
    int64_t pages = 0;
    while (!waiting_.empty()) {
      complete = pages < options_.pages && MonotonicMillis() < until && !how_.MustStop();
      if (!complete) break;
      const std::string url = std::move(waiting_.front());
      waiting_.pop_front();
      const Status looked = LookInto(url);
      if (looked.reason() == Reason::kServerUnreachable) return looked;
      ++pages;
      if (how_.progress) how_.progress({0, static_cast<uint64_t>(pages), {}});
      if (how_.sleep && options_.pause_millis > 0 && !waiting_.empty()) how_.sleep(options_.pause_millis);
    }
    return TakeCookies();
  }

 private:
  // A tab, and what is to be told of it.
  Status OpenPage() {
    ASSIGN_OR_RETURN(const JsonDocument made,
                     browser_->Ask("Target.createTarget", OneMember("url", "about:blank"), kAnswerMillis));
    ASSIGN_OR_RETURN(const JsonValue target, made.root().GetObject("result"));
    Bytes params;
    JsonWriter(params).BeginObject().String("targetId", Text(target, "targetId")).Bool("flatten", true).EndObject();
    ASSIGN_OR_RETURN(const JsonDocument attached, browser_->Ask("Target.attachToTarget", params, kAnswerMillis));
    ASSIGN_OR_RETURN(const JsonValue session, attached.root().GetObject("result"));
    // Nothing is saved to this machine.
    RETURN_IF_ERROR(
        browser_->Ask("Browser.setDownloadBehavior", OneMember("behavior", "deny"), kAnswerMillis).status());
    browser_->set_session(Text(session, "sessionId"));
    for (const char* domain : {"Network.enable", "Page.enable"}) {
      RETURN_IF_ERROR(browser_->Ask(domain, "{}", kAnswerMillis).status());
    }
    return Status::Ok();
  }

  void Add(const std::string& url) {
    const std::optional<UrlParts> parts = SplitUrl(url);
    if (!parts || parts->Origin() != book_.origin() || IsDangerous(*parts) || seen_.size() >= kMostWaiting) return;
    const std::string whole = parts->Origin() + parts->path + (parts->query.empty() ? "" : "?" + parts->query);
    if (seen_.insert(whole).second) waiting_.push_back(whole);
  }

  void Take(std::string_view method, const JsonValue& params) {
    if (method == "Page.loadEventFired") loaded_ = true;
    if (method == "Page.javascriptDialogOpening") dialog_ = true;
    if (method != "Network.requestWillBeSent") return;
    const Result<JsonValue> request = params.GetObject("request");
    if (!request.ok()) return;
    SiteRequest seen;
    seen.url = Text(*request, "url");
    seen.page_url = Text(params, "documentURL");
    seen.type = Text(params, "type");
    seen.has_body = Truth(*request, "hasPostData");
    const Result<JsonValue> headers = request->GetObject("headers");
    if (headers.ok()) {
      seen.referer = Text(*headers, "Referer");
      if (seen.referer.empty()) seen.referer = Text(*headers, "referer");
    }
    book_.AddRequest(seen);
  }

  Status LookInto(const std::string& url) {
    loaded_ = false;
    ASSIGN_OR_RETURN(const JsonDocument went, browser_->Ask("Page.navigate", OneMember("url", url), kLoadMillis));
    ASSIGN_OR_RETURN(const JsonValue result, went.root().GetObject("result"));
    if (result.Find("errorText")) {
      return Status(Reason::kRequestTimeout, "the page does not load");
    }
    const std::string frame = Text(result, "frameId");
    RETURN_IF_ERROR(browser_->Listen(kLoadMillis, [&] { return loaded_ || dialog_ || how_.MustStop(); }));
    if (std::exchange(dialog_, false)) {
      browser_->Ask("Page.handleJavaScriptDialog", "{\"accept\":false}", kAnswerMillis).status().IgnoreError();
    }
    RETURN_IF_ERROR(browser_->Listen(options_.settle_millis, [&] { return how_.MustStop(); }));
    book_.AddPage();
    // A world of its own: what the page did to its own functions is not seen there.
    Bytes params;
    JsonWriter(params).BeginObject().String("frameId", frame).String("worldName", "survey").EndObject();
    ASSIGN_OR_RETURN(const JsonDocument world, browser_->Ask("Page.createIsolatedWorld", params, kAnswerMillis));
    ASSIGN_OR_RETURN(const JsonValue made, world.root().GetObject("result"));
    ASSIGN_OR_RETURN(const int64_t context, made.GetInt("executionContextId"));
    ASSIGN_OR_RETURN(const std::string address, Evaluate("document.location.href", context));
    const std::optional<UrlParts> parts = SplitUrl(address);
    if (!parts || parts->Origin() != book_.origin()) return Status::Ok();  // it led elsewhere
    ASSIGN_OR_RETURN(const std::string links,
                     Evaluate("[...document.querySelectorAll('a[href]')].slice(0, 2000).map((a) => "
                              "String(a.href).slice(0, 4000)).join('\\n')",
                              context));
    for (size_t begin = 0; begin < links.size();) {
      const size_t end = std::min(links.find('\n', begin), links.size());
      Add(links.substr(begin, end - begin));
      begin = end + 1;
    }
    ASSIGN_OR_RETURN(const std::string html,
                     Evaluate("(document.documentElement?.outerHTML ?? '').slice(0, 8000000)", context));
    PageForms page = FormsOfPage(html);
    for (PageForm& form : page.forms) book_.AddForm(std::move(form.form), address, ActionUrl(address, form.action));
    return Status::Ok();
  }

  Result<std::string> Evaluate(std::string_view expression, int64_t context) {
    Bytes params;
    JsonWriter json(params);
    json.BeginObject().String("expression", expression).Int("contextId", context).Bool("returnByValue", true);
    json.Int("timeout", 5000).EndObject();
    ASSIGN_OR_RETURN(const JsonDocument answer, browser_->Ask("Runtime.evaluate", params, kAnswerMillis));
    ASSIGN_OR_RETURN(const JsonValue outer, answer.root().GetObject("result"));
    ASSIGN_OR_RETURN(const JsonValue inner, outer.GetObject("result"));
    ASSIGN_OR_RETURN(const std::string_view value, inner.GetString("value"));
    return std::string(value);
  }

  Status TakeCookies() {
    ASSIGN_OR_RETURN(const JsonDocument answer, browser_->Ask("Network.getAllCookies", "{}", kAnswerMillis));
    ASSIGN_OR_RETURN(const JsonValue result, answer.root().GetObject("result"));
    ASSIGN_OR_RETURN(const JsonValue cookies, result.GetArray("cookies"));
    for (const JsonValue& seen : cookies) {
      if (!seen.IsObject()) continue;
      Cookie cookie;
      cookie.name = Text(seen, "name");
      cookie.domain = Text(seen, "domain");
      cookie.path = Text(seen, "path");
      cookie.http_only = Truth(seen, "httpOnly");
      cookie.secure = Truth(seen, "secure");
      cookie.same_site = Text(seen, "sameSite");
      const Result<double> expires = seen.GetDouble("expires");
      if (expires.ok() && *expires > static_cast<double>(now_seconds_) && *expires < 1e11) {
        cookie.lifetime_seconds = static_cast<int64_t>(*expires) - now_seconds_;
      }
      book_.AddCookie(std::move(cookie));
    }
    return Status::Ok();
  }

  SiteBook& book_;
  const CrawlOptions& options_;
  const Surveying& how_;
  const int64_t now_seconds_;
  std::unique_ptr<Browser> browser_;
  std::deque<std::string> waiting_;
  std::set<std::string> seen_;
  bool loaded_ = false;
  bool dialog_ = false;
};

}  // namespace

Result<Place> SurveySite(const std::string& url, const CrawlOptions& options, const Surveying& how,
                         int64_t now_seconds) {
  ASSIGN_OR_RETURN(SiteBook book, SiteBook::Create(how.search, url));
  bool complete = true;
  Crawl crawl(book, options, how, now_seconds);
  RETURN_IF_ERROR(crawl.Run(url, complete));
  Place place = book.Finish(book.origin());
  if (!complete && how.MustStop()) {
    place.complete = false;
    place.failure = "broken off";
  } else if (!complete) {
    Item further;
    further.name = "further pages";
    further.what = "page";
    further.state = ItemState::kNotLookedInto;
    further.reason = "the limit of pages or of time was reached";
    TakeItem(place, std::move(further));
  }
  return place;
}

}  // namespace strongroom::survey
