// E-mail addresses: RFC 5321 (lengths, dot-string and quoted-string), RFC 6531 (addresses outside ASCII).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strongroom {

// The address with its domain in lower case, or nothing when `text` is not one: local part of 1 to 64 bytes, domain of
// two or more labels, 254 bytes in all.  No comments, no address literals.  Takes valid UTF-8.
std::optional<std::string> CanonicalEmail(std::string_view text);

// The form to compare by: everything in lower case (RFC 5321 leaves the local part's case to its host; no host of today
// tells Anna from anna), an international domain in its ASCII form (UTS #46).
std::string EmailForSearch(std::string_view canonical);

}  // namespace strongroom
