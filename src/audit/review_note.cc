#include "audit/review_note.h"

#include <algorithm>

namespace strongroom {
namespace {

// No log has this name: names hold no spaces.  So no checkpoint is a review, and no review a checkpoint.
constexpr std::string_view kFirstLine = "strongroom access review v1\n";

Result<std::string> LineOf(std::string_view text, Reason reason) {
  const bool is_review =
      text.starts_with(kFirstLine) && text.ends_with('\n') && std::count(text.begin(), text.end(), '\n') == 2;
  if (!is_review) return Status(reason, "this is no access review that this program knows");
  text.remove_prefix(kFirstLine.size());
  text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

Result<std::string> SignReviewNote(std::string_view json, std::string_view key_name, const Signer& signer) {
  const std::string text = std::string(kFirstLine) + std::string(json) + "\n";
  if (!LineOf(text, Reason::kInternal).ok()) return Status(Reason::kInvalidArgument, "a review is one line of JSON");
  if (text.size() > kNoteLimitBytes / 2) {
    return Status(Reason::kInvalidArgument, "the review is longer than a signed note may be");
  }
  return SignNote(text, key_name, signer);
}

Result<std::string> OpenReviewNote(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const std::string text, OpenNote(note, key));
  return LineOf(text, Reason::kLogInvalid);
}

Result<std::string> PeekReviewNote(std::string_view note) {
  const size_t end = note.find("\n\n");
  return LineOf(end == std::string_view::npos ? note : note.substr(0, end + 1), Reason::kDataCorrupt);
}

}  // namespace strongroom
