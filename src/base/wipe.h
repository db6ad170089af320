// Overwriting memory that held personal data or credentials, for layers that may not include crypto.
#pragma once

#include <string.h>

#include <string>

namespace strongroom {

// explicit_bzero is the libc call that the optimiser must not remove (glibc 2.25, OpenBSD).
inline void WipeRange(void* data, size_t size_bytes) {
  if (size_bytes > 0) explicit_bzero(data, size_bytes);
}

// Overwrites the whole capacity, then clears; the capacity stays for the next use.
inline void WipeText(std::string& text) {
  WipeRange(text.data(), text.capacity());
  text.clear();
}

}  // namespace strongroom
