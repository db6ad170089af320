// The predefined CMaps whose codes are those of a character set: UCS-2, UTF-16, GBK, Shift-JIS, Big5, UHC
// (ISO 32000-1 table 118).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace strongroom::pdf {

class CharacterSet {
 public:
  // Null when the name is not known, or its characters are not.  "GBK-EUC-H", "UniJIS-UCS2-V".
  static std::shared_ptr<const CharacterSet> OfCMap(std::string_view name);
  virtual ~CharacterSet() = default;
  // How many bytes the code that begins `text` has; at least 1.  Precondition: `text` is not empty.
  virtual size_t CodeSize(std::string_view text) const = 0;
  // Empty when the code stands for nothing.
  virtual std::u32string TextOf(std::string_view code) const = 0;
};

}  // namespace strongroom::pdf
