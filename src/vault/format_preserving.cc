#include "vault/format_preserving.h"

#include <algorithm>
#include <vector>

#include "detect/validators.h"

namespace strongroom {
namespace {

constexpr uint64_t kFewestDraws = 10'000;
constexpr int kLuhnTries = 64;
constexpr size_t kMaxBytes = 128;  // longer texts are no identifiers, and each draw is kept whole

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool Varies(char c) { return IsDigit(c) || IsUpper(c) || IsLower(c); }

std::vector<size_t> VaryingPlaces(std::string_view value, uint8_t keep_last) {
  std::vector<size_t> places;
  for (size_t i = 0; i < value.size(); ++i) {
    if (Varies(value[i])) places.push_back(i);
  }
  places.resize(places.size() - std::min<size_t>(keep_last, places.size()));
  return places;
}

bool AllDigits(std::string_view value) { return std::all_of(value.begin(), value.end(), IsDigit); }

}  // namespace

uint64_t CountOfShape(std::string_view value, const PreservedShape& shape) {
  uint64_t count = 1;
  for (const size_t place : VaryingPlaces(value, shape.keep_last)) {
    const uint64_t symbols = IsDigit(value[place]) ? 10 : 26;
    if (count > (1ull << 63) / symbols) return 1ull << 63;
    count *= symbols;
  }
  return AllDigits(value) && shape.luhn_valid ? count / 10 : count;
}

Result<std::string> DrawOfShape(std::string_view value, const PreservedShape& shape, Random& random) {
  if (value.size() > kMaxBytes) {
    return Status(Reason::kTokenFormatRefused, "values over 128 bytes have no format to keep; use a random token");
  }
  const bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
  if (!ascii || CountOfShape(value, shape) < kFewestDraws) {
    return Status(Reason::kTokenFormatRefused,
                  "the value is too short or of a script that cannot keep its format; use a random token");
  }
  const std::vector<size_t> places = VaryingPlaces(value, shape.keep_last);
  const bool digits = AllDigits(value);
  for (int attempt = 0; attempt < kLuhnTries; ++attempt) {
    std::string drawn(value);
    for (const size_t place : places) {
      const char c = value[place];
      if (IsDigit(c)) {
        drawn[place] = static_cast<char>('0' + random.Below(10));
      } else {
        drawn[place] = static_cast<char>((IsUpper(c) ? 'A' : 'a') + random.Below(26));
      }
    }
    if (drawn == value) continue;
    if (!digits || detect::LuhnValid(drawn) == shape.luhn_valid) return drawn;
  }
  return Status(Reason::kTokenSpaceExhausted, "no token of this format could be drawn; use a random token");
}

}  // namespace strongroom
