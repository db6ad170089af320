// Reading JSON strictly: what two parsers could read differently is refused (RFC 8259 sections 4, 8.1, 9).
//
// Refused: invalid UTF-8, lone surrogates, a member named twice at any level, nesting deeper than the limit, content
// after the value, and, when the caller asks, members nobody read and values of another type.  Every failure names
// the member's path ("items[3].fields.email"), never its value; a member name that is not a plain identifier (it
// might itself be personal data) is shown as "?".
//
//     ASSIGN_OR_RETURN(JsonDocument document, JsonDocument::Parse(body));
//     JsonValue root = document.root();
//     ASSIGN_OR_RETURN(std::string_view purpose, root.GetString("purpose"));
//     ASSIGN_OR_RETURN(std::optional<int64_t> limit, root.OptInt("limit", 1, 1000));
//     RETURN_IF_ERROR(root.RefuseUnknown());
//
// Memory: the document owns a copy of the text; every view and JsonValue points into it and lives no longer than the
// document.  All of it is overwritten when the document goes.  A document may move between threads, but is read by one
// at a time (reading marks members as seen).  Small documents cost no allocation: parsers are kept per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

struct JsonState;  // json.cc

struct JsonLimits {
  int max_depth = 32;            // arrays and objects inside each other
  size_t max_bytes = 64u << 20;  // of text
  // Values of every kind, the root included.  Each takes 64 bytes beside its text, which may be two ("1,"): without
  // this a body would cost up to 32 times its size.
  size_t max_values = 100'000;
};

enum class JsonKind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// One value inside a JsonDocument: two words, passed by value.
class JsonValue {
 public:
  JsonKind kind() const;
  bool IsNull() const { return kind() == JsonKind::kNull; }
  bool IsObject() const { return kind() == JsonKind::kObject; }
  bool IsArray() const { return kind() == JsonKind::kArray; }
  // The value's own text as it was sent, without surrounding space: a number's digits, an object's braces and all.
  // A string's raw text has its quotes and escapes.
  std::string_view RawText() const;
  // The name of this member; empty for array items and the root.
  std::string_view key() const;
  // Where this value is: "items[3].name"; "" for the root.
  std::string Path() const;

  // --- this value, as a type; kWrongType otherwise ---
  Result<std::string_view> AsString() const;
  Result<bool> AsBool() const;
  // A number without fraction or exponent, within [min, max]; outside: kInvalidArgument that names the range.
  Result<int64_t> AsInt(int64_t min = INT64_MIN, int64_t max = INT64_MAX) const;
  Result<double> AsDouble() const;  // finite
  Status ExpectObject() const;
  Status ExpectArray() const;

  // --- members of this object; kMissingMember or kWrongType otherwise ---
  // Finding a member marks it as seen, for RefuseUnknown().
  std::optional<JsonValue> Find(std::string_view name) const;
  Result<JsonValue> Get(std::string_view name) const;
  Result<std::string_view> GetString(std::string_view name) const;
  Result<bool> GetBool(std::string_view name) const;
  Result<int64_t> GetInt(std::string_view name, int64_t min = INT64_MIN, int64_t max = INT64_MAX) const;
  Result<double> GetDouble(std::string_view name) const;
  Result<JsonValue> GetObject(std::string_view name) const;
  Result<JsonValue> GetArray(std::string_view name) const;
  // Nothing when the member is absent or null; another type is still kWrongType.
  Result<std::optional<std::string_view>> OptString(std::string_view name) const;
  Result<std::optional<bool>> OptBool(std::string_view name) const;
  Result<std::optional<int64_t>> OptInt(std::string_view name, int64_t min = INT64_MIN, int64_t max = INT64_MAX) const;
  Result<std::optional<double>> OptDouble(std::string_view name) const;
  Result<std::optional<JsonValue>> OptObject(std::string_view name) const;
  Result<std::optional<JsonValue>> OptArray(std::string_view name) const;
  // kUnknownMember when this object has a member that was never found or iterated over (this level only).
  Status RefuseUnknown() const;

  // --- children of an array or object, in the order sent; no children otherwise ---
  class Iterator {
   public:
    Iterator(JsonState* state, uint32_t index) : state_(state), index_(index) {}
    JsonValue operator*() const;  // marks the child as seen
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    JsonState* state_;
    uint32_t index_;
  };
  Iterator begin() const;
  Iterator end() const;
  size_t size() const;  // number of children

 private:
  friend class JsonDocument;
  JsonValue(JsonState* state, uint32_t index) : state_(state), index_(index) {}
  Status WrongType(std::string_view wanted) const;
  JsonState* state_;
  uint32_t index_;
};

class JsonDocument {
 public:
  // kMalformedJson, kInvalidUtf8, kDuplicateKey, kTooDeep, kBodyTooLarge.
  static Result<JsonDocument> Parse(ByteView text, const JsonLimits& limits = {});
  // The same, and the root must be an object: the usual shape of a request.
  static Result<JsonDocument> ParseObject(ByteView text, const JsonLimits& limits = {});

  JsonValue root() const { return JsonValue(state_.get(), 0); }

 private:
  struct Recycle {
    void operator()(JsonState* state) const;
  };
  using StatePtr = std::unique_ptr<JsonState, Recycle>;
  friend struct JsonState;
  explicit JsonDocument(StatePtr state) : state_(std::move(state)) {}
  StatePtr state_;
};

}  // namespace strongroom
