#include "detect/validators.h"

namespace strongroom::detect {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The sum over `digits` from the right; `doubled` says whether the last one is doubled.  -1 when not all are digits.
int LuhnSum(std::string_view digits, bool doubled) {
  int sum = 0;
  for (size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    if (!IsDigit(digits[i])) return -1;
    const int digit = digits[i] - '0';
    sum += !doubled ? digit : digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return sum;
}

// The dihedral group D5 and Verhoeff's permutation, as published.
constexpr uint8_t kVerhoeffProduct[10][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
                                              {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
                                              {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
                                              {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
                                              {8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
constexpr uint8_t kVerhoeffPermutation[8][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                                 {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                                 {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                                 {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};

}  // namespace

bool LuhnValid(std::string_view digits) {
  if (digits.size() < 2) return false;
  const int sum = LuhnSum(digits, false);
  return sum >= 0 && sum % 10 == 0;
}

char LuhnCheckDigit(std::string_view digits) {
  if (digits.empty()) return '\0';
  const int sum = LuhnSum(digits, true);
  return sum < 0 ? '\0' : static_cast<char>('0' + (10 - sum % 10) % 10);
}

bool VerhoeffValid(std::string_view digits) {
  if (digits.size() < 2) return false;
  int check = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[digits.size() - 1 - i];
    if (!IsDigit(c)) return false;
    check = kVerhoeffProduct[check][kVerhoeffPermutation[i % 8][c - '0']];
  }
  return check == 0;
}

bool Mod11_10Valid(std::string_view digits) {
  if (digits.size() < 2) return false;
  int product = 10;
  for (size_t i = 0; i + 1 < digits.size(); ++i) {
    if (!IsDigit(digits[i])) return false;
    int sum = (product + digits[i] - '0') % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return IsDigit(digits.back()) && (product + digits.back() - '0') % 10 == 1;
}

}  // namespace strongroom::detect
