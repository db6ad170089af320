#include "vault/customer_code.h"

#include <array>
#include <vector>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCustomerSymbols = 13;  // 65 bits: the first symbol holds four
constexpr size_t kTokenSymbols = 26;     // 130 bits: the first symbol holds three
constexpr std::string_view kTokenPrefix = "tok_";

int SymbolValue(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  const size_t position = kAlphabet.find(c);
  return position == std::string_view::npos ? -1 : static_cast<int>(position);
}

// GF(32) with x^5 + x^2 + 1; multiplication by x.
uint8_t TimesX(uint8_t value) {
  const unsigned doubled = static_cast<unsigned>(value) << 1;
  return static_cast<uint8_t>((doubled ^ ((doubled & 0x20u) != 0 ? 0x25u : 0u)) & 0x1fu);
}

// Horner's rule: sum of symbol_i * x^(n-i).  x generates the multiplicative group, so weights are distinct up to 31 symbols.
uint8_t WeightedSum(const std::vector<uint8_t>& symbols) {
  uint8_t sum = 0;
  for (uint8_t symbol : symbols) sum = TimesX(static_cast<uint8_t>(sum ^ symbol));
  return sum;
}

std::string WithCheck(std::vector<uint8_t> symbols) {
  const uint8_t check = WeightedSum(symbols);  // check * x^0 cancels the sum
  std::string text;
  for (uint8_t symbol : symbols) text.push_back(kAlphabet[symbol]);
  text.push_back(kAlphabet[check]);
  return text;
}

// The symbols without the check character, or empty when mistyped.
std::vector<uint8_t> WithoutCheck(std::string_view text, size_t symbol_count) {
  std::vector<uint8_t> symbols;
  symbols.reserve(symbol_count + 1);
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    const int value = SymbolValue(c);
    if (value < 0 || symbols.size() > symbol_count) return {};
    symbols.push_back(static_cast<uint8_t>(value));
  }
  if (symbols.size() != symbol_count + 1) return {};
  const uint8_t check = symbols.back();
  symbols.pop_back();
  if (WeightedSum(symbols) != check) return {};
  return symbols;
}

}  // namespace

CodeBook::CodeBook(const SecretBytes& routing_key)
    : customers_(Hkdf(routing_key, "strongroom customer codes v1"), "customer code"),
      tokens_(Hkdf(routing_key, "strongroom tokens v1")) {}

std::string CodeBook::EncodeCustomer(CustomerId customer) const {
  uint64_t permuted = customers_.Permute(customer);
  std::vector<uint8_t> symbols(kCustomerSymbols);
  for (size_t i = kCustomerSymbols; i-- > 0; permuted >>= 5) symbols[i] = permuted & 31;
  const std::string flat = WithCheck(symbols);
  return flat.substr(0, 4) + "-" + flat.substr(4, 4) + "-" + flat.substr(8, 4) + "-" + flat.substr(12);
}

Result<CustomerId> CodeBook::DecodeCustomer(std::string_view text) const {
  const std::vector<uint8_t> symbols = WithoutCheck(text, kCustomerSymbols);
  if (symbols.empty() || symbols[0] > 15) {
    return Status(Reason::kCodeMistyped, "this is not a customer code, or a character of it is wrong; a code looks like 7KQM-4XWN-2RTB-9C");
  }
  uint64_t permuted = 0;
  for (uint8_t symbol : symbols) permuted = permuted << 5 | symbol;
  return customers_.Invert(permuted);
}

std::string CodeBook::EncodeToken(const TokenId& token) const {
  Bytes plain;
  ByteWriter writer(plain);
  writer.U64(token.owner);
  writer.U64(token.random);
  Block block;
  std::copy(plain.begin(), plain.end(), block.begin());
  block = tokens_.Permute(block);
  ByteReader reader(View(block));
  unsigned __int128 value = static_cast<unsigned __int128>(reader.U64()) << 64;
  value |= reader.U64();
  std::vector<uint8_t> symbols(kTokenSymbols);
  for (size_t i = kTokenSymbols; i-- > 0; value >>= 5) symbols[i] = static_cast<uint8_t>(value & 31);
  return std::string(kTokenPrefix) + WithCheck(symbols);
}

Result<TokenId> CodeBook::DecodeToken(std::string_view text) const {
  const Status mistyped(Reason::kTokenMistyped, "this is not a token, or a character of it is wrong");
  if (!text.starts_with(kTokenPrefix)) return mistyped;
  const std::vector<uint8_t> symbols = WithoutCheck(text.substr(kTokenPrefix.size()), kTokenSymbols);
  if (symbols.empty() || symbols[0] > 7) return mistyped;
  unsigned __int128 value = 0;
  for (uint8_t symbol : symbols) value = value << 5 | symbol;
  Bytes permuted;
  ByteWriter writer(permuted);
  writer.U64(static_cast<uint64_t>(value >> 64));
  writer.U64(static_cast<uint64_t>(value));
  Block block;
  std::copy(permuted.begin(), permuted.end(), block.begin());
  block = tokens_.Invert(block);
  ByteReader reader(View(block));
  TokenId token;
  token.owner = reader.U64();
  token.random = reader.U64();
  return token;
}

}  // namespace strongroom
