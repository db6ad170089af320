#include "survey/page_forms.h"

#include <algorithm>
#include <map>
#include <optional>

#include "redact/text.h"

namespace strongroom::survey {
namespace {

constexpr size_t kMostForms = 100;
constexpr size_t kMostFields = 200;
constexpr size_t kLongestName = 100;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), redact::ToLower);
  return lower;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Links behind which a notice is expected: English, Swedish, German, Chinese.
bool IsAboutPrivacy(std::string_view text) {
  const std::string lower = Lower(text);
  for (const char* word :
       {"privacy", "integritet", "personuppgift", "dataskydd", "datenschutz", "gdpr", "隐私", "個人"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

struct Tag {
  std::string name;  // in lower case; of an end tag with its "/"
  std::map<std::string, std::string, std::less<>> attributes;

  std::string Get(std::string_view attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? std::string() : found->second.substr(0, kLongestName);
  }
};

// Tags and the text between them, one after the other.
class Tags {
 public:
  explicit Tags(std::string_view html) : html_(html) {}

  // Nothing at the end.  `text` is what stood before the tag.
  std::optional<Tag> Next(std::string_view& text) {
    while (at_ < html_.size()) {
      const size_t begin = html_.find('<', at_);
      text = html_.substr(at_, std::min(begin, html_.size()) - at_);
      if (begin == html_.npos) break;
      at_ = begin + 1;
      if (html_.substr(at_).starts_with("!--")) {
        const size_t end = html_.find("-->", at_);
        at_ = end == html_.npos ? html_.size() : end + 3;
        continue;
      }
      if (at_ >= html_.size() || !(redact::IsLetter(html_[at_]) || html_[at_] == '/')) continue;
      Tag tag = Read();
      if (tag.name == "script" || tag.name == "style") SkipTo("</" + tag.name);
      return tag;
    }
    return std::nullopt;
  }

 private:
  void SkipTo(const std::string& end) {
    while (at_ < html_.size()) {
      at_ = html_.find("</", at_);
      if (at_ == html_.npos) break;
      if (Lower(html_.substr(at_, end.size())) == end) return;
      at_ += 2;
    }
    at_ = std::min(at_, html_.size());
  }

  Tag Read() {
    Tag tag;
    const size_t begin = at_;
    while (at_ < html_.size() && !IsSpace(html_[at_]) && html_[at_] != '>' && (html_[at_] != '/' || at_ == begin))
      ++at_;
    tag.name = Lower(html_.substr(begin, std::min(at_ - begin, kLongestName)));
    while (at_ < html_.size() && html_[at_] != '>') {
      while (at_ < html_.size() && (IsSpace(html_[at_]) || html_[at_] == '/')) ++at_;
      const size_t name = at_;
      while (at_ < html_.size() && !IsSpace(html_[at_]) && html_[at_] != '>' && html_[at_] != '=' &&
             html_[at_] != '/') {
        ++at_;
      }
      const std::string key = Lower(html_.substr(name, std::min(at_ - name, kLongestName)));
      while (at_ < html_.size() && IsSpace(html_[at_])) ++at_;
      std::string_view value;
      if (at_ < html_.size() && html_[at_] == '=') {
        ++at_;
        value = Value();
      } else if (key.empty() && at_ < html_.size() && html_[at_] != '>') {
        ++at_;  // a stray character
      }
      if (!key.empty() && tag.attributes.size() < 50) tag.attributes.emplace(key, value.substr(0, 4096));
    }
    if (at_ < html_.size()) ++at_;
    return tag;
  }

  std::string_view Value() {
    while (at_ < html_.size() && IsSpace(html_[at_])) ++at_;
    if (at_ >= html_.size()) return {};
    const char quote = html_[at_];
    if (quote == '"' || quote == '\'') {
      const size_t end = std::min(html_.find(quote, at_ + 1), html_.size());
      const std::string_view value = html_.substr(at_ + 1, end - at_ - 1);
      at_ = std::min(end + 1, html_.size());
      return value;
    }
    const size_t begin = at_;
    while (at_ < html_.size() && !IsSpace(html_[at_]) && html_[at_] != '>') ++at_;
    return html_.substr(begin, at_ - begin);
  }

  std::string_view html_;
  size_t at_ = 0;
};

std::string Squeezed(std::string_view text) {
  std::string squeezed;
  for (const char c : text.substr(0, 400)) {
    if (!IsSpace(c)) {
      squeezed += c;
    } else if (!squeezed.empty() && squeezed.back() != ' ') {
      squeezed += ' ';
    }
  }
  while (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed.substr(0, kLongestName);
}

// Follows a page's tags.
class Reader {
 public:
  PageForms Read(std::string_view html) {
    Tags tags(html);
    std::string_view text;
    while (std::optional<Tag> tag = tags.Next(text)) {
      if (in_label_) label_ += text;
      if (in_link_) link_ += text.substr(0, 200);
      Take(*tag);
    }
    Close();
    if (!outside_.form.fields.empty()) page_.forms.push_back(std::move(outside_));
    for (PageForm& form : page_.forms) {
      form.form.notice = page_.notice;
      for (size_t i = 0; i < form.form.fields.size(); ++i) {
        FormField& field = form.form.fields[i];
        const auto label = labels_.find(field.label);
        if (label != labels_.end()) {
          field.label = label->second;
        } else if (field.label.starts_with('#')) {
          field.label.clear();
        }
      }
    }
    return std::move(page_);
  }

 private:
  void Close() {
    if (!in_form_) return;
    in_form_ = false;
    if (page_.forms.size() < kMostForms) page_.forms.push_back(std::move(form_));
    form_ = {};
  }

  void Take(const Tag& tag) {
    if (tag.name == "form") {
      Close();
      in_form_ = true;
      form_.form.method = Lower(tag.Get("method")) == "post" ? "post" : "get";
      form_.action = tag.Get("action");
    } else if (tag.name == "/form") {
      Close();
    } else if (tag.name == "label") {
      in_label_ = true;
      label_.clear();
      label_for_ = "#" + tag.Get("for");
    } else if (tag.name == "/label") {
      EndLabel();
    } else if (tag.name == "a") {
      in_link_ = true;
      link_ = tag.Get("href") + " ";
    } else if (tag.name == "/a") {
      in_link_ = false;
      if (IsAboutPrivacy(link_)) {
        page_.notice = true;
        if (in_form_) form_.form.notice_inside = true;
      }
    } else if (tag.name == "input" || tag.name == "select" || tag.name == "textarea") {
      AddField(tag);
    }
  }

  void EndLabel() {
    in_label_ = false;
    const std::string text = Squeezed(label_);
    if (label_for_.size() > 1) labels_.emplace(label_for_, text);
    // A label around its field.
    PageForm& form = in_form_ ? form_ : outside_;
    if (label_for_.size() == 1 && field_in_label_ && !form.form.fields.empty()) form.form.fields.back().label = text;
    field_in_label_ = false;
  }

  void AddField(const Tag& tag) {
    PageForm& form = in_form_ ? form_ : outside_;
    FormField field;
    field.name = tag.Get("name").empty() ? tag.Get("id") : tag.Get("name");
    field.type = tag.name == "input" ? Lower(tag.Get("type")) : tag.name;
    if (field.type.empty()) field.type = "text";
    field.autocomplete = tag.Get("autocomplete");
    if (field.type == "hidden" || form.form.fields.size() >= kMostFields) return;
    field.label = tag.Get("id").empty() ? tag.Get("placeholder") : "#" + tag.Get("id");
    if (!tag.Get("aria-label").empty()) field.label = Squeezed(tag.Get("aria-label"));
    form.form.fields.push_back(std::move(field));
    field_in_label_ = in_label_;
  }

  PageForms page_;
  PageForm form_;
  PageForm outside_;
  std::map<std::string, std::string> labels_;  // by "#id"
  std::string label_;
  std::string label_for_;
  std::string link_;
  bool in_form_ = false;
  bool in_label_ = false;
  bool in_link_ = false;
  bool field_in_label_ = false;
};

}  // namespace

PageForms FormsOfPage(std::string_view html) { return Reader().Read(html); }

std::string ActionUrl(std::string_view page_url, std::string_view action) {
  if (SplitUrl(action)) return std::string(action);
  const std::optional<UrlParts> page = SplitUrl(page_url);
  if (!page) return {};
  if (action.starts_with("//")) return page->scheme + ":" + std::string(action);
  if (action.starts_with("/")) return page->Origin() + std::string(action);
  return page->Origin() + page->path;
}

}  // namespace strongroom::survey
