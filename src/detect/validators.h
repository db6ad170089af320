// Check digits and shapes: does this text look like a card number, an account number, a national identity number?
//
// Pure functions: text in, answer out; no I/O, no allocation, any thread, time linear in the text.  "Valid" means well
// formed, never "issued": the registers are not ours to ask.  The rules cite their source beside the code.  A text is
// taken compact ("199001019802") or in the grouping its country writes ("19900101-9802"); separators anywhere else make
// it something else, which is what keeps false finds in running text low.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "detect/civil_date.h"

namespace strongroom::detect {

// --- Check digits.  All take ASCII digits only and answer false (or '\0') for anything else, and for empty text. ---

bool LuhnValid(std::string_view digits);       // ISO/IEC 7812-1 annex B; at least two digits
char LuhnCheckDigit(std::string_view digits);  // the digit that makes digits + it valid
bool VerhoeffValid(std::string_view digits);   // J. Verhoeff, "Error Detecting Decimal Codes", 1969
bool Mod11_10Valid(std::string_view digits);   // ISO/IEC 7064, hybrid system MOD 11,10

// --- Payment cards ---

enum class CardNetwork : uint8_t {
  kUnknown,  // no network of this table uses the prefix with this length
  kVisa,
  kMastercard,
  kAmex,
  kDiscover,
  kDiners,
  kJcb,
  kUnionPay,
  kMaestro,
  kMir,
  kRupay,
};

std::string_view NameOf(CardNetwork network);  // "mastercard"

// The network whose issuer ranges and lengths fit `digits` (compact); says nothing of the check digit.
CardNetwork CardNetworkOf(std::string_view digits);

// 13 to 19 digits and a right Luhn digit.  The network is not asked: new ranges appear faster than tables.
bool CardValid(std::string_view digits);

// --- Bank accounts ---

// A compact, upper-case IBAN: the country's length and structure (ISO 13616, SWIFT IBAN Registry) and ISO 7064 MOD
// 97-10.
bool IbanValid(std::string_view iban);

// --- National identity numbers ---

// A number in its canonical form; at most 20 characters, held inline.
class IdText {
 public:
  IdText() = default;
  std::string_view view() const { return {data_.data(), size_}; }
  size_t size() const { return size_; }
  char operator[](size_t index) const { return data_[index]; }
  // Answers false, and changes nothing, when full.
  bool Append(char c) {
    if (size_ == data_.size()) return false;
    data_[size_++] = c;
    return true;
  }

 private:
  std::array<char, 20> data_{};
  uint8_t size_ = 0;
};

// What stands behind a "valid": how much a stranger's number of the same shape would have to be lucky.
enum class IdStrength : uint8_t {
  kShape,  // characters and ranges only: needs context words in running text
  kDate,   // a real date inside, no check digit
  kCheck,  // a check digit
};

struct NationalIdType {
  std::string_view name;     // "se.personnummer": country code, dot, local name
  std::string_view meaning;  // for people, in English
  IdStrength strength = IdStrength::kShape;
  bool natural_person = true;  // false: given to organisations only
  // The canonical form of a valid number (separators gone, upper case, century written out where the number has one),
  // or nothing.  `today` decides centuries and refuses births in the future.
  std::optional<IdText> (*parse)(std::string_view text, const CivilDate& today) = nullptr;
  std::string_view example;  // a published number nobody bears
  std::string_view source;   // where the example was published
};

// All types, sorted by name.
std::span<const NationalIdType> NationalIdTypes();
// The type of this name, or nullptr.
const NationalIdType* FindNationalIdType(std::string_view name);

}  // namespace strongroom::detect
