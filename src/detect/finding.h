// What detection says about a text: where something personal stands, what it is, and how sure that is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace strongroom::detect {

enum class Kind : uint8_t {
  kPerson,
  kStreetAddress,
  kLocation,
  kOrganization,
  kDate,
  kDateOfBirth,
  kAge,
  kEmail,
  kPhone,
  kUrl,
  kIpAddress,
  kMacAddress,
  kCreditCard,
  kIban,
  kUsSsn,
  kNationalId,  // `subtype` is the name of the type: "se.personnummer"
  kSecret,      // private keys, API keys, passwords in assignments
};
inline constexpr size_t kKindCount = static_cast<size_t>(Kind::kSecret) + 1;

// "STREET_ADDRESS"; the name used in reports, in the API and on the command line.
std::string_view NameOf(Kind kind);
std::optional<Kind> KindOf(std::string_view name);

// A set of kinds.
class KindSet {
 public:
  constexpr KindSet() = default;
  static constexpr KindSet All() { return KindSet((uint32_t{1} << kKindCount) - 1); }
  constexpr bool Has(Kind kind) const { return (bits_ >> static_cast<unsigned>(kind) & 1) != 0; }
  constexpr void Add(Kind kind) { bits_ |= uint32_t{1} << static_cast<unsigned>(kind); }
  constexpr void Remove(Kind kind) { bits_ &= ~(uint32_t{1} << static_cast<unsigned>(kind)); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool Meets(KindSet other) const { return (bits_ & other.bits_) != 0; }

 private:
  constexpr explicit KindSet(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};

// One find.  The views point to static text, or to text the Finder that made them owns; never into the text searched.
struct Finding {
  size_t begin = 0;  // in bytes of the text searched; [begin, end)
  size_t end = 0;
  Kind kind = Kind::kPerson;
  float score = 0;           // 0 to 1
  std::string_view subtype;  // "us.ssn", "se.personnummer", "visa"; empty where there is none
  std::string_view rule;     // the recogniser that found it: "card", "names/sv"
};

}  // namespace strongroom::detect
