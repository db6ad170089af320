// Issuer ranges of ISO/IEC 7812 as the networks publish them: Visa, Mastercard (2-series since 2017), American Express,
// Discover Global Network (with Diners Club and the JCB and UnionPay ranges it accepts), JCB, UnionPay, Maestro, Mir,
// RuPay.
#include <algorithm>

#include "detect/validators.h"

namespace strongroom::detect {
namespace {

struct Range {
  int low = 0;  // first six digits, inclusive
  int high = 0;
  int min_length = 0;
  int max_length = 0;
  CardNetwork network = CardNetwork::kUnknown;
};

// The first match answers, so narrow ranges stand before the wide ones they lie in.
constexpr Range kRanges[] = {
    {400000, 499999, 13, 13, CardNetwork::kVisa},  // cards of before 2000; still in old files
    {400000, 499999, 16, 16, CardNetwork::kVisa},       {400000, 499999, 19, 19, CardNetwork::kVisa},
    {510000, 559999, 16, 16, CardNetwork::kMastercard}, {222100, 272099, 16, 16, CardNetwork::kMastercard},
    {340000, 349999, 15, 15, CardNetwork::kAmex},       {370000, 379999, 15, 15, CardNetwork::kAmex},
    {220000, 220499, 16, 19, CardNetwork::kMir},        {300000, 305999, 14, 19, CardNetwork::kDiners},
    {309500, 309599, 14, 19, CardNetwork::kDiners},     {360000, 369999, 14, 19, CardNetwork::kDiners},
    {380000, 399999, 14, 19, CardNetwork::kDiners},     {352800, 358999, 16, 19, CardNetwork::kJcb},
    {601100, 601199, 16, 19, CardNetwork::kDiscover},   {644000, 649999, 16, 19, CardNetwork::kDiscover},
    {652150, 653149, 16, 16, CardNetwork::kRupay},      {650000, 659999, 16, 19, CardNetwork::kDiscover},
    {606985, 607984, 16, 16, CardNetwork::kRupay},      {608001, 608500, 16, 16, CardNetwork::kRupay},
    {508500, 508999, 16, 16, CardNetwork::kRupay},      {620000, 629999, 16, 19, CardNetwork::kUnionPay},
    {810000, 817199, 16, 19, CardNetwork::kUnionPay},   {500000, 509999, 12, 19, CardNetwork::kMaestro},
    {560000, 589999, 12, 19, CardNetwork::kMaestro},    {600000, 699999, 12, 19, CardNetwork::kMaestro},
};

}  // namespace

std::string_view NameOf(CardNetwork network) {
  switch (network) {
    case CardNetwork::kUnknown:
      return "unknown";
    case CardNetwork::kVisa:
      return "visa";
    case CardNetwork::kMastercard:
      return "mastercard";
    case CardNetwork::kAmex:
      return "amex";
    case CardNetwork::kDiscover:
      return "discover";
    case CardNetwork::kDiners:
      return "diners";
    case CardNetwork::kJcb:
      return "jcb";
    case CardNetwork::kUnionPay:
      return "unionpay";
    case CardNetwork::kMaestro:
      return "maestro";
    case CardNetwork::kMir:
      return "mir";
    case CardNetwork::kRupay:
      return "rupay";
  }
  return "unknown";
}

CardNetwork CardNetworkOf(std::string_view digits) {
  const int length = static_cast<int>(std::min<size_t>(digits.size(), 100));
  if (length < 12 || length > 19) return CardNetwork::kUnknown;
  int prefix = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') return CardNetwork::kUnknown;
    if (i < 6) prefix = prefix * 10 + (digits[i] - '0');
  }
  for (const Range& range : kRanges) {
    if (prefix >= range.low && prefix <= range.high && length >= range.min_length && length <= range.max_length) {
      return range.network;
    }
  }
  return CardNetwork::kUnknown;
}

bool CardValid(std::string_view digits) {
  // All zeros passes Luhn, and fills many a test column.
  return digits.size() >= 13 && digits.size() <= 19 && digits.find_first_not_of('0') != std::string_view::npos &&
         LuhnValid(digits);
}

}  // namespace strongroom::detect
