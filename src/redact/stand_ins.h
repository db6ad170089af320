// Stand-ins: what a text can go on being read, tested and compared with once the real values are gone.
//
// One value has one stand-in, whatever its letter case; names are replaced word by word, so that "Anna Lind", "ANNA
// LIND" and "Ms Lind" stay one person.  The format stays: digits, separators, capitals, check digits where the type has
// them.  No stand-in can be anybody's: words are invented and say so (marks.h), mail goes to example.com (RFC 2606),
// addresses lie in the ranges for documentation (RFC 5737, 3849, 7042), phones end in 555-01xx, cards begin with
// 999999, which no network issues, identity numbers have areas and birth dates that cannot exist.
//
// The choice hangs on a key: without it nobody can try names and see which stand-in comes out.  Whoever has the key
// can. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "crypto/hash.h"
#include "detect/finding.h"

namespace strongroom::redact {

class StandIns {
 public:
  // Precondition: the key is not empty; 32 random bytes.
  explicit StandIns(const SecretBytes& key) : mac_(key) {}

  void Append(detect::Kind kind, std::string_view value, std::string& out) const;
  // Whether `value`, found as `kind`, is a stand-in already.  Needs no key: a stand-in made with another one counts,
  // and so does a number's found as another kind of number.
  static bool Is(detect::Kind kind, std::string_view value);
  // A keyed hash of the value, the same for all its spellings.
  uint64_t HashOf(detect::Kind kind, std::string_view value) const;

 private:
  uint64_t Number(std::string_view use, std::string_view value) const;
  void Words(std::string_view value, std::string& out) const;
  Mac mac_;
};

}  // namespace strongroom::redact
