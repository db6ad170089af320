#include "redact/mime.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

constexpr size_t kMostHeaders = 10'000;
constexpr size_t kLineSize = 76;
constexpr size_t kWordBytes = 42;  // of text in one encoded word: 75 characters with its frame (RFC 2047 section 2)

bool IsBlankByte(char c) { return c == ' ' || c == '\t'; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return IsBlankByte(c) || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The line that `text` begins with, its end included.
std::string_view FirstLine(std::string_view text) {
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

std::string_view WithoutLineEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  c = ToLower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string DecodePercent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool code = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0;
    if (!code) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
    i += 2;
  }
  return out;
}

// windows-1252 where it differs from Latin-1; 0 where nothing is assigned.
constexpr std::array<char32_t, 32> kWindows1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                   0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

char32_t Latin9(unsigned char byte) {  // ISO 8859-15 where it differs from Latin-1
  switch (byte) {
    case 0xA4:
      return 0x20AC;
    case 0xA6:
      return 0x0160;
    case 0xA8:
      return 0x0161;
    case 0xB4:
      return 0x017D;
    case 0xB8:
      return 0x017E;
    case 0xBC:
      return 0x0152;
    case 0xBD:
      return 0x0153;
    case 0xBE:
      return 0x0178;
    default:
      return byte;
  }
}

// "=?utf-8?B?...?=" at the beginning of `text`.
struct EncodedWord {
  std::string_view charset;
  char encoding = 'q';
  std::string_view payload;
  size_t size = 0;  // 0: there is none
};
EncodedWord EncodedWordAt(std::string_view text) {
  EncodedWord word;
  if (!text.starts_with("=?")) return word;
  const size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end > 40 || charset_end + 2 >= text.size() ||
      text[charset_end + 2] != '?')
    return word;
  const size_t end = text.find("?=", charset_end + 3);
  if (end == std::string_view::npos || end > 1000) return word;
  word.encoding = ToLower(text[charset_end + 1]);
  if (word.encoding != 'q' && word.encoding != 'b') return word;
  word.charset = text.substr(2, charset_end - 2);
  word.charset = word.charset.substr(0, word.charset.find('*'));  // a language (RFC 2231 section 5)
  word.payload = text.substr(charset_end + 3, end - charset_end - 3);
  if (word.payload.find_first_of(" \t\r\n") != std::string_view::npos) return word;
  word.size = end + 2;
  return word;
}

std::string DecodeWord(const EncodedWord& word) {
  if (word.encoding == 'b') return DecodeBase64Body(word.payload);
  std::string text(word.payload);
  std::replace(text.begin(), text.end(), '_', ' ');
  return DecodeQuotedPrintable(text);
}

}  // namespace

std::string_view MimeHeader::value() const {
  if (name.empty()) return WithoutLineEnd(raw);
  return WithoutLineEnd(std::string_view(raw).substr(raw.find(':') + 1));
}

std::string_view HeaderName(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view name = line.substr(0, colon);
  const auto belongs = [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; };
  return std::all_of(name.begin(), name.end(), belongs) ? name : std::string_view();
}

MimeEntity SplitEntity(std::string_view text) {
  MimeEntity entity;
  while (!text.empty() && entity.headers.size() < kMostHeaders) {
    const std::string_view line = FirstLine(text);
    if (WithoutLineEnd(line).empty()) {
      entity.separator = line;
      text.remove_prefix(line.size());
      break;
    }
    text.remove_prefix(line.size());
    if (IsBlankByte(line[0]) && !entity.headers.empty()) {
      entity.headers.back().raw += line;
      continue;
    }
    entity.headers.push_back({std::string(line), Lower(HeaderName(line))});
  }
  entity.body = text;
  return entity;
}

ContentType ParseContentType(std::string_view value) {
  ContentType parsed;
  std::map<std::string, std::string> pieces;  // "name*0*" and the like
  size_t at = value.find(';');
  parsed.type = Lower(Trim(value.substr(0, at)));
  while (at < value.size()) {
    ++at;
    const size_t equals = value.find('=', at);
    if (equals == std::string_view::npos) break;
    const std::string name = Lower(Trim(value.substr(at, equals - at)));
    at = equals + 1;
    while (at < value.size() && (IsBlankByte(value[at]) || value[at] == '\r' || value[at] == '\n')) ++at;
    std::string content;
    if (at < value.size() && value[at] == '"') {
      for (++at; at < value.size() && value[at] != '"'; ++at) {
        if (value[at] == '\\' && at + 1 < value.size()) ++at;
        content.push_back(value[at]);
      }
      at = value.find(';', at);
    } else {
      const size_t end = std::min(value.find(';', at), value.size());
      content = Trim(value.substr(at, end - at));
      at = end;
    }
    if (pieces.size() < 100) pieces.emplace(name, content);
    if (at == std::string_view::npos) break;
  }
  for (const auto& [name, content] : pieces) {
    const size_t star = name.find('*');
    std::string text = content;
    if (name.ends_with('*')) {
      // charset'language'value, in the first piece alone.
      const size_t quote = star == name.size() - 1 || name.find("*0*") == star ? text.find('\'') : std::string::npos;
      const size_t second = quote == std::string::npos ? quote : text.find('\'', quote + 1);
      text = DecodePercent(second == std::string::npos ? std::string_view(text)
                                                       : std::string_view(text).substr(second + 1));
    }
    parsed.parameters[name.substr(0, star)] += text;
  }
  return parsed;
}

std::vector<PartRange> SplitParts(std::string_view body, std::string_view boundary, size_t most) {
  std::vector<PartRange> parts;
  bool inside = false;
  for (size_t at = 0; at < body.size();) {
    const std::string_view line = FirstLine(body.substr(at));
    const std::string_view text = WithoutLineEnd(line);
    const bool delimiter = text.starts_with("--") && text.substr(2).starts_with(boundary);
    const std::string_view rest = delimiter ? Trim(text.substr(2 + boundary.size())) : std::string_view();
    if (delimiter && (rest.empty() || rest == "--")) {
      // The line end before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
      if (inside) {
        size_t end = at;
        if (end > parts.back().begin && body[end - 1] == '\n') --end;
        if (end > parts.back().begin && body[end - 1] == '\r') --end;
        parts.back().end = end;
      }
      inside = rest.empty() && parts.size() < most;
      if (inside) parts.push_back({at + line.size(), body.size()});
      if (!inside) break;
    }
    at += line.size();
  }
  return parts;
}

std::string DecodeQuotedPrintable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && IsBlankByte(text[end])) ++end;
    if (end < text.size() && text[end] == '\r') ++end;
    if (end < text.size() && text[end] == '\n') {
      i = end;  // a soft line end
    } else if (end >= text.size()) {
      break;
    } else {
      out.push_back('=');
    }
  }
  return out;
}

std::string DecodeBase64Body(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int value = -1;
    if (IsUpper(c)) value = c - 'A';
    if (IsLower(c)) value = c - 'a' + 26;
    if (IsDigit(c)) value = c - '0' + 52;
    if (c == '+') value = 62;
    if (c == '/') value = 63;
    if (value < 0) continue;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xFF));
    }
  }
  return out;
}

std::string EncodeQuotedPrintable(std::string_view bytes, std::string_view line_end) {
  std::string out;
  size_t column = 0;
  const auto put = [&](std::string_view piece) {
    if (column + piece.size() > kLineSize - 1) {
      out.append("=").append(line_end);
      column = 0;
    }
    out.append(piece);
    column += piece.size();
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    // Other ends of lines than the message's own are bytes like others, so that what is read is what was written.
    if (bytes.substr(i).starts_with(line_end)) {
      out.append(line_end);
      column = 0;
      i += line_end.size() - 1;
      continue;
    }
    const bool before_line_end = i + 1 == bytes.size() || bytes[i + 1] == '\n' || bytes[i + 1] == '\r';
    const bool plain = (c >= 33 && c <= 126 && c != '=') || (IsBlankByte(c) && !before_line_end);
    // ".": alone on a line it ends a message for some servers.
    if (plain && !(c == '.' && column == 0)) {
      put(std::string_view(&c, 1));
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const char code[] = {'=', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
      put(std::string_view(code, 3));
    }
  }
  return out;
}

std::string EncodeBase64Body(std::string_view bytes, std::string_view line_end) {
  const std::string all = Base64Encode(bytes);
  std::string out;
  for (size_t at = 0; at < all.size(); at += kLineSize) out.append(all, at, kLineSize).append(line_end);
  return out;
}

std::optional<std::string> ToUtf8(std::string_view bytes, std::string_view charset) {
  const std::string name = Lower(Trim(charset));
  if (name.empty() || name == "utf-8" || name == "utf8" || name == "us-ascii" || name == "ascii")
    return std::string(bytes);
  const bool latin9 = name == "iso-8859-15" || name == "latin-9" || name == "latin9";
  const bool latin1 = name == "iso-8859-1" || name == "latin1" || name == "windows-1252" || name == "cp1252";
  if (!latin1 && !latin9) return std::nullopt;
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (latin9) {
      AppendUtf8(out, Latin9(byte));
    } else {
      const char32_t windows = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
      AppendUtf8(out, windows == 0 ? byte : windows);
    }
  }
  return out;
}

std::optional<std::string> DecodeHeaderText(std::string_view raw) {
  std::string out;
  bool after_word = false;
  std::string blanks;
  for (size_t at = 0; at < raw.size();) {
    const EncodedWord word = EncodedWordAt(raw.substr(at));
    if (word.size > 0) {
      std::optional<std::string> text = ToUtf8(DecodeWord(word), word.charset);
      if (!text) return std::nullopt;
      // Blanks between two encoded words are not there (RFC 2047 section 6.2).
      if (!after_word) out += blanks;
      blanks.clear();
      out += *text;
      after_word = true;
      at += word.size;
      continue;
    }
    if (raw[at] == '\r' || raw[at] == '\n') {
      ++at;
    } else if (IsBlankByte(raw[at])) {
      blanks.push_back(raw[at++]);
    } else {
      out += blanks;
      blanks.clear();
      out.push_back(raw[at++]);
      after_word = false;
    }
  }
  return out + blanks;
}

std::string EncodeHeaderText(std::string_view text, std::string_view line_end) {
  const auto is_ascii = [](std::string_view word) {
    return word.find("=?") == std::string_view::npos &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= 32 && c < 127; });
  };
  std::string out;
  size_t column = 8;  // the name, near enough
  const auto put = [&](std::string_view piece, bool may_fold) {
    // The line breaks before blanks, which all stay: reading it takes the break away and nothing else (RFC 5322 section
    // 2.2.3).
    const bool blank_first = !piece.empty() && IsBlankByte(piece[0]) && piece.find_first_not_of(" \t") != piece.npos;
    if (may_fold && blank_first && column + piece.size() > kLineSize) {
      out.append(line_end);
      column = 0;
    }
    out.append(piece);
    column += piece.size();
  };
  for (size_t at = 0; at < text.size();) {
    size_t blanks = at;
    while (blanks < text.size() && IsBlankByte(text[blanks])) ++blanks;
    size_t end = std::min(text.find_first_of(" \t", blanks), text.size());
    if (is_ascii(text.substr(blanks, end - blanks))) {
      put(text.substr(at, end - at), at > 0);
      at = end;
      continue;
    }
    // A run of words that are not ASCII, with the blanks between them, in one or more encoded words.
    while (end < text.size()) {
      const size_t next = text.find_first_not_of(" \t", end);
      if (next == std::string_view::npos) break;
      const size_t next_end = std::min(text.find_first_of(" \t", next), text.size());
      if (is_ascii(text.substr(next, next_end - next))) break;
      end = next_end;
    }
    for (size_t from = blanks; from < end;) {
      size_t to = from;
      while (to < end && to + CodePointAt(text.substr(to)).size - from <= kWordBytes)
        to += CodePointAt(text.substr(to)).size;
      to = std::min(std::max(to, from + 1), end);
      const std::string before = from > blanks ? " " : std::string(text.substr(at, blanks - at));
      put(before + "=?utf-8?B?" + Base64Encode(text.substr(from, to - from)) + "?=", from > blanks || at > 0);
      from = to;
    }
    at = end;
  }
  return out;
}

}  // namespace strongroom::redact
