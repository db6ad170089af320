#include "factors/cbor.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr int kMostNesting = 4;  // CTAP2, section 8
constexpr uint8_t kFalse = 20, kTrue = 21, kNull = 22;

}  // namespace

// RFC 8949, 3: three bits of kind, five of length or value.  4.2.1: the shortest form, and no open ends.
CborReader::Head CborReader::ReadHead() {
  const ByteView first = Take(1);
  if (failed_) return {};
  const auto byte = static_cast<uint8_t>(first[0]);
  Head head;
  head.major = static_cast<Major>(byte >> 5);
  const unsigned info = byte & 31;
  if (info < 24) {
    head.value = info;
    return head;
  }
  // A simple value of more than one byte is a float or unassigned; 28 to 31 are reserved or open-ended.
  if (info > 27 || head.major == Major::kSimple) {
    Fail();
    return {};
  }
  const size_t width_bytes = size_t{1} << (info - 24);
  for (const char c : Take(width_bytes)) head.value = head.value << 8 | static_cast<uint8_t>(c);
  const uint64_t least = width_bytes == 1 ? 24 : uint64_t{1} << (width_bytes * 4);
  if (head.value < least) Fail();
  return failed_ ? Head() : head;
}

uint64_t CborReader::ReadHead(Major wanted) {
  const Head head = ReadHead();
  if (failed_ || head.major != wanted) {
    Fail();
    return 0;
  }
  return head.value;
}

ByteView CborReader::Take(uint64_t size_bytes) {
  if (failed_ || size_bytes > remaining()) {
    Fail();
    return {};
  }
  const ByteView taken = in_.substr(at_, size_bytes);
  at_ += taken.size();
  return taken;
}

int64_t CborReader::Int() {
  const Head head = ReadHead();
  if (failed_ || head.value > INT64_MAX || (head.major != Major::kUnsigned && head.major != Major::kNegative)) {
    Fail();
    return 0;
  }
  const auto value = static_cast<int64_t>(head.value);
  return head.major == Major::kUnsigned ? value : -1 - value;
}

ByteView CborReader::ByteString() { return Take(ReadHead(Major::kBytes)); }

std::string_view CborReader::Text() {
  const std::string_view text = Take(ReadHead(Major::kText));
  if (!failed_ && IsValidUtf8(text)) return text;
  Fail();
  return {};
}

uint64_t CborReader::Map() {
  const uint64_t size = ReadHead(Major::kMap);
  if (size <= CborMap::kMostMembers) return size;
  Fail();
  return 0;
}

// An item takes a byte at least: a count that cannot be true is refused before anybody loops over it.
uint64_t CborReader::Array() {
  const uint64_t size = ReadHead(Major::kArray);
  if (size <= remaining()) return size;
  Fail();
  return 0;
}

void CborReader::Skip() { SkipNested(kMostNesting); }

void CborReader::SkipNested(int depth) {
  if (NextIsMap()) {
    if (depth == 0) return Fail();
    for (CborMap map(*this); map.Next();) SkipNested(depth - 1);
    return;
  }
  const Head head = ReadHead();
  if (failed_) return;
  if (head.major == Major::kUnsigned || head.major == Major::kNegative) return;
  if (head.major == Major::kBytes) {
    Take(head.value);
    return;
  }
  if (head.major == Major::kText) {
    if (!IsValidUtf8(Take(head.value))) Fail();
    return;
  }
  if (head.major == Major::kSimple) {
    if (head.value != kFalse && head.value != kTrue && head.value != kNull) Fail();
    return;
  }
  if (head.major != Major::kArray || depth == 0 || head.value > remaining()) return Fail();
  for (uint64_t i = 0; i < head.value && !failed_; ++i) SkipNested(depth - 1);
}

bool CborReader::NextIsText() const {
  return !failed_ && remaining() > 0 && static_cast<uint8_t>(in_[at_]) >> 5 == static_cast<uint8_t>(Major::kText);
}

bool CborReader::NextIsMap() const {
  return !failed_ && remaining() > 0 && static_cast<uint8_t>(in_[at_]) >> 5 == static_cast<uint8_t>(Major::kMap);
}

Status CborReader::Finish(std::string_view what) const {
  if (failed_)
    return {Reason::kMalformedRequest, std::string(what) + " is not canonical CBOR as authenticators write it"};
  if (remaining() > 0) return {Reason::kMalformedRequest, std::string(what) + " is followed by further bytes"};
  return Status::Ok();
}

bool CborMap::Next() {
  if (reader_.failed()) return false;
  if (read_ > 0 && reader_.position() == value_at_) reader_.Fail();  // the last value was not read
  if (reader_.failed() || read_ == size_) return false;
  const size_t key_at = reader_.position();
  key_is_text_ = reader_.NextIsText();
  if (key_is_text_) {
    text_key_ = reader_.Text();
  } else {
    int_key_ = reader_.Int();
  }
  const ByteView raw_key = reader_.Since(key_at);
  if (SeenBefore(raw_key)) reader_.Fail();
  if (reader_.failed()) return false;
  keys_[read_++] = raw_key;
  value_at_ = reader_.position();
  return true;
}

// Both spellings are the shortest, so equal keys have equal bytes.
bool CborMap::SeenBefore(ByteView raw_key) const {
  return std::find(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(read_), raw_key) !=
         keys_.begin() + static_cast<std::ptrdiff_t>(read_);
}

}  // namespace strongroom
