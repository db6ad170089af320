// How an API key is written: "srk_", 32 random bytes in 52 characters, "_", a checksum of 6 characters
// (docs/formats/api-key.md).  The prefix lets scanners of source code find a leaked key; the checksum tells a mistyped
// or cut key from a wrong one without a look at the table, and without a hint to whoever guesses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/random.h"
#include "crypto/secret.h"

namespace strongroom {

constexpr size_t kApiKeySizeBytes = 32;
constexpr size_t kApiKeyTextLength = 4 + 52 + 1 + 6;

// The random part, wiped when dropped.  On the stack, because one is made for every request.
class ApiKeySecret {
 public:
  ApiKeySecret() = default;
  ApiKeySecret(const ApiKeySecret&) = delete;
  ApiKeySecret& operator=(const ApiKeySecret&) = delete;
  ~ApiKeySecret() { WipeMemory(bytes_.data(), bytes_.size()); }

  void Draw(Random& random) { random.Fill(bytes_.data(), bytes_.size()); }
  // False, and zero, unless `text` is exactly the text of some key: one key has one text.
  bool ParseText(std::string_view text);
  // kApiKeyTextLength characters.
  SecretBytes ToText() const;
  ByteView Expose() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::array<uint8_t, kApiKeySizeBytes> bytes_{};
};

}  // namespace strongroom
