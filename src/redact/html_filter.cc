#include "redact/html_filter.h"

#include <algorithm>

#include "redact/marks.h"
#include "redact/text.h"
#include "redact/text_filter.h"

namespace strongroom::redact {
namespace {

constexpr size_t kLongestHeading = 60;
constexpr size_t kLongestBlock = size_t{1} << 20;  // a longer text is searched in pieces
constexpr size_t kBeginningSize = 64;

// Elements inside a line of text.
constexpr std::string_view kInline[] = {"a",    "abbr", "acronym", "b",    "bdi",   "bdo",  "big",    "cite",   "code",
                                        "data", "del",  "dfn",     "em",   "font",  "i",    "ins",    "kbd",    "mark",
                                        "nobr", "q",    "s",       "samp", "small", "span", "strike", "strong", "sub",
                                        "sup",  "time", "tt",      "u",    "var",   "wbr"};
// Attributes that hold no text of people.
constexpr std::string_view kTechnical[] = {
    "class",   "style",   "id",        "type",   "rel",     "lang",  "charset",   "width",  "height",
    "border",  "colspan", "rowspan",   "method", "enctype", "role",  "tabindex",  "align",  "valign",
    "bgcolor", "color",   "face",      "size",   "for",     "xmlns", "integrity", "nonce",  "d",
    "viewbox", "points",  "transform", "fill",   "stroke",  "sizes", "media",     "version"};

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::string_view (&names)[kCount]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsNameEnd(char c) { return IsSpace(c) || c == '>' || c == '/'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool EndsWithElementEnd(std::string_view raw, std::string_view element) {
  if (raw.size() < element.size() + 2) return false;
  const std::string_view end = raw.substr(raw.size() - element.size() - 2);
  return end.starts_with("</") && Lower(end.substr(2)) == element;
}

}  // namespace

void HtmlFilter::EndTextSegment(size_t end, Coding coding) {
  if (end <= text_begin_) return;
  if (value_ == kNoValue) {
    value_ = pipeline_.BeginValue(heading_, {}, nullptr);
    value_begin_ = text_begin_;
    text_.clear();
  }
  pipeline_.AddSegment(value_, text_begin_, end, coding);
  if (text_.size() <= kLongestHeading) Decode(Coding::kMarkup, Raw(text_begin_, end), text_);
}

void HtmlFilter::EndValue() {
  if (value_ == kNoValue) return;
  value_ = kNoValue;
  const std::string_view text = Trim(text_);
  if (text.empty()) return;  // white space between cells
  std::vector<Span> marks;
  FindMarks(text, marks);
  // A heading that was data is none, before and after it was taken out.
  heading_ = text.size() <= kLongestHeading && marks.empty() ? text : std::string_view();
}

// The attributes between `at` and `end`, which are behind the element's name and on the closing bracket.
std::vector<HtmlFilter::Attribute> HtmlFilter::Attributes(size_t at, size_t end) const {
  std::vector<Attribute> attributes;
  const std::string& text = raw();
  while (at < end) {
    while (at < end && (IsSpace(text[at]) || text[at] == '/')) ++at;
    Attribute attribute;
    const size_t name = at;
    while (at < end && !IsSpace(text[at]) && text[at] != '=' && text[at] != '/') ++at;
    attribute.name = Lower(Raw(name, at));
    while (at < end && IsSpace(text[at])) ++at;
    if (at < end && text[at] == '=') {
      ++at;
      while (at < end && IsSpace(text[at])) ++at;
      attribute.quoted = at < end && (text[at] == '"' || text[at] == '\'');
      const char quote = attribute.quoted ? text[at++] : '\0';
      attribute.begin = at;
      while (at < end && (attribute.quoted ? text[at] != quote : !IsSpace(text[at]))) ++at;
      attribute.end = at;
      if (attribute.quoted && at < end) ++at;
    } else if (at == name) {
      ++at;  // a byte that begins nothing
    }
    if (attribute.begin < attribute.end) attributes.push_back(std::move(attribute));
  }
  return attributes;
}

void HtmlFilter::AddAttributes(const std::vector<Attribute>& attributes) {
  std::string name;  // what a form's field is called says what its value is
  for (const Attribute& attribute : attributes) {
    if (attribute.name == "name" || attribute.name == "property" || attribute.name == "itemprop" ||
        (attribute.name == "placeholder" && name.empty())) {
      name = Raw(attribute.begin, attribute.end);
    }
  }
  for (const Attribute& attribute : attributes) {
    if (IsOneOf(attribute.name, kTechnical) || attribute.name == "name") continue;
    const bool named = attribute.name == "value" || attribute.name == "content";
    pipeline_.AddValue(attribute.begin, attribute.end, attribute.quoted ? Coding::kMarkup : Coding::kMarkupBare,
                       named && name.size() <= kLongestHeading ? name : attribute.name, {}, nullptr);
  }
}

// The closing bracket has just been appended.
void HtmlFilter::EndTag() {
  const size_t after = pipeline_.position();
  const bool closing = raw()[markup_begin_ + 1] == '/';
  size_t name_end = markup_begin_ + (closing ? 2 : 1);
  const size_t name_begin = name_end;
  while (name_end < after && !IsNameEnd(raw()[name_end])) ++name_end;
  const std::string name = Lower(Raw(name_begin, name_end));
  const bool long_block = value_ != kNoValue && after - value_begin_ > kLongestBlock;
  if (!IsOneOf(name, kInline) || long_block) EndValue();
  if (!closing) AddAttributes(Attributes(name_end, after - 1));
  state_ = State::kText;
  text_begin_ = after;
  if (!closing && (name == "script" || name == "style") && raw()[after - 2] != '/') {
    raw_element_ = name;
    state_ = State::kRawText;
  }
}

// One byte, which has just been appended.
void HtmlFilter::Step(char c) {
  const size_t after = pipeline_.position();
  switch (state_) {
    case State::kText:
      if (c != '<') return;
      markup_begin_ = after - 1;
      state_ = State::kTagBegin;
      return;
    case State::kTagBegin:
      if (!IsLetter(c) && c != '/' && c != '!' && c != '?') {
        if (c == '<') {
          markup_begin_ = after - 1;
        } else {
          state_ = State::kText;  // "a < b"
        }
        return;
      }
      EndTextSegment(markup_begin_);
      state_ = c == '!' || c == '?' ? State::kDeclaration : State::kTag;
      last_ = '\0';
      return;
    case State::kTag:
      if (c == '>') return EndTag();
      if ((c == '"' || c == '\'') && last_ == '=') {
        quote_ = c;
        state_ = State::kQuoted;
      }
      if (!IsSpace(c)) last_ = c;
      return;
    case State::kQuoted:
      if (c == quote_) state_ = State::kTag;
      return;
    case State::kDeclaration:
      if (after - markup_begin_ == 4 && Raw(markup_begin_, after) == "<!--") {
        state_ = State::kComment;
        return;
      }
      if (c != '>') return;
      state_ = State::kText;
      text_begin_ = after;
      return;
    case State::kComment:
      // "<!-->" is a whole comment to browsers.
      if (c != '>' || !Raw(markup_begin_ + 2, after).ends_with("-->")) return;
      pipeline_.AddValue(markup_begin_ + 4, after - markup_begin_ >= 7 ? after - 3 : markup_begin_ + 4, Coding::kPlain,
                         {}, {}, nullptr);
      state_ = State::kText;
      text_begin_ = after;
      return;
    case State::kRawText:
      if (ToLower(c) != raw_element_.back() || !EndsWithElementEnd(Raw(text_begin_, after), raw_element_)) return;
      markup_begin_ = after - raw_element_.size() - 2;
      pipeline_.AddValue(text_begin_, markup_begin_, Coding::kPlain, {}, {}, nullptr);
      state_ = State::kTag;
      last_ = '\0';
      return;
  }
}

Status HtmlFilter::Feed(std::string_view bytes) {
  if (!begun_) {
    beginning_.append(bytes);
    if (beginning_.size() < kBeginningSize) return Status::Ok();
    begun_ = true;
    const std::string beginning = std::move(beginning_);
    RETURN_IF_ERROR(RefuseWideText(std::string_view(beginning).substr(0, kBeginningSize)));
    return Feed(beginning);
  }
  while (!bytes.empty()) {
    size_t plain = 0;
    if (state_ == State::kText) plain = std::min(bytes.find('<'), bytes.size());
    if (state_ == State::kQuoted) plain = std::min(bytes.find(quote_), bytes.size());
    if (state_ == State::kComment) plain = std::min(bytes.find('>'), bytes.size());
    pipeline_.raw().append(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    if (pipeline_.position() > 2 * kLongestValue) return RefuseLongValue("A part of the page");
    if (bytes.empty()) break;
    const State before = state_;
    pipeline_.raw().push_back(bytes[0]);
    Step(bytes[0]);
    bytes.remove_prefix(1);
    if (state_ == State::kText && before != State::kText && before != State::kTagBegin && value_ == kNoValue) {
      RETURN_IF_ERROR(pipeline_.PushIfLarge());
      text_begin_ = pipeline_.position();
    }
  }
  return Status::Ok();
}

Status HtmlFilter::Finish() {
  if (!begun_) {
    begun_ = true;
    const std::string beginning = std::move(beginning_);
    RETURN_IF_ERROR(RefuseWideText(beginning));
    RETURN_IF_ERROR(Feed(beginning));
  }
  const size_t end = pipeline_.position();
  switch (state_) {
    case State::kText:
    case State::kTagBegin:
      EndTextSegment(end);
      break;
    // A page that breaks off inside a tag or a comment: what is left of it is text to search.  The tag's goes on from
    // the text before it, which it is to a reader that sees no tag in it.
    case State::kTag:
    case State::kQuoted:
      text_begin_ = markup_begin_;
      EndTextSegment(end, Coding::kMarkupOpen);
      break;
    case State::kDeclaration:
    case State::kComment:
      EndValue();
      pipeline_.AddValue(markup_begin_, end, Coding::kPlain, {}, {}, nullptr);
      break;
    case State::kRawText:
      pipeline_.AddValue(text_begin_, end, Coding::kPlain, {}, {}, nullptr);
      break;
  }
  return pipeline_.Finish();
}

}  // namespace strongroom::redact
