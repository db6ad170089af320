#include "survey/site.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "redact/text.h"
#include "survey/columns.h"
#include "survey/look.h"
#include "survey/report.h"

namespace strongroom::survey {
namespace {

using detect::Kind;

constexpr size_t kMost = 5000;  // of each sort of thing

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), redact::ToLower);
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What stands in a part of an address, as a person would type it.
std::string Decoded(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  const Result<std::string> decoded = PercentDecode(plain);
  return decoded.ok() ? *decoded : plain;
}

bool IsBelow(const std::string& host, const std::string& above) {
  return host == above ||
         (host.size() > above.size() && host.ends_with(above) && host[host.size() - above.size() - 1] == '.');
}

struct Word {
  const char* word;
  const char* gathers;
  std::optional<Kind> kind;
};

// Tokens of autocomplete; the HTML Standard's list.
const Word kTokens[] = {
    {"name", "PERSON", Kind::kPerson},
    {"given-name", "PERSON", Kind::kPerson},
    {"additional-name", "PERSON", Kind::kPerson},
    {"family-name", "PERSON", Kind::kPerson},
    {"nickname", "PERSON", Kind::kPerson},
    {"username", "USERNAME", std::nullopt},
    {"email", "EMAIL", Kind::kEmail},
    {"tel", "PHONE", Kind::kPhone},
    {"tel-national", "PHONE", Kind::kPhone},
    {"street-address", "STREET_ADDRESS", Kind::kStreetAddress},
    {"address-line1", "STREET_ADDRESS", Kind::kStreetAddress},
    {"address-line2", "STREET_ADDRESS", Kind::kStreetAddress},
    {"postal-code", "STREET_ADDRESS", Kind::kStreetAddress},
    {"bday", "DATE_OF_BIRTH", Kind::kDateOfBirth},
    {"bday-day", "DATE_OF_BIRTH", Kind::kDateOfBirth},
    {"sex", "SEX", std::nullopt},
    {"cc-number", "CREDIT_CARD", Kind::kCreditCard},
    {"cc-name", "PERSON", Kind::kPerson},
    {"cc-csc", "SECRET", Kind::kSecret},
    {"cc-exp", "CREDIT_CARD", Kind::kCreditCard},
    {"current-password", "PASSWORD", std::nullopt},
    {"new-password", "PASSWORD", std::nullopt},
    {"one-time-code", "PASSWORD", std::nullopt},
    {"photo", "PHOTO", std::nullopt},
};

// Words in names and labels: English, Swedish, Chinese.  The first that stands in it decides.
const Word kWords[] = {
    {"email", "EMAIL", Kind::kEmail},
    {"e-mail", "EMAIL", Kind::kEmail},
    {"e-post", "EMAIL", Kind::kEmail},
    {"epost", "EMAIL", Kind::kEmail},
    {"mejl", "EMAIL", Kind::kEmail},
    {"邮箱", "EMAIL", Kind::kEmail},
    {"personnummer", "NATIONAL_ID", Kind::kNationalId},
    {"personal number", "NATIONAL_ID", Kind::kNationalId},
    {"national id", "NATIONAL_ID", Kind::kNationalId},
    {"身份证", "NATIONAL_ID", Kind::kNationalId},
    {"ssn", "US_SSN", Kind::kUsSsn},
    {"social security", "US_SSN", Kind::kUsSsn},
    {"passport", "NATIONAL_ID", Kind::kNationalId},
    {"phone", "PHONE", Kind::kPhone},
    {"telefon", "PHONE", Kind::kPhone},
    {"mobil", "PHONE", Kind::kPhone},
    {"电话", "PHONE", Kind::kPhone},
    {"手机", "PHONE", Kind::kPhone},
    {"birth", "DATE_OF_BIRTH", Kind::kDateOfBirth},
    {"födelse", "DATE_OF_BIRTH", Kind::kDateOfBirth},
    {"生日", "DATE_OF_BIRTH", Kind::kDateOfBirth},
    {"card number", "CREDIT_CARD", Kind::kCreditCard},
    {"cardnumber", "CREDIT_CARD", Kind::kCreditCard},
    {"kortnummer", "CREDIT_CARD", Kind::kCreditCard},
    {"iban", "IBAN", Kind::kIban},
    {"street", "STREET_ADDRESS", Kind::kStreetAddress},
    {"address", "STREET_ADDRESS", Kind::kStreetAddress},
    {"adress", "STREET_ADDRESS", Kind::kStreetAddress},
    {"地址", "STREET_ADDRESS", Kind::kStreetAddress},
    {"postcode", "STREET_ADDRESS", Kind::kStreetAddress},
    {"first name", "PERSON", Kind::kPerson},
    {"firstname", "PERSON", Kind::kPerson},
    {"last name", "PERSON", Kind::kPerson},
    {"lastname", "PERSON", Kind::kPerson},
    {"surname", "PERSON", Kind::kPerson},
    {"full name", "PERSON", Kind::kPerson},
    {"fullname", "PERSON", Kind::kPerson},
    {"your name", "PERSON", Kind::kPerson},
    {"förnamn", "PERSON", Kind::kPerson},
    {"efternamn", "PERSON", Kind::kPerson},
    {"姓名", "PERSON", Kind::kPerson},
    {"password", "PASSWORD", std::nullopt},
    {"lösenord", "PASSWORD", std::nullopt},
};

// Names as words: "firstName", "first_name" and "first-name" are "first name".
std::string Words(std::string_view name) {
  std::string words;
  for (const char c : name) {
    if (redact::IsUpper(c) && !words.empty() && words.back() != ' ' && redact::IsLower(words.back())) words += ' ';
    words += c == '_' || c == '-' || c == '.' || c == '[' || c == ']' ? ' ' : c;
    if (redact::IsUpper(c)) words.back() = redact::ToLower(c);
  }
  return std::string(Trimmed(words));
}

void Set(FormField& field, const Word& word) {
  field.gathers = word.gathers;
  field.kind = word.kind;
}

int64_t NumberIn(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "Wed, 21 Oct 2026 07:28:00 GMT" and its older spellings, in seconds since 1970; 0 when it is none.
int64_t HttpDate(std::string_view text) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  int64_t day = 0;
  int64_t month = 0;
  int64_t year = 0;
  int64_t clock[3] = {0, 0, 0};
  std::string token;
  const auto take = [&] {
    const size_t found = token.size() >= 3 ? kMonths.find(Lower(std::string_view(token).substr(0, 3))) : kMonths.npos;
    const size_t colon = token.find(':');
    if (colon != std::string::npos) {
      clock[0] = NumberIn(token);
      clock[1] = NumberIn(std::string_view(token).substr(colon + 1));
      const size_t second = token.find(':', colon + 1);
      clock[2] = second == std::string::npos ? 0 : NumberIn(std::string_view(token).substr(second + 1));
    } else if (!token.empty() && redact::IsDigit(token[0])) {
      (day == 0 ? day : year) = NumberIn(token);
    } else if (found != kMonths.npos && found % 3 == 0) {
      month = static_cast<int64_t>(found) / 3 + 1;
    }
    token.clear();
  };
  for (const char c : text) {
    if (c == ' ' || c == ',' || c == '-') {
      take();
    } else {
      token += c;
    }
  }
  take();
  if (day < 1 || day > 31 || month < 1 || year < 0 || year > 9999) return 0;
  if (clock[0] < 0 || clock[0] > 23 || clock[1] < 0 || clock[1] > 59 || clock[2] < 0 || clock[2] > 60) return 0;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  // Days of the civil calendar, by the usual reckoning from March.
  const int64_t y = year - (month <= 2 ? 1 : 0);
  const int64_t era = y / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  return days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
}

}  // namespace

std::string UrlParts::Origin() const {
  const bool usual = port.empty() || (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return scheme + "://" + shown + (usual ? "" : ":" + port);
}

std::optional<UrlParts> SplitUrl(std::string_view url) {
  UrlParts parts;
  const size_t colon = url.find("://");
  if (colon == url.npos || url.size() > (size_t{1} << 20)) return std::nullopt;
  parts.scheme = Lower(url.substr(0, colon));
  if (parts.scheme != "http" && parts.scheme != "https") return std::nullopt;
  url.remove_prefix(colon + 3);
  url = url.substr(0, url.find('#'));
  const size_t end = std::min(url.find_first_of("/?"), url.size());
  std::string_view authority = url.substr(0, end);
  url.remove_prefix(end);
  if (const size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  const size_t bracket = authority.find(']');
  const size_t port = authority.find(':', bracket == authority.npos ? 0 : bracket);
  parts.host = Lower(authority.substr(0, port));
  if (port != authority.npos) parts.port = authority.substr(port + 1);
  if (parts.host.starts_with('[') && parts.host.ends_with(']'))
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  if (parts.host.empty() || !std::all_of(parts.port.begin(), parts.port.end(), redact::IsDigit)) return std::nullopt;
  const size_t question = url.find('?');
  parts.path = url.substr(0, question);
  if (parts.path.empty()) parts.path = "/";
  if (question != url.npos) parts.query = url.substr(question + 1);
  return parts;
}

void GuessField(FormField& field) {
  const std::string type = Lower(field.type);
  for (const char* idle : {"submit", "button", "reset", "checkbox", "radio", "image", "range", "color"}) {
    if (type == idle) return;
  }
  const std::string autocomplete = " " + Lower(field.autocomplete) + " ";
  for (const Word& token : kTokens) {
    if (autocomplete.find(" " + std::string(token.word) + " ") != std::string::npos) return Set(field, token);
  }
  if (type == "email") return Set(field, {"", "EMAIL", Kind::kEmail});
  if (type == "tel") return Set(field, {"", "PHONE", Kind::kPhone});
  if (type == "password") return Set(field, {"", "PASSWORD", std::nullopt});
  const std::string name = " " + Words(field.name) + " " + Lower(field.label) + " ";
  for (const Word& word : kWords) {
    if (name.find(word.word) != std::string::npos) return Set(field, word);
  }
  if (Words(field.name) == "name" || Lower(field.label) == "name" || Lower(field.label) == "namn") {
    return Set(field, {"", "PERSON", Kind::kPerson});
  }
  // People write about people.
  if (type == "textarea") return Set(field, {"", "FREE_TEXT", std::nullopt});
  if (type == "file") return Set(field, {"", "FILE", std::nullopt});
}

SiteBook::SiteBook(const Search& search, std::string origin, std::string host)
    : search_(search), host_(std::move(host)) {
  site_.origin = std::move(origin);
  site_host_ = host_.starts_with("www.") ? host_.substr(4) : host_;
}

Result<SiteBook> SiteBook::Create(const Search& search, const std::string& start_url) {
  const std::optional<UrlParts> parts = SplitUrl(start_url);
  if (!parts) return Status(Reason::kInvalidArgument, "A site is named by its address: https://www.example.com.");
  return SiteBook(search, parts->Origin(), parts->host);
}

bool SiteBook::IsOwn(const std::string& host) const { return IsBelow(host, site_host_); }

void SiteBook::LookIntoAddress(const std::string& url, const std::string& told) {
  const std::optional<UrlParts> parts = SplitUrl(url);
  if (!parts) return;
  std::vector<detect::Finding> findings;
  const auto look = [&](const std::string& where, const std::string& text, std::string_view heading) {
    search_.finder->Find(text, heading, findings);
    for (const detect::Finding& finding : findings) {
      if (finding.score < search_.selection.min_score || !search_.selection.kinds.Has(finding.kind)) continue;
      if (told_.size() >= kMost && !told_.contains({told, where})) return;
      auto& [count, samples] = told_[{told, where}][{finding.kind, std::string(finding.subtype)}];
      ++count;
      std::string masked = MaskedSample(finding.kind, text, finding.begin, finding.end);
      if (samples.size() < kMostSamples && std::find(samples.begin(), samples.end(), masked) == samples.end())
        samples.push_back(std::move(masked));
    }
  };
  look("path", Decoded(parts->path), {});
  std::string_view query = parts->query;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    const std::string name = Decoded(pair.substr(0, equals));
    // A name that is no plain word may itself be somebody's.
    const bool plain = !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
      return redact::IsAlnum(c) || c == '_' || c == '-' || c == '.';
    });
    look("query " + (plain ? name : std::string("?")), Decoded(equals == pair.npos ? pair : pair.substr(equals + 1)),
         plain ? std::string_view(name) : std::string_view());
  }
}

void SiteBook::AddRequest(const SiteRequest& request) {
  const std::optional<UrlParts> parts = SplitUrl(request.url);
  if (!parts) return;
  ++site_.requests;
  const bool own = IsOwn(parts->host);
  LookIntoAddress(request.url, own ? std::string() : parts->host);
  if (own) return;
  if (third_parties_.size() >= kMost && !third_parties_.contains(parts->host)) return;
  ThirdParty& third = third_parties_[parts->host];
  third.host = Shown(parts->host);
  ++third.requests;
  if (third.types.size() < 20) third.types.insert(Shown(Lower(request.type), 20));
  const std::optional<UrlParts> referer = SplitUrl(request.referer);
  if (!referer || (referer->path == "/" && referer->query.empty())) return;
  ++third.with_address;
  LookIntoAddress(request.referer, parts->host + " (Referer)");
}

void SiteBook::AddCookie(Cookie cookie) {
  if (cookie.domain.starts_with('.')) cookie.domain.erase(0, 1);
  cookie.domain = Shown(Lower(cookie.domain));
  for (std::string* text : {&cookie.name, &cookie.path, &cookie.same_site}) *text = Shown(*text, 100);
  cookie.third_party = !IsOwn(cookie.domain) && !IsBelow(host_, cookie.domain);
  const std::string key = cookie.domain + "\n" + cookie.path + "\n" + cookie.name;
  if (cookies_.size() < kMost || cookies_.contains(key)) cookies_[key] = std::move(cookie);
}

void SiteBook::AddSetCookie(std::string_view header, const std::string& host, int64_t now_seconds) {
  Cookie cookie;
  cookie.domain = host;
  cookie.path = "/";
  const size_t equals = header.find('=');
  const size_t semicolon = std::min(header.find(';'), header.size());
  if (equals == header.npos || equals > semicolon) return;
  cookie.name = Trimmed(header.substr(0, equals));
  header.remove_prefix(std::min(semicolon + 1, header.size()));
  bool max_age = false;
  while (!header.empty()) {
    const std::string_view attribute = Trimmed(header.substr(0, header.find(';')));
    header.remove_prefix(
        std::min(header.find(';') == header.npos ? header.size() : header.find(';') + 1, header.size()));
    const size_t sign = attribute.find('=');
    const std::string name = Lower(Trimmed(attribute.substr(0, sign)));
    const std::string_view value = sign == attribute.npos ? std::string_view() : Trimmed(attribute.substr(sign + 1));
    if (name == "max-age") {
      max_age = true;
      cookie.lifetime_seconds = std::max<int64_t>(NumberIn(value), 0);
    } else if (name == "expires" && !max_age) {
      const int64_t until = HttpDate(value);
      cookie.lifetime_seconds = until > now_seconds ? until - now_seconds : 0;
    } else if (name == "domain" && !value.empty()) {
      cookie.domain = value;
    } else if (name == "path" && !value.empty()) {
      cookie.path = value;
    } else if (name == "secure") {
      cookie.secure = true;
    } else if (name == "httponly") {
      cookie.http_only = true;
    } else if (name == "samesite") {
      cookie.same_site = value;
    }
  }
  AddCookie(std::move(cookie));
}

void SiteBook::AddForm(Form form, const std::string& page_url, const std::string& action_url) {
  const std::optional<UrlParts> page = SplitUrl(page_url);
  const std::optional<UrlParts> action = SplitUrl(action_url);
  Item ignored;
  form.page = page ? NameForReport(search_, Decoded(page->path), ignored) : "?";
  if (action) form.action_host = Shown(action->host);
  form.page = Shown(form.page);
  form.third_party = action && !IsOwn(action->host);
  std::string key = form.page + "\n" + form.action_host;
  for (FormField& field : form.fields) {
    GuessField(field);
    for (std::string* text : {&field.name, &field.type, &field.autocomplete, &field.label}) *text = Shown(*text, 100);
    key += "\n" + field.name;
  }
  if (forms_.size() < kMost) forms_.try_emplace(std::move(key), std::move(form));
}

Place SiteBook::Finish(const std::string& name) const {
  Place place;
  place.name = name;
  place.kind = "web site";
  Site site = site_;
  for (const auto& [key, cookie] : cookies_) site.cookies.push_back(cookie);
  for (const auto& [host, third] : third_parties_) {
    site.third_parties.push_back(third);
    site.third_parties.back().sets_cookies = std::any_of(
        site.cookies.begin(), site.cookies.end(),
        [&, own = &host](const Cookie& cookie) { return IsBelow(*own, cookie.domain) && cookie.third_party; });
  }
  for (const auto& [key, form] : forms_) {
    site.forms.push_back(form);
    Item item;
    item.name = "form on " + form.page;
    item.what = "form";
    for (const FormField& field : form.fields) {
      if (!field.kind) continue;
      Holding& holding = HoldingOf(FieldOf(item, field.name.empty() ? field.gathers : field.name), *field.kind, {});
      ++holding.finds;
      holding.score = 1;
    }
    TakeItem(place, std::move(item));
  }
  for (const auto& [told, kinds] : told_) {
    const auto& [to, where] = told;
    Item item;
    item.name = to.empty() ? "addresses of the site" : "told to " + to;
    item.what = "address";
    Field field;
    field.name = where;
    for (const auto& [kind, seen] : kinds) {
      Holding& holding = HoldingOf(field, kind.first, kind.second);
      holding.finds = seen.first;
      holding.score = 1;
      holding.samples = seen.second;
    }
    item.fields.push_back(std::move(field));
    TakeItem(place, std::move(item));
  }
  place.items_read = site.pages;
  place.site = std::move(site);
  return place;
}

}  // namespace strongroom::survey
