// The sixteen labels of the model: what a token is part of, and which part.  Sixteen, so that the weights of a feature
// are one vector register.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "detect/finding.h"

namespace strongroom::names {

inline constexpr size_t kLabelCount = 16;

// Begin, inside, end and single, for each kind; addresses have no end of their own: they are long, and a label short.
enum Label : uint8_t {
  kOutside = 0,
  kPersonBegin = 1,
  kLocationBegin = 5,
  kOrganizationBegin = 9,
  kAddressBegin = 13,
  kAddressInside = 14,
  kAddressSingle = 15,
};
enum Part : uint8_t { kBegin = 0, kInside = 1, kEnd = 2, kSingle = 3 };

constexpr detect::Kind KindOf(uint8_t label) {
  constexpr std::array kinds = {detect::Kind::kPerson, detect::Kind::kLocation, detect::Kind::kOrganization,
                                detect::Kind::kStreetAddress};
  return kinds[(label - 1) / 4];  // precondition: not kOutside
}
constexpr Part PartOf(uint8_t label) {
  if (label == kAddressSingle) return kSingle;
  return static_cast<Part>((label - 1) % 4);
}
constexpr uint8_t LabelOf(detect::Kind kind, Part part) {
  switch (kind) {
    case detect::Kind::kPerson:
      return static_cast<uint8_t>(uint8_t{kPersonBegin} + uint8_t{part});
    case detect::Kind::kLocation:
      return static_cast<uint8_t>(uint8_t{kLocationBegin} + uint8_t{part});
    case detect::Kind::kOrganization:
      return static_cast<uint8_t>(uint8_t{kOrganizationBegin} + uint8_t{part});
    default:
      if (part == kSingle) return kAddressSingle;
      return part == kBegin ? kAddressBegin : kAddressInside;
  }
}
constexpr bool MayBegin(uint8_t label) {
  return label == kOutside || PartOf(label) == kBegin || PartOf(label) == kSingle;
}
constexpr bool MayEnd(uint8_t label) {
  return label == kOutside || label == kAddressInside || PartOf(label) == kEnd || PartOf(label) == kSingle;
}
// May `to` stand right after `from`?
constexpr bool MayFollow(uint8_t from, uint8_t to) {
  if (MayBegin(to)) return MayEnd(from);
  if (from == kOutside || KindOf(from) != KindOf(to)) return false;
  return PartOf(from) == kBegin || PartOf(from) == kInside;
}

}  // namespace strongroom::names
