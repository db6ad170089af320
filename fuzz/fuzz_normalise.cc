// Values from a stranger: what is accepted is its own stored form, a search form is its own search form, a mask is
// UTF-8 and hides a value of some length.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "vault/guess.h"
#include "vault/mask.h"
#include "vault/normalise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;  // NOLINT: a program of one file
  if (size < 1) return 0;
  const auto type = static_cast<FieldType>(data[0] % kFieldTypeCount);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const FakeClock clock;
  TypeOptions options;
  options.password_min_code_points = 8;
  if ((data[0] & 0x40) != 0) options.default_region = "SE";
  if ((data[0] & 0x80) != 0) options.national_id_country = "se,fi";

  const std::string searched = NormaliseForSearch(type, text, options, clock);
  if (NormaliseForSearch(type, searched, options, clock) != searched) std::abort();

  const auto stored = ValidateValue(type, text, options, clock);
  if (stored.ok()) {
    const auto again = ValidateValue(type, *stored, options, clock);
    if (!again.ok() || *again != *stored) std::abort();
    const std::string form = NormaliseForSearch(type, *stored, options, clock);
    // Who searches with what was typed in finds what was stored.
    if (form != searched && type != FieldType::kDate && type != FieldType::kDateOfBirth) std::abort();
  }
  for (auto style : {MaskStyle::kHidden, MaskStyle::kStandard, MaskStyle::kLongBin}) {
    const std::string mask = Mask(type, text, style);
    if (!IsValidUtf8(mask)) std::abort();
    if (text.size() > 12 && mask.find(text) != std::string::npos) std::abort();
  }
  const std::string header(text.substr(0, text.size() / 2));
  (void)GuessColumns(std::vector<std::string>{header}, std::vector<std::vector<std::string>>{{std::string(text)}}, {},
                     clock);
  return 0;
}
