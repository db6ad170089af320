#include "crypto/shamir.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/internal/gf256.h"
#include "crypto/internal/verdict.h"

namespace strongroom {
namespace {

constexpr size_t kLongestSecretBytes = 1024;
// Shared along with the secret: k - 1 shares say as little about it as about the secret itself.
constexpr size_t kCheckSizeBytes = 8;
constexpr size_t kChecksumSizeBytes = 4;
constexpr std::string_view kPrefix = "srs1";
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford: no I, L, O, U
constexpr size_t kGroup = 5;

Status Refused(const char* why) { return {Reason::kInvalidArgument, why}; }

Digest CheckOf(ByteView secret) { return Sha256({"strongroom share check v1", secret}); }

ByteView Data(const SecretShare& share) { return ExposeSecret(share.data); }

// The value at `x` of the polynomials that pass through the first `count` shares (Lagrange).  Everything but the
// shares' bytes is public.
SecretBytes Interpolate(const std::vector<SecretShare>& shares, size_t count, uint8_t x) {
  SecretBytes value(shares[0].data.size());
  for (size_t i = 0; i < count; ++i) {
    uint8_t weight = 1;
    for (size_t j = 0; j < count; ++j) {
      if (j == i) continue;
      const uint8_t above = static_cast<uint8_t>(x ^ shares[j].index);
      const uint8_t below = static_cast<uint8_t>(shares[i].index ^ shares[j].index);
      weight = internal::Gf256Multiply(weight, internal::Gf256Multiply(above, internal::Gf256Invert(below)));
    }
    for (size_t k = 0; k < value.size(); ++k) {
      value.MutableData()[k] ^= internal::Gf256Multiply(weight, AsU8(Data(shares[i]))[k]);
    }
  }
  return value;
}

Digest ChecksumOf(const SecretShare& share) {
  const char numbers[2] = {static_cast<char>(share.threshold), static_cast<char>(share.index)};
  return Sha256({kPrefix, ByteView(numbers, 2), Data(share)});
}

// 0..31, or 32 for a character that is none.
uint32_t SymbolValue(char symbol) {
  if (symbol >= 'a' && symbol <= 'z') symbol = static_cast<char>(symbol - 'a' + 'A');
  if (symbol == 'O') symbol = '0';
  if (symbol == 'I' || symbol == 'L') symbol = '1';
  const size_t at = kAlphabet.find(symbol);
  return at == std::string_view::npos ? 32 : static_cast<uint32_t>(at);
}

bool IsSeparator(char c) { return c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Takes the next run of characters up to a separator.
std::string_view TakeWord(std::string_view& text) {
  while (!text.empty() && IsSeparator(text.front())) text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && !IsSeparator(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// 1..255 without leading zeros; 0 when it is anything else.
uint8_t ParseNumber(std::string_view word) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool good = error == std::errc() && end == word.data() + word.size() && word[0] != '0' && value <= 255;
  return good ? static_cast<uint8_t>(value) : uint8_t{0};
}

bool EqualIgnoringCase(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// The bytes of a share text's base32; empty when a character or the trailing bits are wrong, or it is too long.
SecretBytes DecodeSymbols(std::string_view text) {
  const size_t symbols =
      static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsSeparator(c); }));
  const size_t size_bytes = symbols * 5 / 8;
  // ceil(8n/5) symbols are the one spelling of n bytes.
  if (symbols != (size_bytes * 8 + 4) / 5 || size_bytes > kLongestSecretBytes + kCheckSizeBytes + kChecksumSizeBytes) {
    return {};
  }
  SecretBytes bytes(size_bytes);
  uint32_t buffer = 0;
  uint32_t bits = 0;
  size_t at = 0;
  for (const char c : text) {
    if (IsSeparator(c)) continue;
    const uint32_t value = SymbolValue(c);
    if (value == 32) return {};
    buffer = (buffer << 5 | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.MutableData()[at++] = static_cast<uint8_t>(buffer >> bits);
    }
  }
  if ((buffer & ((1u << bits) - 1)) != 0) return {};
  return bytes;
}

}  // namespace

Result<std::vector<SecretShare>> SplitSecret(const SecretBytes& secret, int threshold, int count, Random& random) {
  if (threshold < 2 || count < threshold || count > 255) {
    return Refused("shares need 2 <= threshold <= number of shares <= 255");
  }
  if (secret.empty() || secret.size() > kLongestSecretBytes) return Refused("a shared secret is 1 to 1024 bytes");

  const size_t size_bytes = secret.size() + kCheckSizeBytes;
  SecretBytes constant(size_bytes);
  ExposeSecret(secret).copy(reinterpret_cast<char*>(constant.MutableData()), secret.size());
  Digest check = CheckOf(ExposeSecret(secret));
  std::copy_n(check.begin(), kCheckSizeBytes, constant.MutableData() + secret.size());
  WipeMemory(check.data(), check.size());

  // Coefficient j of byte k stands at (j - 1) * size + k; all are uniform, the highest included (it may be zero).
  const SecretBytes coefficients = SecretBytes::Generate(size_bytes * static_cast<size_t>(threshold - 1), random);
  std::vector<SecretShare> shares(static_cast<size_t>(count));
  for (size_t i = 0; i < shares.size(); ++i) {
    SecretShare& share = shares[i];
    share.index = static_cast<uint8_t>(i + 1);
    share.threshold = static_cast<uint8_t>(threshold);
    share.data = SecretBytes(size_bytes);
    for (size_t k = 0; k < size_bytes; ++k) {
      uint8_t value = 0;
      for (int j = threshold - 1; j > 0; --j) {
        const size_t at = static_cast<size_t>(j - 1) * size_bytes + k;
        value = internal::Gf256Multiply(value ^ AsU8(ExposeSecret(coefficients))[at], share.index);
      }
      share.data.MutableData()[k] = value ^ AsU8(ExposeSecret(constant))[k];
    }
  }
  return shares;
}

Result<SecretBytes> CombineShares(const std::vector<SecretShare>& shares) {
  if (shares.empty()) return Refused("there are no shares");
  const SecretShare& first = shares[0];
  bool seen[256] = {};
  for (const SecretShare& share : shares) {
    if (share.threshold != first.threshold || share.data.size() != first.data.size()) {
      return Refused("the shares belong to different secrets");
    }
    if (share.index == 0 || share.threshold < 2 || share.data.size() <= kCheckSizeBytes) {
      return Refused("a share is malformed");
    }
    if (seen[share.index]) return Refused("a share was given twice");
    seen[share.index] = true;
  }
  if (shares.size() < first.threshold) return Refused("there are too few shares");

  const SecretBytes constant = Interpolate(shares, first.threshold, 0);
  const ByteView bytes = ExposeSecret(constant);
  const ByteView secret = bytes.substr(0, bytes.size() - kCheckSizeBytes);
  Digest check = CheckOf(secret);
  bool fits = EqualInConstantTime(View(check).substr(0, kCheckSizeBytes), bytes.substr(secret.size()));
  WipeMemory(check.data(), check.size());
  for (size_t i = first.threshold; i < shares.size(); ++i) {
    const SecretBytes expected = Interpolate(shares, first.threshold, shares[i].index);
    fits &= EqualInConstantTime(ExposeSecret(expected), Data(shares[i]));
  }
  if (!internal::PublicVerdict(fits))
    return Refused("the shares do not fit together: one is wrong or belongs to another secret");
  return SecretBytes::CopyOf(secret);
}

std::string EncodeShare(const SecretShare& share) {
  Digest checksum = ChecksumOf(share);
  const size_t size_bytes = share.data.size() + kChecksumSizeBytes;
  const size_t symbols = (size_bytes * 8 + 4) / 5;
  std::string text;
  text.reserve(kPrefix.size() + 10 + symbols + symbols / kGroup);  // at once: growing would leave copies behind
  text.append(kPrefix).append("-").append(std::to_string(share.threshold));
  text.append("-").append(std::to_string(share.index));
  uint32_t buffer = 0;
  uint32_t bits = 0;
  size_t next = 0;
  for (size_t i = 0; i < symbols; ++i) {
    if (i % kGroup == 0) text.push_back('-');
    if (bits < 5) {
      const uint8_t byte = next < share.data.size() ? AsU8(Data(share))[next]
                           : next < size_bytes      ? checksum[next - share.data.size()]
                                                    : uint8_t{0};
      buffer = (buffer << 8 | byte) & 0xfff;
      bits += 8;
      ++next;
    }
    bits -= 5;
    text.push_back(kAlphabet[buffer >> bits & 31]);
  }
  WipeMemory(checksum.data(), checksum.size());
  return text;
}

Result<SecretShare> DecodeShare(std::string_view text) {
  if (!EqualIgnoringCase(TakeWord(text), kPrefix)) return Refused("a share begins with srs1");
  SecretShare share;
  share.threshold = ParseNumber(TakeWord(text));
  share.index = ParseNumber(TakeWord(text));
  const SecretBytes bytes = DecodeSymbols(text);
  if (share.threshold < 2 || share.index == 0 || bytes.size() <= kCheckSizeBytes + kChecksumSizeBytes) {
    return Refused("a share is mistyped or incomplete");
  }
  const ByteView all = ExposeSecret(bytes);
  const ByteView data = all.substr(0, all.size() - kChecksumSizeBytes);
  share.data = SecretBytes::CopyOf(data);
  Digest checksum = ChecksumOf(share);
  const bool fits = EqualInConstantTime(View(checksum).substr(0, kChecksumSizeBytes), all.substr(data.size()));
  WipeMemory(checksum.data(), checksum.size());
  if (!fits) return Refused("a share is mistyped: its checksum does not fit");
  return share;
}

}  // namespace strongroom
