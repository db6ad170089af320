#include "vault/customer_code.h"

#include <array>
#include <optional>
#include <span>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCustomerSymbols = 13;  // 65 bits: the first symbol holds four
constexpr size_t kTokenSymbols = 26;     // 130 bits: the first symbol holds three
constexpr std::string_view kTokenPrefix = "tok_";

// In either case; what is easily mistaken for a digit counts as it.
constexpr std::array<int8_t, 256> kSymbolValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    const auto symbol = static_cast<uint8_t>(kAlphabet[i]);
    values[symbol] = static_cast<int8_t>(i);
    if (symbol >= 'A') values[symbol - 'A' + 'a'] = static_cast<int8_t>(i);
  }
  for (const char c : {'I', 'i', 'L', 'l'}) values[static_cast<uint8_t>(c)] = 1;
  for (const char c : {'O', 'o'}) values[static_cast<uint8_t>(c)] = 0;
  return values;
}();

int SymbolValue(char c) { return kSymbolValues[static_cast<uint8_t>(c)]; }

// GF(32) with x^5 + x^2 + 1; multiplication by x.
uint8_t TimesX(uint8_t value) {
  const unsigned doubled = static_cast<unsigned>(value) << 1;
  return static_cast<uint8_t>((doubled ^ ((doubled & 0x20u) != 0 ? 0x25u : 0u)) & 0x1fu);
}

// Horner's rule: sum of symbol_i * x^(n-i).  x generates the multiplicative group, so weights are distinct up to 31
// symbols.
uint8_t WeightedSum(std::span<const uint8_t> symbols) {
  uint8_t sum = 0;
  for (uint8_t symbol : symbols) sum = TimesX(static_cast<uint8_t>(sum ^ symbol));
  return sum;
}

// The low 5 * kCount bits of `value` as symbols and a check character, a hyphen after each `group` of them (0: none).
template <size_t kCount>
void AppendWithCheck(std::string& text, unsigned __int128 value, size_t group) {
  std::array<uint8_t, kCount + 1> symbols;
  for (size_t i = kCount; i-- > 0; value >>= 5) symbols[i] = static_cast<uint8_t>(value & 31);
  symbols[kCount] = WeightedSum({symbols.data(), kCount});  // check * x^0 cancels the sum
  for (size_t i = 0; i < symbols.size(); ++i) {
    if (group != 0 && i != 0 && i % group == 0) text.push_back('-');
    text.push_back(kAlphabet[symbols[i]]);
  }
}

// The value of kCount symbols and their check character, or nothing when mistyped.
template <size_t kCount>
std::optional<unsigned __int128> WithoutCheck(std::string_view text) {
  std::array<uint8_t, kCount + 1> symbols;
  size_t count = 0;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    const int value = SymbolValue(c);
    if (value < 0 || count == symbols.size()) return std::nullopt;
    symbols[count++] = static_cast<uint8_t>(value);
  }
  if (count != symbols.size() || WeightedSum({symbols.data(), kCount}) != symbols[kCount]) return std::nullopt;
  unsigned __int128 value = 0;
  for (size_t i = 0; i < kCount; ++i) value = value << 5 | symbols[i];
  return value;
}

Status MistypedToken() { return {Reason::kTokenMistyped, "this is not a token, or a character of it is wrong"}; }

char FirstSymbol(std::string_view text) { return text[text.find_first_not_of("- ")]; }

Block ToBlock(uint64_t high, uint64_t low) {
  Block block;
  for (size_t i = 0; i < 8; ++i) {
    block[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    block[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  return block;
}

}  // namespace

// A permuted id is as good as random, so its last bits choose the slot.
std::optional<CustomerId> CodeBook::Recent::Find(uint64_t permuted) const {
  const Slot& slot = slots_[permuted % kSlots];
  const CustomerId customer = slot.customer.load(std::memory_order_relaxed);
  if (customer == 0 || (slot.sum.load(std::memory_order_relaxed) ^ customer) != permuted) return std::nullopt;
  return customer;
}

void CodeBook::Recent::Remember(uint64_t permuted, CustomerId customer) {
  Slot& slot = slots_[permuted % kSlots];
  slot.customer.store(customer, std::memory_order_relaxed);
  slot.sum.store(permuted ^ customer, std::memory_order_relaxed);
}

CodeBook::CodeBook(const SecretBytes& routing_key)
    : customers_(Hkdf(routing_key, "strongroom customer codes v1"), "customer code"),
      tokens_(Hkdf(routing_key, "strongroom tokens v1")) {}

std::string CodeBook::EncodeCustomer(CustomerId customer) const {
  std::string text;
  text.reserve(20);
  AppendWithCheck<kCustomerSymbols>(text, customers_.Permute(customer), 4);
  return text;
}

std::string CodeBook::RespellCustomer(std::string_view code) {
  std::string text;
  text.reserve(20);
  const std::optional<unsigned __int128> permuted = WithoutCheck<kCustomerSymbols>(code);
  if (permuted.has_value()) AppendWithCheck<kCustomerSymbols>(text, *permuted, 4);
  return text;
}

Result<CustomerId> CodeBook::DecodeCustomer(std::string_view text) const {
  const std::optional<unsigned __int128> permuted = WithoutCheck<kCustomerSymbols>(text);
  if (!permuted.has_value() || *permuted >> 64 != 0) {
    return Status(Reason::kCodeMistyped,
                  "this is not a customer code, or a character of it is wrong; a code looks like 7KQM-4XWN-2RTB-9C");
  }
  const auto code = static_cast<uint64_t>(*permuted);
  if (const std::optional<CustomerId> known = recent_.Find(code)) return *known;
  const CustomerId customer = customers_.Invert(code);
  recent_.Remember(code, customer);
  return customer;
}

std::string CodeBook::EncodeToken(const TokenId& token) const {
  const Block block = tokens_.Permute(ToBlock(token.owner, token.random));
  ByteReader reader(View(block));
  const uint64_t high = reader.U64();
  std::string text(kTokenPrefix);
  text.reserve(32);
  AppendWithCheck<kTokenSymbols>(text, static_cast<unsigned __int128>(high) << 64 | reader.U64(), 0);
  return text;
}

Result<TokenId> CodeBook::DecodeToken(std::string_view text) const {
  if (!text.starts_with(kTokenPrefix)) return MistypedToken();
  text.remove_prefix(kTokenPrefix.size());
  const std::optional<unsigned __int128> value = WithoutCheck<kTokenSymbols>(text);
  // 26 symbols hold 130 bits: the first has three of its own.
  if (!value.has_value() || SymbolValue(FirstSymbol(text)) > 7) return MistypedToken();
  const Block block = tokens_.Invert(ToBlock(static_cast<uint64_t>(*value >> 64), static_cast<uint64_t>(*value)));
  ByteReader reader(View(block));
  TokenId token;
  token.owner = reader.U64();
  token.random = reader.U64();
  return token;
}

}  // namespace strongroom
