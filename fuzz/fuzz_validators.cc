// Text from a stranger: what a validator accepts has a canonical form that it accepts unchanged.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "detect/validators.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom::detect;  // NOLINT: a program of one file
  constexpr CivilDate kToday{2026, 11, 1};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const NationalIdType& type : NationalIdTypes()) {
    const auto once = type.parse(text, kToday);
    if (!once) continue;
    const auto twice = type.parse(once->view(), kToday);
    if (!twice || twice->view() != once->view()) std::abort();
  }
  if (CardValid(text) && !LuhnValid(text)) std::abort();
  (void)CardNetworkOf(text);
  (void)IbanValid(text);
  (void)VerhoeffValid(text);
  (void)Mod11_10Valid(text);
  const char check = LuhnCheckDigit(text);
  if (check != '\0' && !LuhnValid(std::string(text) + check)) std::abort();
  return 0;
}
