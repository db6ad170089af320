#include "base/encoding.h"

#include <array>

namespace strongroom {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::array<int8_t, 256> Invert(const char* alphabet) {
  std::array<int8_t, 256> inverse{};
  inverse.fill(-1);
  for (int i = 0; i < 64; ++i) inverse[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  return inverse;
}

std::string EncodeSixBits(ByteView bytes, const char* alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t v = static_cast<uint32_t>(AsU8(bytes)[i] << 16 | AsU8(bytes)[i + 1] << 8 | AsU8(bytes)[i + 2]);
    out += {alphabet[v >> 18], alphabet[v >> 12 & 63], alphabet[v >> 6 & 63], alphabet[v & 63]};
  }
  const size_t left = bytes.size() - i;
  if (left == 1) {
    const uint32_t v = static_cast<uint32_t>(AsU8(bytes)[i] << 16);
    out += {alphabet[v >> 18], alphabet[v >> 12 & 63]};
  } else if (left == 2) {
    const uint32_t v = static_cast<uint32_t>(AsU8(bytes)[i] << 16 | AsU8(bytes)[i + 1] << 8);
    out += {alphabet[v >> 18], alphabet[v >> 12 & 63], alphabet[v >> 6 & 63]};
  }
  if (pad && left != 0) out.append(3 - left, '=');
  return out;
}

Result<Bytes> DecodeSixBits(std::string_view text, const std::array<int8_t, 256>& inverse) {
  const size_t tail = text.size() % 4;
  if (tail == 1) return Status(Reason::kInvalidArgument, "base64 text has an impossible length");
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int bit_count = 0;
  for (char c : text) {
    const int value = inverse[static_cast<uint8_t>(c)];
    if (value < 0) return Status(Reason::kInvalidArgument, "base64 text has a character outside its alphabet");
    bits = bits << 6 | static_cast<uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<char>(bits >> bit_count));
      bits &= (1u << bit_count) - 1;
    }
  }
  if (bits != 0) return Status(Reason::kInvalidArgument, "base64 text has trailing bits");
  return out;
}

}  // namespace

std::string HexEncode(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    out.push_back(kHex[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kHex[static_cast<uint8_t>(c) & 15]);
  }
  return out;
}

Result<Bytes> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return Status(Reason::kInvalidArgument, "hex text has an odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexValue(text[i]);
    const int low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return Status(Reason::kInvalidArgument, "hex text has a character outside 0-9a-f");
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string Base64Encode(ByteView bytes) { return EncodeSixBits(bytes, kBase64, true); }
std::string Base64UrlEncode(ByteView bytes) { return EncodeSixBits(bytes, kBase64Url, false); }

Result<Bytes> Base64Decode(std::string_view text) {
  static const auto kInverse = Invert(kBase64);
  if (text.size() % 4 != 0) return Status(Reason::kInvalidArgument, "base64 text is not padded to four characters");
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return DecodeSixBits(text.substr(0, text.size() - padding), kInverse);
}

Result<Bytes> Base64UrlDecode(std::string_view text) {
  static const auto kInverse = Invert(kBase64Url);
  return DecodeSixBits(text, kInverse);
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kUpperHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.push_back('%');
      out.push_back(kUpperHex[byte >> 4]);
      out.push_back(kUpperHex[byte & 15]);
    }
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    const Result<Bytes> byte = HexDecode(text.substr(at + 1, 2));
    if (!byte.ok() || byte->size() != 1) {
      return Status(Reason::kInvalidArgument, "what is to be percent-encoded is not");
    }
    out += *byte;
    at += 2;
  }
  if (!IsValidUtf8(out)) return Status(Reason::kInvalidUtf8);
  return out;
}

bool IsValidUtf8(std::string_view text) {
  const uint8_t* p = AsU8(text);
  const uint8_t* const end = p + text.size();
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    int follow = 0;
    uint32_t value = 0;
    uint32_t lowest = 0;
    if ((*p & 0xe0) == 0xc0) {
      follow = 1, value = *p & 0x1f, lowest = 0x80;
    } else if ((*p & 0xf0) == 0xe0) {
      follow = 2, value = *p & 0x0f, lowest = 0x800;
    } else if ((*p & 0xf8) == 0xf0) {
      follow = 3, value = *p & 0x07, lowest = 0x10000;
    } else {
      return false;
    }
    if (end - p <= follow) return false;
    for (int i = 1; i <= follow; ++i) {
      if ((p[i] & 0xc0) != 0x80) return false;
      value = value << 6 | (p[i] & 0x3fu);
    }
    if (value < lowest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return false;
    p += follow + 1;
  }
  return true;
}

void ByteWriter::Big(uint64_t value, int size_bytes) {
  for (int shift = (size_bytes - 1) * 8; shift >= 0; shift -= 8) out_.push_back(static_cast<char>(value >> shift));
}

void ByteWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

uint64_t ByteReader::Big(size_t size_bytes) {
  const ByteView bytes = Raw(size_bytes);
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const uint8_t byte = U8();
    if (failed_) return 0;
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift != 0) break;  // overlong
      return value;
    }
  }
  failed_ = true;
  in_ = {};
  return 0;
}

ByteView ByteReader::Raw(size_t size_bytes) {
  if (failed_ || size_bytes > in_.size()) {
    failed_ = true;
    in_ = {};
    return {};
  }
  const ByteView taken = in_.substr(0, size_bytes);
  in_.remove_prefix(size_bytes);
  return taken;
}

Status ByteReader::Finish(std::string_view what) const {
  if (!failed_ && in_.empty()) return Status::Ok();
  return Status(Reason::kDataCorrupt,
                std::string(what) + (failed_ ? " is cut short or malformed" : " has bytes after its end"));
}

}  // namespace strongroom
