// A web site as a browser saw it: cookies, requests to others, forms, personal data in addresses.  The same from a
// crawl (crawl.h) and from a recording (har.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "detect/finding.h"

namespace strongroom::survey {

struct Search;
struct Place;

struct Cookie {
  std::string name;  // never its value
  std::string domain;
  std::string path = {};
  int64_t lifetime_seconds = 0;  // 0: until the browser closes
  bool http_only = false;
  bool secure = false;
  std::string same_site = {};  // "Strict", "Lax", "None"; empty: not said
  bool third_party = false;
};

struct ThirdParty {
  std::string host;
  std::set<std::string> types = {};  // "script", "image", "xhr"
  uint64_t requests = 0;
  uint64_t with_address = 0;  // that told it which page was looked at (a Referer with more than the origin)
  bool sets_cookies = false;
};

struct FormField {
  std::string name;
  std::string type = {};          // "email", "text", "password"
  std::string autocomplete = {};  // "given-name"
  std::string label = {};
  std::optional<detect::Kind> kind = {};  // what it gathers; nothing personal when empty
  std::string gathers = {};               // "EMAIL", "PASSWORD", "FREE_TEXT"; empty: nothing personal
};
struct Form {
  std::string page;    // its path, masked
  std::string method;  // "get", "post"
  std::string action_host = {};
  bool third_party = false;    // what is typed goes to another site
  bool notice = false;         // a link about privacy stands on the page
  bool notice_inside = false;  // or in the form itself
  std::vector<FormField> fields = {};
  bool gathers_personal() const {
    for (const FormField& field : fields) {
      if (!field.gathers.empty()) return true;
    }
    return false;
  }
};

struct Site {
  std::string origin;  // "https://www.example.com"
  uint64_t pages = 0;
  uint64_t requests = 0;
  std::vector<Cookie> cookies = {};
  std::vector<ThirdParty> third_parties = {};
  std::vector<Form> forms = {};
};

// One request of a page, as a browser sent it.
struct SiteRequest {
  std::string url;
  std::string page_url;  // the page it was sent for
  std::string type;      // "document", "script" …
  std::string referer;
  bool has_body = false;
};

// Gathers what was seen and makes a place of it.  Everything given to it is a stranger's.  One thread.
class SiteBook {
 public:
  // kInvalidArgument: `start_url` is no http or https address.
  static Result<SiteBook> Create(const Search& search, const std::string& start_url);

  void AddPage() { ++site_.pages; }
  void AddRequest(const SiteRequest& request);
  void AddCookie(Cookie cookie);
  // `now_seconds`: since 1970.  A Set-Cookie header (RFC 6265) of an answer from `host`.
  void AddSetCookie(std::string_view header, const std::string& host, int64_t now_seconds);
  void AddForm(Form form, const std::string& page_url, const std::string& action_url);

  const std::string& origin() const { return site_.origin; }
  // The address belongs to the site that is looked at: its host, or one below it.
  bool IsOwn(const std::string& host) const;
  // Items for forms and addresses; cookies and third parties.
  Place Finish(const std::string& name) const;

 private:
  SiteBook(const Search& search, std::string origin, std::string host);
  void LookIntoAddress(const std::string& url, const std::string& told);

  const Search& search_;
  Site site_;
  std::string host_;
  std::string site_host_;  // without "www."
  std::map<std::string, ThirdParty> third_parties_;
  std::map<std::string, Cookie> cookies_;
  std::map<std::string, Form> forms_;
  // By who was told ("" this site itself) and where it stood: "query email".
  std::map<std::pair<std::string, std::string>,
           std::map<std::pair<detect::Kind, std::string>, std::pair<uint64_t, std::vector<std::string>>>>
      told_;
};

// The parts of an address, lower case where case means nothing; nothing when it is no http(s) address.
struct UrlParts {
  std::string scheme, host, port, path, query;
  std::string Origin() const;
};
std::optional<UrlParts> SplitUrl(std::string_view url);

// What a form's field gathers, by its type, autocomplete (HTML Standard, "autofill") and names.
void GuessField(FormField& field);

}  // namespace strongroom::survey
