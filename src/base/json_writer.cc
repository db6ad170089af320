#include "base/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace strongroom {
namespace {

// What follows the backslash: a letter, 'u' for \u00XX, or 0 for characters that stand for themselves.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

template <typename Number>
void AppendNumber(Bytes& out, Number value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

}  // namespace

void AppendJsonString(Bytes& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  size_t run = 0;  // start of what needs no escape
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<uint8_t>(text[at]);
    const char escape = kEscapes[c];
    if (escape == 0) continue;
    out.append(text, run, at - run);
    run = at + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') {
      out.append("00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  out.append(text, run, text.size() - run);
  out.push_back('"');
}

JsonWriter& JsonWriter::Int(int64_t value) {
  Comma();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Uint(uint64_t value) {
  Comma();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  Comma();
  AppendNumber(out_, value);
  return *this;
}

}  // namespace strongroom
