// The form of a value that searches compare: what is indexed, and what a query is made into before it is looked up.
//
// Two values a person would call the same have the same form; the stored value keeps its own.  The version is part of
// every index row's input: a change of these rules is a new version and a re-indexing, never a silent difference.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "vault/field_type.h"

namespace strongroom {

constexpr int kNormaliserVersion = 1;

// Never fails: text that is no value of the type gives a form that finds nothing.  Valid UTF-8 expected; anything else
// gives the empty string.  An empty result is never to be indexed or looked up.
//   text, person_name, postal_address   NFKC_Casefold, white space collapsed
//   email                               the same; international domain in ASCII form
//   phone                               E.164 without extension, else digits
//   card, bank_account                  digits and upper-case letters
//   national_id                         canonical form under options.national_id_country, else digits and upper-case
//   letters date, date_of_birth, number, boolean, json    the canonical form password, file                      the
//   empty string: there is nothing to search
std::string NormaliseForSearch(FieldType type, std::string_view canonical_or_query, const TypeOptions& options,
                               const Clock& clock);

// Whether values of the type are so many that equal hashes in an index do not give them away.  Low entropy, and so
// refused: boolean (2 values), date (about 40,000 in a life), date_of_birth (36,500 a century), number (small ones are
// few, and the catalogue cannot know which are used); json is never equal in a useful way; password and file are not
// read.  The refusal itself is the catalogue's.
bool ExactIndexAllowed(FieldType type);

// Whether a prefix index makes sense: text people type the beginning of.
bool PrefixIndexAllowed(FieldType type);

}  // namespace strongroom
