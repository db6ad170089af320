#include "factors/recovery_codes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kRandomCharacters = 14;
constexpr size_t kCharacters = kRandomCharacters + 1;
constexpr size_t kGroup = 5;
constexpr size_t kMostCodes = 32;
constexpr uint8_t kVersion = 1;

// A code's values, without spelling; wiped when dropped.
struct CodeValues {
  std::array<uint8_t, kCharacters> values = {};
  CodeValues() = default;
  CodeValues(const CodeValues&) = default;
  CodeValues& operator=(const CodeValues&) = default;
  ~CodeValues() { WipeMemory(values.data(), values.size()); }
};

// In the field of 32 elements with x^5 + x^2 + 1, where x has order 31.
uint8_t TimesX(uint8_t element) {
  const unsigned shifted = unsigned{element} << 1;
  return static_cast<uint8_t>((shifted ^ (shifted & 0x20 ? 0x25 : 0)) & 0x1f);
}

// Horner's rule, from the last character: each ends up multiplied by x once more than its place.
uint8_t CheckOf(const CodeValues& code) {
  uint8_t sum = 0;
  for (size_t i = kRandomCharacters; i-- > 0;) sum = TimesX(static_cast<uint8_t>(sum ^ code.values[i]));
  return sum;
}

int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') c = '0';
  if (c == 'i' || c == 'l') c = '1';
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::optional<CodeValues> ParseCode(std::string_view typed) {
  CodeValues code;
  size_t count = 0;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    const int value = ValueOf(c);
    if (value < 0 || count == kCharacters) return std::nullopt;
    code.values[count++] = static_cast<uint8_t>(value);
  }
  if (count != kCharacters || CheckOf(code) != code.values[kRandomCharacters]) return std::nullopt;
  return code;
}

CodeValues DrawCode(Random& random) {
  CodeValues code;
  random.Fill(code.values.data(), kRandomCharacters);
  for (uint8_t& value : code.values) value &= 31;  // 256 is a multiple of 32: uniform
  code.values[kRandomCharacters] = CheckOf(code);
  return code;
}

// With a hyphen after each `group` characters but the last; 0 for none.
SecretBytes TextOf(const CodeValues& code, size_t group) {
  SecretBytes text(kCharacters + (group > 0 ? (kCharacters - 1) / group : 0));
  size_t at = 0;
  for (size_t i = 0; i < kCharacters; ++i) {
    if (group > 0 && i > 0 && i % group == 0) text.MutableData()[at++] = '-';
    text.MutableData()[at++] = static_cast<uint8_t>(kAlphabet[code.values[i]]);
  }
  return text;
}

}  // namespace

bool IsWellFormedRecoveryCode(std::string_view typed) { return ParseCode(typed).has_value(); }

Result<RecoveryCodeSet::Hash> RecoveryCodeSet::HashOf(const SecretBytes& plain) const {
  Hash hash = {};
  ASSIGN_OR_RETURN(const SecretBytes slow, Argon2id(plain, View(salt_), cost_, hash.size()));
  const ByteView bytes = ExposeSecret(slow);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Status RecoveryCodeSet::Redeem(std::string_view typed) {
  const std::optional<CodeValues> code = ParseCode(typed);
  if (!code) return {Reason::kFactorRefused, "the recovery code is mistyped: it has three groups of five characters"};
  ASSIGN_OR_RETURN(const Hash hash, HashOf(TextOf(*code, 0)));
  // All are compared, found or not.
  size_t found = hashes_.size();
  for (size_t i = 0; i < hashes_.size(); ++i) {
    if (EqualInConstantTime(View(hash), View(hashes_[i]))) found = i;
  }
  if (found == hashes_.size()) return {Reason::kFactorRefused, "the recovery code is not one of yours, or was used"};
  hashes_.erase(hashes_.begin() + static_cast<std::ptrdiff_t>(found));
  return Status::Ok();
}

Bytes RecoveryCodeSet::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kVersion);
  writer.U32(cost_.memory_kib);
  writer.U32(cost_.passes);
  writer.Varint(made_);
  writer.Raw(View(salt_));
  writer.Varint(hashes_.size());
  for (const Hash& hash : hashes_) writer.Raw(View(hash));
  return out;
}

Result<RecoveryCodeSet> RecoveryCodeSet::Decode(ByteView bytes) {
  const Status corrupt(Reason::kDataCorrupt, "a stored set of recovery codes cannot be read");
  ByteReader in(bytes);
  RecoveryCodeSet set;
  if (in.U8() != kVersion) return corrupt;
  set.cost_.memory_kib = in.U32();
  set.cost_.passes = in.U32();
  set.made_ = in.Varint();
  const ByteView salt = in.Raw(set.salt_.size());
  const uint64_t count = in.Varint();
  if (in.failed() || set.made_ > kMostCodes || count > set.made_) return corrupt;
  std::copy(salt.begin(), salt.end(), set.salt_.begin());
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const ByteView hash = in.Raw(sizeof(Hash));
    std::copy(hash.begin(), hash.end(), set.hashes_.emplace_back().begin());
  }
  if (!in.Finish("a set of recovery codes").ok()) return corrupt;
  return set;
}

Result<NewRecoveryCodes> MakeRecoveryCodes(Random& random, size_t count, Argon2Cost cost) {
  if (count < 1 || count > kMostCodes) {
    return Status(Reason::kInvalidArgument, "a set has 1 to " + std::to_string(kMostCodes) + " recovery codes");
  }
  NewRecoveryCodes made;
  made.set.cost_ = cost;
  made.set.made_ = count;
  random.Fill(made.set.salt_.data(), made.set.salt_.size());
  for (size_t i = 0; i < count; ++i) {
    const CodeValues code = DrawCode(random);
    ASSIGN_OR_RETURN(const RecoveryCodeSet::Hash hash, made.set.HashOf(TextOf(code, 0)));
    made.set.hashes_.push_back(hash);
    made.texts.push_back(TextOf(code, kGroup));
  }
  return made;
}

}  // namespace strongroom
