#include "base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/encoding.h"
#include "base/wipe.h"

namespace strongroom {

namespace ondemand = simdjson::ondemand;

// simdjson's on-demand parser validates only what is read, and forgets it.  So the whole document is read once, in
// order, into a flat table: a node per value, children right behind their parent.
struct JsonNode {
  std::string_view key = {};   // decoded member name
  std::string_view raw = {};   // the value's own text
  std::string_view text = {};  // decoded string
  uint32_t parent = 0;
  uint32_t end = 0;    // index just behind the last descendant
  uint32_t count = 0;  // children
  JsonKind kind = JsonKind::kNull;
  bool bool_value = false;
  bool seen = false;
};

struct JsonState {
  ondemand::parser parser;
  std::string padded;  // the text and SIMDJSON_PADDING bytes
  size_t text_size = 0;
  const char* decoded_begin = nullptr;  // simdjson's string buffer, as far as it was used
  const char* decoded_end = nullptr;
  std::vector<JsonNode> nodes;
  std::vector<std::string_view> keys;  // scratch for finding duplicates in large objects
  JsonLimits limits;

  Status Read(ByteView input, const JsonLimits& with);
  template <typename Value>
  Status ReadValue(ondemand::document& document, Value& value, std::string_view key, uint32_t parent, int depth);
  template <typename Value>
  Status ReadArray(ondemand::document& document, Value& value, uint32_t self, int depth);
  template <typename Value>
  Status ReadObject(ondemand::document& document, Value& value, uint32_t self, int depth);
  template <typename Value>
  Status ReadScalar(Value& value, ondemand::json_type type, JsonNode& node);
  Status CheckDuplicates(uint32_t object);
  std::string_view SpanUpToNextToken(ondemand::document& document, const char* begin) const;
  void NoteDecoded(std::string_view decoded);
  std::string PathOf(uint32_t index) const;
  void Wipe();
};

namespace {

constexpr size_t kPoolSize = 4;                // documents open at the same time in one thread
constexpr size_t kPooledTextBytes = 1u << 16;  // larger parsers go back to the heap
constexpr uint32_t kSmallObject = 12;          // members compared pairwise

struct Pool {
  std::vector<std::unique_ptr<JsonState>> idle;
};
thread_local Pool pool;

Status FromSimdjson(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return Status(Reason::kInvalidUtf8, "The body is not valid UTF-8.");
    case simdjson::DEPTH_ERROR:
      return Status(Reason::kTooDeep);
    case simdjson::CAPACITY:
      return Status(Reason::kBodyTooLarge);
    case simdjson::MEMALLOC:
      return Status(Reason::kInternal, "out of memory while reading JSON");
    default:
      return Status(Reason::kMalformedJson, "The body is not valid JSON.");
  }
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// RFC 8259 section 6.  Any size: numbers that fit no machine type may still be kept as text.
bool IsNumber(std::string_view text) {
  size_t at = 0;
  auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at > start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// A name that a programmer chose, as opposed to data used as a name.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

std::string Named(const std::string& path) { return path.empty() ? "The body" : "The member " + path; }

}  // namespace

void JsonDocument::Recycle::operator()(JsonState* state) const {
  std::unique_ptr<JsonState> owned(state);
  owned->Wipe();
  if (pool.idle.size() < kPoolSize && owned->padded.capacity() <= kPooledTextBytes) {
    pool.idle.push_back(std::move(owned));
  }
}

void JsonState::Wipe() {
  WipeRange(padded.data(), text_size);
  // simdjson's string buffer is private to it; the views it handed out tell where it lies.
  if (decoded_begin != nullptr) WipeRange(const_cast<char*>(decoded_begin), decoded_end - decoded_begin);
  decoded_begin = decoded_end = nullptr;
  text_size = 0;
  nodes.clear();
  keys.clear();
}

void JsonState::NoteDecoded(std::string_view decoded) {
  if (decoded_begin == nullptr) decoded_begin = decoded.data();
  decoded_end = decoded.data() + decoded.size();
}

// Between a value and the next token there is only space.
std::string_view JsonState::SpanUpToNextToken(ondemand::document& document, const char* begin) const {
  const char* end = padded.data() + text_size;
  if (const char* next = nullptr; document.current_location().get(next) == simdjson::SUCCESS) end = next;
  return TrimEnd({begin, static_cast<size_t>(end - begin)});
}

Status JsonState::Read(ByteView input, const JsonLimits& with) {
  limits = with;
  if (input.size() > limits.max_bytes) {
    return Status(Reason::kBodyTooLarge,
                  "The JSON text is longer than " + std::to_string(limits.max_bytes) + " bytes.");
  }
  text_size = input.size();
  if (padded.size() < input.size() + simdjson::SIMDJSON_PADDING)
    padded.resize(input.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded.data(), input.data(), input.size());
  std::memset(padded.data() + input.size(), 0, simdjson::SIMDJSON_PADDING);

  ondemand::document document;
  if (auto error = parser.iterate(padded.data(), text_size, padded.size()).get(document)) return FromSimdjson(error);
  RETURN_IF_ERROR(ReadValue(document, document, {}, 0, 0));
  if (const char* next = nullptr; document.current_location().get(next) != simdjson::OUT_OF_BOUNDS) {
    return Status(Reason::kMalformedJson, "The body has content after the JSON value.");
  }
  return Status::Ok();
}

template <typename Value>
Status JsonState::ReadValue(ondemand::document& document, Value& value, std::string_view key, uint32_t parent,
                            int depth) {
  ondemand::json_type type{};
  if (auto error = value.type().get(type)) return FromSimdjson(error);
  if (nodes.size() >= limits.max_values) {
    return Status(Reason::kBodyTooLarge, "The JSON has more than " + std::to_string(limits.max_values) +
                                             " values. Send several smaller ones.");
  }
  const auto self = static_cast<uint32_t>(nodes.size());
  JsonNode& node = nodes.emplace_back();
  node.key = key;
  node.parent = parent;
  if (type != ondemand::json_type::array && type != ondemand::json_type::object) {
    node.end = self + 1;
    return ReadScalar(value, type, node);
  }
  if (depth >= limits.max_depth) {
    return Status(Reason::kTooDeep, "The JSON is nested deeper than " + std::to_string(limits.max_depth) + " levels.");
  }
  const bool is_array = type == ondemand::json_type::array;
  node.kind = is_array ? JsonKind::kArray : JsonKind::kObject;
  const char* begin = nullptr;
  {
    std::string_view token;
    if (auto error = simdjson::simdjson_result<std::string_view>(value.raw_json_token()).get(token)) {
      return FromSimdjson(error);
    }
    begin = token.data();
  }
  RETURN_IF_ERROR(is_array ? ReadArray(document, value, self, depth) : ReadObject(document, value, self, depth));
  nodes[self].end = static_cast<uint32_t>(nodes.size());
  nodes[self].raw = SpanUpToNextToken(document, begin);
  return is_array ? Status::Ok() : CheckDuplicates(self);
}

template <typename Value>
Status JsonState::ReadArray(ondemand::document& document, Value& value, uint32_t self, int depth) {
  ondemand::array array;
  if (auto error = value.get_array().get(array)) return FromSimdjson(error);
  for (auto item : array) {
    ondemand::value child;
    if (auto error = std::move(item).get(child)) return FromSimdjson(error);
    ++nodes[self].count;
    RETURN_IF_ERROR(ReadValue(document, child, {}, self, depth + 1));
  }
  return Status::Ok();
}

template <typename Value>
Status JsonState::ReadObject(ondemand::document& document, Value& value, uint32_t self, int depth) {
  ondemand::object object;
  if (auto error = value.get_object().get(object)) return FromSimdjson(error);
  for (auto member : object) {
    ondemand::field field;
    if (auto error = std::move(member).get(field)) return FromSimdjson(error);
    std::string_view key;
    if (auto error = field.unescaped_key().get(key)) return FromSimdjson(error);
    NoteDecoded(key);
    if (!IsValidUtf8(key)) return Status(Reason::kInvalidUtf8, "A member's name has a lone surrogate.");
    ++nodes[self].count;
    RETURN_IF_ERROR(ReadValue(document, field.value(), key, self, depth + 1));
  }
  return Status::Ok();
}

template <typename Value>
Status JsonState::ReadScalar(Value& value, ondemand::json_type type, JsonNode& node) {
  std::string_view token;
  if (auto error = simdjson::simdjson_result<std::string_view>(value.raw_json_token()).get(token)) {
    return FromSimdjson(error);
  }
  node.raw = TrimEnd(token);
  switch (type) {
    case ondemand::json_type::string: {
      node.kind = JsonKind::kString;
      if (auto error = value.get_string().get(node.text)) return FromSimdjson(error);
      NoteDecoded(node.text);
      // simdjson lets some lone surrogates through as three bytes that are no UTF-8; only escapes can spell them.
      if (node.text.size() + 2 != node.raw.size() && !IsValidUtf8(node.text)) {
        return Status(Reason::kInvalidUtf8,
                      Named(PathOf(static_cast<uint32_t>(nodes.size() - 1))) + " has a lone surrogate.");
      }
      return Status::Ok();
    }
    case ondemand::json_type::number: {
      node.kind = JsonKind::kNumber;
      if (!IsNumber(node.raw)) return Status(Reason::kMalformedJson, "A number in the body is malformed.");
      // Consumes the token, and refuses what no double can come near (1e400); long digits stay as text.
      if (double near = 0; value.get_double().get(near) != simdjson::SUCCESS) {
        return Status(Reason::kMalformedJson, "A number in the body is out of range.");
      }
      return Status::Ok();
    }
    case ondemand::json_type::boolean:
      node.kind = JsonKind::kBool;
      if (auto error = value.get_bool().get(node.bool_value)) return FromSimdjson(error);
      return Status::Ok();
    default: {
      node.kind = JsonKind::kNull;
      bool is_null = false;
      if (auto error = value.is_null().get(is_null)) return FromSimdjson(error);
      return is_null && node.raw == "null" ? Status::Ok() : Status(Reason::kMalformedJson);
    }
  }
}

Status JsonState::CheckDuplicates(uint32_t object) {
  const uint32_t count = nodes[object].count;
  const uint32_t end = nodes[object].end;
  auto refuse = [&] { return Status(Reason::kDuplicateKey, Named(PathOf(object)) + " names the same member twice."); };
  if (count <= kSmallObject) {
    for (uint32_t a = object + 1; a < end; a = nodes[a].end) {
      for (uint32_t b = nodes[a].end; b < end; b = nodes[b].end) {
        if (nodes[a].key == nodes[b].key) return refuse();
      }
    }
    return Status::Ok();
  }
  keys.clear();
  for (uint32_t child = object + 1; child < end; child = nodes[child].end) keys.push_back(nodes[child].key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end() ? Status::Ok() : refuse();
}

std::string JsonState::PathOf(uint32_t index) const {
  std::vector<uint32_t> way;
  for (uint32_t at = index; at != 0; at = nodes[at].parent) way.push_back(at);
  std::string path;
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    const uint32_t parent = nodes[*at].parent;
    if (nodes[parent].kind == JsonKind::kArray) {
      size_t position = 0;
      for (uint32_t child = parent + 1; child < *at; child = nodes[child].end) ++position;
      path += "[" + std::to_string(position) + "]";
    } else {
      if (!path.empty()) path += '.';
      path += IsPlainName(nodes[*at].key) ? nodes[*at].key : "?";
    }
  }
  return path;
}

Result<JsonDocument> JsonDocument::Parse(ByteView text, const JsonLimits& limits) {
  StatePtr state;
  if (pool.idle.empty()) {
    state.reset(new JsonState);
  } else {
    state.reset(pool.idle.back().release());
    pool.idle.pop_back();
  }
  RETURN_IF_ERROR(state->Read(text, limits));
  return JsonDocument(std::move(state));
}

Result<JsonDocument> JsonDocument::ParseObject(ByteView text, const JsonLimits& limits) {
  ASSIGN_OR_RETURN(JsonDocument document, Parse(text, limits));
  RETURN_IF_ERROR(document.root().ExpectObject());
  return document;
}

JsonKind JsonValue::kind() const { return state_->nodes[index_].kind; }
std::string_view JsonValue::RawText() const { return state_->nodes[index_].raw; }
std::string_view JsonValue::key() const { return state_->nodes[index_].key; }
std::string JsonValue::Path() const { return state_->PathOf(index_); }
size_t JsonValue::size() const { return state_->nodes[index_].count; }

Status JsonValue::WrongType(std::string_view wanted) const {
  return Status(Reason::kWrongType, Named(Path()) + " must be " + std::string(wanted) + ".");
}

Result<std::string_view> JsonValue::AsString() const {
  const JsonNode& node = state_->nodes[index_];
  if (node.kind != JsonKind::kString) return WrongType("a string");
  return node.text;
}

Result<bool> JsonValue::AsBool() const {
  const JsonNode& node = state_->nodes[index_];
  if (node.kind != JsonKind::kBool) return WrongType("true or false");
  return node.bool_value;
}

Result<int64_t> JsonValue::AsInt(int64_t min, int64_t max) const {
  const JsonNode& node = state_->nodes[index_];
  if (node.kind != JsonKind::kNumber) return WrongType("a whole number");
  int64_t value = 0;
  const char* end = node.raw.data() + node.raw.size();
  const auto [stopped, error] = std::from_chars(node.raw.data(), end, value);
  if (error != std::errc::result_out_of_range && stopped != end) return WrongType("a whole number");
  if (error != std::errc{} || value < min || value > max) {
    return Status(Reason::kInvalidArgument,
                  Named(Path()) + " must be between " + std::to_string(min) + " and " + std::to_string(max) + ".");
  }
  return value;
}

Result<double> JsonValue::AsDouble() const {
  const JsonNode& node = state_->nodes[index_];
  if (node.kind != JsonKind::kNumber) return WrongType("a number");
  double value = 0;
  const char* end = node.raw.data() + node.raw.size();
  const auto [stopped, error] = std::from_chars(node.raw.data(), end, value);
  if (error != std::errc{} || stopped != end || !std::isfinite(value)) return WrongType("a number within range");
  return value;
}

Status JsonValue::ExpectObject() const { return IsObject() ? Status::Ok() : WrongType("an object"); }
Status JsonValue::ExpectArray() const { return IsArray() ? Status::Ok() : WrongType("an array"); }

std::optional<JsonValue> JsonValue::Find(std::string_view name) const {
  if (!IsObject()) return std::nullopt;
  std::vector<JsonNode>& nodes = state_->nodes;
  const uint32_t end = nodes[index_].end;
  for (uint32_t child = index_ + 1; child < end; child = nodes[child].end) {
    if (nodes[child].key == name) {
      nodes[child].seen = true;
      return JsonValue(state_, child);
    }
  }
  return std::nullopt;
}

Result<JsonValue> JsonValue::Get(std::string_view name) const {
  RETURN_IF_ERROR(ExpectObject());
  if (std::optional<JsonValue> value = Find(name)) return *value;
  std::string path = Path();
  if (!path.empty()) path += '.';
  return Status(Reason::kMissingMember, "The member " + path + std::string(name) + " is missing.");
}

namespace {

// The optional forms: nothing for an absent or null member, else what `read` makes of it.
template <typename T, typename Read>
Result<std::optional<T>> Optional(const JsonValue& object, std::string_view name, const Read& read) {
  RETURN_IF_ERROR(object.ExpectObject());
  const std::optional<JsonValue> member = object.Find(name);
  if (!member || member->IsNull()) return std::optional<T>();
  ASSIGN_OR_RETURN(T value, read(*member));
  return std::optional<T>(std::move(value));
}

Result<JsonValue> AsObject(JsonValue value) {
  RETURN_IF_ERROR(value.ExpectObject());
  return value;
}

Result<JsonValue> AsArray(JsonValue value) {
  RETURN_IF_ERROR(value.ExpectArray());
  return value;
}

}  // namespace

Result<std::string_view> JsonValue::GetString(std::string_view name) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return member.AsString();
}

Result<bool> JsonValue::GetBool(std::string_view name) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return member.AsBool();
}

Result<int64_t> JsonValue::GetInt(std::string_view name, int64_t min, int64_t max) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return member.AsInt(min, max);
}

Result<double> JsonValue::GetDouble(std::string_view name) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return member.AsDouble();
}

Result<JsonValue> JsonValue::GetObject(std::string_view name) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return AsObject(member);
}

Result<JsonValue> JsonValue::GetArray(std::string_view name) const {
  ASSIGN_OR_RETURN(JsonValue member, Get(name));
  return AsArray(member);
}

Result<std::optional<std::string_view>> JsonValue::OptString(std::string_view name) const {
  return Optional<std::string_view>(*this, name, [](JsonValue member) { return member.AsString(); });
}

Result<std::optional<bool>> JsonValue::OptBool(std::string_view name) const {
  return Optional<bool>(*this, name, [](JsonValue member) { return member.AsBool(); });
}

Result<std::optional<int64_t>> JsonValue::OptInt(std::string_view name, int64_t min, int64_t max) const {
  return Optional<int64_t>(*this, name, [&](JsonValue member) { return member.AsInt(min, max); });
}

Result<std::optional<double>> JsonValue::OptDouble(std::string_view name) const {
  return Optional<double>(*this, name, [](JsonValue member) { return member.AsDouble(); });
}

Result<std::optional<JsonValue>> JsonValue::OptObject(std::string_view name) const {
  return Optional<JsonValue>(*this, name, AsObject);
}

Result<std::optional<JsonValue>> JsonValue::OptArray(std::string_view name) const {
  return Optional<JsonValue>(*this, name, AsArray);
}

Status JsonValue::RefuseUnknown() const {
  RETURN_IF_ERROR(ExpectObject());
  const std::vector<JsonNode>& nodes = state_->nodes;
  for (uint32_t child = index_ + 1; child < nodes[index_].end; child = nodes[child].end) {
    if (!nodes[child].seen) {
      return Status(Reason::kUnknownMember, Named(state_->PathOf(child)) + " is not known to this call.");
    }
  }
  return Status::Ok();
}

JsonValue JsonValue::Iterator::operator*() const {
  state_->nodes[index_].seen = true;
  return JsonValue(state_, index_);
}

JsonValue::Iterator& JsonValue::Iterator::operator++() {
  index_ = state_->nodes[index_].end;
  return *this;
}

JsonValue::Iterator JsonValue::begin() const { return {state_, index_ + 1}; }
JsonValue::Iterator JsonValue::end() const { return {state_, state_->nodes[index_].end}; }

}  // namespace strongroom
