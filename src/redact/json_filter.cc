#include "redact/json_filter.h"

#include <cstring>

#include "redact/coding.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

constexpr size_t kDeepest = 512;
constexpr size_t kLongestHeading = 256;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlankByte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A name that a programmer gave, not data.
bool IsIdentifier(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  size_t digits = 0;
  for (char c : name) {
    digits += IsDigit(c) ? 1 : 0;
    if (!IsAlnum(c) && c != '_' && c != '-' && c != '$') return false;
  }
  return digits < 5 && !IsDigit(name[0]);
}

// All escapes are those of RFC 8259 section 7, and no control character stands bare.
bool IsProperString(std::string_view raw) {
  for (size_t at = 0; at < raw.size(); ++at) {
    if (static_cast<unsigned char>(raw[at]) < 0x20) return false;
    if (raw[at] != '\\') continue;
    if (++at == raw.size() || std::string_view("\"\\/bfnrtu").find(raw[at]) == std::string_view::npos) return false;
    if (raw[at] != 'u') continue;
    if (raw.size() - at < 5) return false;
    for (size_t i = 1; i <= 4; ++i) {
      const char c = ToLower(raw[at + i]);
      if (!IsDigit(c) && (c < 'a' || c > 'f')) return false;
    }
  }
  return true;
}

bool IsProperScalar(std::string_view text) {
  return text == "true" || text == "false" || text == "null" || IsJsonNumber(text);
}

}  // namespace

Status JsonFilter::Malformed(std::string_view what) const {
  return Status(Reason::kMalformedJson, "Line " + std::to_string(line_) + " is not JSON: " + std::string(what) + ".");
}

std::string JsonFilter::Path() const {
  if (!pipeline_.wants_paths()) return {};
  std::string path;
  for (const Level& level : levels_) {
    if (level.object) {
      path.append(path.empty() ? "" : ".").append(level.name);
    } else {
      path.append("[").append(std::to_string(level.index)).append("]");
    }
  }
  return path;
}

Status JsonFilter::Open(bool object) {
  const bool value_expected = expect_ == Expect::kValue || expect_ == Expect::kFirstValueOrEnd;
  if (!value_expected) return Malformed("a value stands where none may");
  if (levels_.size() == kDeepest) {
    return Status(Reason::kTooDeep, "Line " + std::to_string(line_) + ": the JSON is nested more than 512 deep.");
  }
  levels_.push_back({object, heading_.size(), {}, 0});
  expect_ = object ? Expect::kFirstNameOrEnd : Expect::kFirstValueOrEnd;
  return Status::Ok();
}

Status JsonFilter::Close(bool object) {
  const Expect first = object ? Expect::kFirstNameOrEnd : Expect::kFirstValueOrEnd;
  if (levels_.empty() || levels_.back().object != object || (expect_ != Expect::kCommaOrEnd && expect_ != first)) {
    return Malformed("a bracket closes nothing");
  }
  heading_.resize(levels_.back().heading_size);
  levels_.pop_back();
  AfterValue();
  return Status::Ok();
}

void JsonFilter::AfterValue() { expect_ = levels_.empty() ? Expect::kValue : Expect::kCommaOrEnd; }

// A byte outside strings and scalars, which has just been appended to the batch.
Status JsonFilter::Between(char c) {
  if (IsBlankByte(c)) return Status::Ok();
  switch (c) {
    case '{':
    case '[':
      return Open(c == '{');
    case '}':
    case ']':
      return Close(c == '}');
    case ',':
      if (expect_ != Expect::kCommaOrEnd) return Malformed("a comma stands where none may");
      if (levels_.back().object) {
        heading_.resize(levels_.back().heading_size);
        expect_ = Expect::kName;
      } else {
        ++levels_.back().index;
        expect_ = Expect::kValue;
      }
      return Status::Ok();
    case ':':
      if (expect_ != Expect::kColon) return Malformed("a colon stands where none may");
      expect_ = Expect::kValue;
      return Status::Ok();
    case '"':
      is_name_ = expect_ == Expect::kName || expect_ == Expect::kFirstNameOrEnd;
      if (!is_name_ && expect_ != Expect::kValue && expect_ != Expect::kFirstValueOrEnd) {
        return Malformed("a string stands where none may");
      }
      begin_ = pipeline_.position();
      state_ = State::kString;
      return Status::Ok();
    default:
      if (expect_ != Expect::kValue && expect_ != Expect::kFirstValueOrEnd) {
        return Malformed("a value stands where none may");
      }
      begin_ = pipeline_.position() - 1;
      state_ = State::kScalar;
      return Status::Ok();
  }
}

void JsonFilter::EndName(size_t begin, size_t end) {
  std::string name;
  Decode(Coding::kJsonString, std::string_view(pipeline_.raw()).substr(begin, end - begin), name);
  Level& level = levels_.back();
  level.name = IsIdentifier(name) ? name : "?";
  if (!IsIdentifier(name)) {
    pipeline_.AddValue(begin, end, Coding::kJsonString, {}, Path(), nullptr);
  }
  // The outermost names go first when there are too many: the nearest says most.
  if (level.heading_size + name.size() + 1 <= kLongestHeading) {
    if (level.heading_size > 0) heading_.push_back('.');
    heading_ += name;
  }
  expect_ = Expect::kColon;
}

// The closing quote has just been appended.
Status JsonFilter::EndString() {
  const size_t end = pipeline_.position() - 1;
  state_ = State::kBetween;
  if (!IsProperString(std::string_view(pipeline_.raw()).substr(begin_, end - begin_))) {
    return Malformed("a string has a bare control character or an unknown escape");
  }
  if (is_name_) {
    EndName(begin_, end);
    return Status::Ok();
  }
  pipeline_.AddValue(begin_, end, Coding::kJsonString, heading_, Path(), nullptr);
  AfterValue();
  return Status::Ok();
}

Status JsonFilter::EndScalar() {
  const size_t end = pipeline_.position();
  state_ = State::kBetween;
  const std::string_view text = std::string_view(pipeline_.raw()).substr(begin_, end - begin_);
  if (!IsProperScalar(text)) return Malformed("a value is neither a number nor true, false or null");
  if (!IsLetter(text[0])) {
    pipeline_.AddValue(begin_, end, Coding::kJsonNumber, heading_, Path(), nullptr);
  }
  AfterValue();
  return Status::Ok();
}

Status JsonFilter::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::kString) {
      size_t plain = 0;
      while (plain < bytes.size() && bytes[plain] != '"' && bytes[plain] != '\\') ++plain;
      line_ += static_cast<uint64_t>(std::count(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(plain), '\n'));
      pipeline_.raw().append(bytes.substr(0, plain));
      bytes.remove_prefix(plain);
      fed_ += plain;
      if (pipeline_.position() - begin_ > kLongestValue) return RefuseLongValue("Line " + std::to_string(line_));
      if (bytes.empty()) break;
    }
    const char c = bytes[0];
    const bool mark = fed_ == mark_size_ && fed_ < 3 && c == kByteOrderMark[fed_];
    if (!mark && (mark_size_ == 1 || mark_size_ == 2)) return Malformed("it begins with half a byte order mark");
    mark_size_ += mark ? 1 : 0;
    if (state_ == State::kScalar && (IsBlankByte(c) || std::strchr(",:[]{}\"", c) != nullptr)) {
      RETURN_IF_ERROR(EndScalar());
    }
    pipeline_.raw().push_back(c);
    bytes.remove_prefix(1);
    ++fed_;
    line_ += c == '\n' ? 1 : 0;
    if (mark) continue;
    switch (state_) {
      case State::kBetween:
        RETURN_IF_ERROR(Between(c));
        if (state_ == State::kBetween) RETURN_IF_ERROR(pipeline_.PushIfLarge());
        break;
      case State::kString:
        if (c == '\\') state_ = State::kStringEscape;
        if (c == '"') RETURN_IF_ERROR(EndString());
        break;
      case State::kStringEscape:
        state_ = State::kString;
        break;
      case State::kScalar:
        if (pipeline_.position() - begin_ > 4096) return Malformed("a number is longer than 4096 characters");
        break;
    }
  }
  return Status::Ok();
}

Status JsonFilter::Finish() {
  if (state_ == State::kScalar) RETURN_IF_ERROR(EndScalar());
  const bool half_mark = mark_size_ == 1 || mark_size_ == 2;
  if (state_ != State::kBetween || !levels_.empty() || half_mark) return Malformed("it ends inside a value");
  return pipeline_.Finish();
}

}  // namespace strongroom::redact
