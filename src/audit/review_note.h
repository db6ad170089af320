// An access review as a signed note (docs/formats/review.md), so that it is verified offline with the log's key alone.
#pragma once

#include <string>
#include <string_view>

#include "audit/signed_note.h"
#include "base/status.h"
#include "crypto/signer.h"

namespace strongroom {

// `json`: one line, without its line feed.  kInvalidArgument when it is not one line, or longer than a note may be.
Result<std::string> SignReviewNote(std::string_view json, std::string_view key_name, const Signer& signer);
// The line of JSON, once the signature of `key` was verified and the note is a review.  kLogInvalid.
Result<std::string> OpenReviewNote(std::string_view note, const VerifierKey& key);
// The same without the key, for the house that keeps the note sealed.  kDataCorrupt.
Result<std::string> PeekReviewNote(std::string_view note);

}  // namespace strongroom
