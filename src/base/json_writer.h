// Writing JSON by appending to a string: no tree, no allocation of its own, correct escapes (RFC 8259 section 7).
//
//     JsonWriter json(out);
//     json.BeginObject().Key("code").String(code).Key("fields").BeginArray()...EndArray().EndObject();
//
// Commas are its business, balance is the caller's.  Strings must be valid UTF-8.  One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace strongroom {

// Appends `text` as a JSON string, quotes included.
void AppendJsonString(Bytes& out, std::string_view text);

class JsonWriter {
 public:
  explicit JsonWriter(Bytes& out) : out_(out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view name) {
    Comma();
    AppendJsonString(out_, name);
    out_.push_back(':');
    comma_ = false;
    return *this;
  }
  JsonWriter& String(std::string_view value) {
    Comma();
    AppendJsonString(out_, value);
    return *this;
  }
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  // The shortest text that reads back as `value`; null when it is not finite (JSON has no such numbers).
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }
  // `json` is JSON text already: a number kept as text, a nested document.
  JsonWriter& Raw(std::string_view json) {
    Comma();
    out_.append(json);
    return *this;
  }
  // Member shorthands.
  JsonWriter& String(std::string_view name, std::string_view value) { return Key(name).String(value); }
  JsonWriter& Int(std::string_view name, int64_t value) { return Key(name).Int(value); }
  JsonWriter& Bool(std::string_view name, bool value) { return Key(name).Bool(value); }

 private:
  void Comma() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }
  JsonWriter& Open(char bracket) {
    Comma();
    out_.push_back(bracket);
    comma_ = false;
    return *this;
  }
  JsonWriter& Close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
    return *this;
  }
  Bytes& out_;
  bool comma_ = false;
};

}  // namespace strongroom
