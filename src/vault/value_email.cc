#include "vault/value_email.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>

#include <memory>

#include "vault/normalise_text.h"

namespace strongroom {
namespace {

bool IsAtomCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool IsDotString(std::string_view local) {
  char previous = '.';
  for (char c : local) {
    if (c == '.' ? previous == '.' : !IsAtomCharacter(c)) return false;
    previous = c;
  }
  return previous != '.';
}

bool IsQuotedString(std::string_view local) {
  if (local.size() < 3 || local.front() != '"' || local.back() != '"') return false;
  local = local.substr(1, local.size() - 2);
  for (size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') return false;
    if (local[i] == '\\' && ++i == local.size()) return false;
  }
  return true;
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  for (char c : label) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || (c & 0x80);
    if (!fits) return false;
  }
  return true;
}

bool IsDomain(std::string_view domain) {
  if (domain.size() > 253) return false;
  size_t labels = 0;
  std::string_view last;
  while (true) {
    const size_t dot = domain.find('.');
    last = domain.substr(0, dot);
    if (!IsLabel(last)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  // No top-level domain is all digits, so that 127.0.0.1 is not a domain.
  return labels >= 2 && !IsAllDigits(last);
}

const icu::IDNA* Idna() {
  static const std::unique_ptr<icu::IDNA> kIdna = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::IDNA>(icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, status));
  }();
  return kIdna.get();
}

}  // namespace

std::optional<std::string> CanonicalEmail(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254) return std::nullopt;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (local.empty() || local.size() > 64 || HasControlCharacters(text, false) || HasDirectionControls(text)) {
    return std::nullopt;
  }
  if (!(IsDotString(local) || IsQuotedString(local)) || !IsDomain(domain)) return std::nullopt;
  std::string email(local);
  email.push_back('@');
  email += IsAscii(domain) ? AsciiLower(domain) : FoldForSearch(domain);
  // Folding may turn an ideographic full stop into a dot, and so make another domain: the result must be one too.
  if (!IsDomain(std::string_view(email).substr(at + 1)) || email.size() > 254) return std::nullopt;
  return email;
}

std::string EmailForSearch(std::string_view canonical) {
  std::string folded = FoldForSearch(canonical);
  const size_t at = folded.rfind('@');
  if (at == std::string::npos || IsAscii(std::string_view(folded).substr(at))) return folded;
  const icu::IDNA* idna = Idna();
  if (idna == nullptr) return folded;
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  idna->nameToASCII_UTF8(icu::StringPiece(folded.data() + at + 1, static_cast<int32_t>(folded.size() - at - 1)), sink,
                         info, status);
  if (U_FAILURE(status) || info.hasErrors()) return folded;
  folded.resize(at + 1);
  return folded + ascii;
}

}  // namespace strongroom
