// What every filter of src/redact promises, whatever it is fed: it ends; pieces change nothing; twice changes nothing.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "redact/filters.h"
#include "redact/testing/fake_finder.h"

namespace strongroom::redact {

// The first byte chooses the mode, the rest is the input.
template <typename Make>
void CheckFilter(const uint8_t* data, size_t size, const Make& make) {
  if (size == 0) return;
  RunOptions options;
  options.mode = kAllModes[data[0] % 5];  // not tokens: the fake ones are numbered
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome once = RunFilter(make, input, options);
  RunOptions pieces = options;
  pieces.most_fed = 3;
  const Outcome cut = RunFilter(make, input, pieces);
  if (once.status.reason() != cut.status.reason()) std::abort();
  if (!once.status.ok()) return;
  if (once.out != cut.out || once.found.size() != cut.found.size()) std::abort();
  const Outcome twice = RunFilter(make, once.out, options);
  // Text of zero bytes and names may look like UTF-16 once the names have gone; it is then refused, not changed.
  if (twice.status.reason() == Reason::kUnsupportedMediaType) return;
  if (!twice.status.ok() || twice.out != once.out) std::abort();
}

}  // namespace strongroom::redact
