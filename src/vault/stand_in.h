// StandIn: the work of opening a customer, done for nobody.  Whoever may not know of a customer hears what is said of
// nobody (gate.h); without this it would be said sooner of nobody.  What is left of a difference is whether the store
// finds a row (docs/known-gaps.md).
#pragma once

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/random.h"

namespace strongroom {

// Any thread.
class StandIn {
 public:
  explicit StandIn(Random& random);
  // Opens and parses a sealed record of invented values.
  void Work() const;

 private:
  const Aead aead_;
  Bytes sealed_;
};

}  // namespace strongroom
