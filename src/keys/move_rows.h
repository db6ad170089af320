// What the key stores of two compartments say of a customer who goes from one to the other
// (docs/formats/customer-move.md):
//   'W' || customer   in the compartment that is left: where the customer goes, or has gone
//   'A' || customer   in the one that is come to: a copy is being made here, or what was left behind is not yet gone
// Both are sealed under the ring's row key.  The row 'W' with the state kGone is the cut-over: it is written in the one
// batch that takes the customer's key away from the compartment that is left.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "keys/ids.h"

namespace strongroom {

constexpr char kDepartureKind = 'W';
constexpr char kArrivalKind = 'A';

enum class DepartureState : uint8_t {
  kLeaving = 1,  // a copy is being made; the customer lives here, and nobody is shown anything meanwhile
  kGone = 2,     // the customer lives elsewhere
};

struct Departure {
  DepartureState state = DepartureState::kLeaving;
  CompartmentId to = 0;
  uint32_t generation = 0;  // of the key that stays behind; it grows with every move
  UnixMillis at = 0;
};
// Whatever their state.
inline bool SameMove(const Departure& one, const Departure& other) {
  return one.to == other.to && one.generation == other.generation && one.at == other.at;
}

struct Arrival {
  CompartmentId from = 0;
  uint32_t generation = 0;  // of the key that stays behind there
  UnixMillis at = 0;
  bool operator==(const Arrival&) const = default;
};

Bytes DepartureRowKey(CustomerId customer);
Bytes ArrivalRowKey(CustomerId customer);
// What is sealed.
Bytes EncodeDeparture(const Departure& departure);
Bytes EncodeArrival(const Arrival& arrival);
Result<Bytes> SealDeparture(const Departure& departure, const Aead& rows, CompartmentId compartment,
                            CustomerId customer, Random& random);
Result<Bytes> SealArrival(const Arrival& arrival, const Aead& rows, CompartmentId compartment, CustomerId customer,
                          Random& random);
// kDataCorrupt.
Result<Departure> OpenDeparture(ByteView sealed, const Aead& rows, CompartmentId compartment, CustomerId customer);
Result<Arrival> OpenArrival(ByteView sealed, const Aead& rows, CompartmentId compartment, CustomerId customer);

}  // namespace strongroom
