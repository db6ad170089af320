// Whatever is typed: rules and meter answer, what is accepted is its own normal form, and more text after the cap
// changes no score.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "factors/password_rules.h"
#include "factors/password_strength.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in(ByteView(reinterpret_cast<const char*>(data), size));
  PasswordContext context;
  context.words.emplace_back(in.Raw(in.U8() % (in.remaining() + 1)));
  context.AddEmail(in.Raw(in.U8() % (in.remaining() + 1)));
  const ByteView password = in.Rest();
  const PasswordStrength strength = MeasurePassword(password, context);
  if (strength.score < 0 || strength.score > 4 || !std::isfinite(strength.guesses_log10)) abort();
  const auto accepted = AcceptPassword(password, PasswordUse::kWithSecondFactor, context);
  if (!accepted.ok()) return 0;
  const auto again = AcceptPassword(ExposeSecret(*accepted), PasswordUse::kWithSecondFactor, context);
  if (!again.ok() || ExposeSecret(*again) != ExposeSecret(*accepted)) abort();
  return 0;
}
