#include "factors/password_rules.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "factors/common_passwords.h"
#include "factors/password_text.h"

namespace strongroom {
namespace {

// Before any work: 256 code points take at most four bytes each, and composing makes few text more than a little
// shorter.
constexpr size_t kMostBytes = 4096;
// A sequence or a row of keys counts as one piece from this length on; a password of so few pieces is a pattern.
constexpr size_t kLeastRunLength = 3;
constexpr size_t kLeastPieces = 6;
// What must be left beside the context's words, digits and signs beyond a year or so included.
constexpr size_t kLeastOwnCharacters = 4;
constexpr size_t kFreeDecorations = 4;

size_t LeastOf(PasswordUse use) {
  return use == PasswordUse::kAlone ? kPasswordLeastAlone : kPasswordLeastWithSecondFactor;
}

bool IsAcceptableText(std::string_view nfc) {
  for (const char32_t c : CodePointsOf(nfc)) {
    const int8_t type = u_charType(static_cast<UChar32>(c));
    // Composition is promised to stay the same for assigned code points alone (Unicode's stability policy).
    if (type == U_UNASSIGNED || type == U_CONTROL_CHAR || type == U_SURROGATE) return false;
  }
  return true;
}

size_t RunFromEnd(std::u32string_view folded) {
  size_t count = 0;
  while (count < folded.size() && IsDecoration(folded[folded.size() - 1 - count])) ++count;
  return count;
}

bool IsCommonWord(std::u32string_view skeleton) {
  if (skeleton.size() < 3 || skeleton.size() > LongestCommonPassword()) return false;
  if (CommonRank(skeleton) != 0) return true;
  return CommonRank(std::u32string(skeleton.rbegin(), skeleton.rend())) != 0;
}

// The word itself, forwards or backwards, and with any number of the digits and signs around it taken for decoration.
bool IsCommonInDisguise(std::u32string_view folded, std::u32string_view skeleton) {
  size_t leading = 0;
  while (leading < folded.size() && IsDecoration(folded[leading])) ++leading;
  const size_t trailing = leading == folded.size() ? 0 : RunFromEnd(folded);
  for (const size_t skip : {size_t{0}, leading}) {
    for (size_t cut = 0; cut <= trailing && skip + cut < folded.size(); ++cut) {
      if (IsCommonWord(skeleton.substr(skip, folded.size() - skip - cut))) return true;
    }
  }
  return false;
}

bool IsPattern(std::u32string_view folded, PasswordUse use) {
  if (PeriodOf(folded) < std::min(LeastOf(use), folded.size())) return true;  // said again and again adds nothing
  size_t pieces = 0;
  for (size_t at = 0; at < folded.size(); ++pieces) {
    const size_t run = RunLengthAt(folded, at);
    at += run >= kLeastRunLength ? run : 1;
  }
  return pieces < kLeastPieces;
}

// Whether little but the context's words is left once they, and a year or so of digits and signs, are taken away.
bool IsContext(std::u32string_view folded, std::u32string_view skeleton, const std::vector<std::u32string>& words) {
  std::u32string own_folded;
  size_t decorations = 0, covered = 0;
  for (size_t at = 0; at < skeleton.size();) {
    const size_t word = WordLengthAt(words, skeleton, at);
    if (word > 0) {
      covered += word;
      at += word;
      continue;
    }
    if (!IsDecoration(folded[at]))
      own_folded.push_back(folded[at]);
    else
      ++decorations;
    ++at;
  }
  if (covered == 0) return false;
  const size_t own = own_folded.size() + (decorations > kFreeDecorations ? decorations - kFreeDecorations : 0);
  return own < kLeastOwnCharacters || (decorations <= kFreeDecorations && IsCommonWord(SkeletonOf(own_folded)));
}

PasswordFault FaultOfLength(size_t length, PasswordUse use) {
  if (length < LeastOf(use)) return PasswordFault::kTooShort;
  return length > kPasswordMost ? PasswordFault::kTooLong : PasswordFault::kNone;
}

}  // namespace

void PasswordContext::AddEmail(std::string_view email) {
  const size_t at = std::min(email.find('@'), email.size());
  words.emplace_back(email.substr(0, at));  // its parts between dots and signs are found with it
  if (at == email.size()) return;
  const std::string_view domain = email.substr(at + 1);
  words.emplace_back(domain.substr(0, domain.find('.')));
}

std::string_view NameOf(PasswordFault fault) {
  switch (fault) {
    case PasswordFault::kNone:
      return "none";
    case PasswordFault::kTooShort:
      return "too-short";
    case PasswordFault::kTooLong:
      return "too-long";
    case PasswordFault::kNotText:
      return "not-text";
    case PasswordFault::kCommon:
      return "common";
    case PasswordFault::kPattern:
      return "pattern";
    case PasswordFault::kContext:
      return "context";
    case PasswordFault::kBreached:
      return "breached";
  }
  return "none";
}

Status StatusOf(PasswordFault fault, PasswordUse use) {
  const auto refused = [](std::string message) { return Status(Reason::kPasswordRefused, std::move(message)); };
  switch (fault) {
    case PasswordFault::kNone:
      return Status::Ok();
    case PasswordFault::kTooShort:
      return refused("the password must have at least " + std::to_string(LeastOf(use)) +
                     " characters: several words make a good one");
    case PasswordFault::kTooLong:
      return refused("the password must have at most " + std::to_string(kPasswordMost) + " characters");
    case PasswordFault::kNotText:
      return refused("the password must be text without control characters");
    case PasswordFault::kCommon:
      return refused("the password is one of the commonest, or a disguise of one: attackers try these first");
    case PasswordFault::kPattern:
      return refused("the password is a sequence, a row of keys or a repetition: attackers try these first");
    case PasswordFault::kContext:
      return refused("the password is little but names of you, your company or this service");
    case PasswordFault::kBreached:
      return refused("the password is known from a breach: take one that you use nowhere else");
  }
  return refused("the password cannot be used");
}

Result<SecretBytes> NormalisePassword(std::string_view password) {
  if (password.size() > kMostBytes) return StatusOf(PasswordFault::kTooLong, PasswordUse::kAlone);
  if (!IsValidUtf8(password)) return StatusOf(PasswordFault::kNotText, PasswordUse::kAlone);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return Status(Reason::kInternal, "Unicode's tables cannot be loaded");
  std::string composed;
  composed.reserve(password.size() * 3);  // not moved while it grows: no form of UTF-8 text is longer
  icu::StringByteSink<std::string> sink(&composed);
  nfc->normalizeUTF8(0, icu::StringPiece(password.data(), static_cast<int32_t>(password.size())), sink, nullptr,
                     status);
  SecretBytes normalised = SecretBytes::CopyOf(composed);
  const bool acceptable = U_SUCCESS(status) && IsAcceptableText(composed);
  const size_t length = CodePointsOf(composed).size();
  WipeString(composed);
  if (!acceptable) return StatusOf(PasswordFault::kNotText, PasswordUse::kAlone);
  if (length > kPasswordMost) return StatusOf(PasswordFault::kTooLong, PasswordUse::kAlone);
  return normalised;
}

PasswordFault FindPasswordFault(const SecretBytes& normalised, PasswordUse use, const PasswordContext& context) {
  const std::string_view text = ExposeSecret(normalised);
  if (!IsValidUtf8(text) || !IsAcceptableText(text)) return PasswordFault::kNotText;
  const PasswordFault length_fault = FaultOfLength(CodePointsOf(text).size(), use);
  if (length_fault != PasswordFault::kNone) return length_fault;
  const std::u32string folded = FoldPassword(text);
  const std::u32string skeleton = SkeletonOf(folded);
  // What is said again and again, once; "password password" is, with the space behind the last.
  std::u32string_view once = std::u32string_view(folded).substr(0, PeriodOf(folded));
  if (once == folded) once = once.substr(0, PeriodOf(folded + U' '));
  while (once.ends_with(U' ')) once.remove_suffix(1);
  // First, because it tells the person most.
  if (IsContext(folded, skeleton, ContextSkeletons(context))) return PasswordFault::kContext;
  if (IsCommonInDisguise(folded, skeleton)) return PasswordFault::kCommon;
  if (IsCommonInDisguise(once, std::u32string_view(skeleton).substr(0, once.size()))) return PasswordFault::kCommon;
  if (IsPattern(folded, use)) return PasswordFault::kPattern;
  return PasswordFault::kNone;
}

Result<SecretBytes> AcceptPassword(std::string_view password, PasswordUse use, const PasswordContext& context) {
  ASSIGN_OR_RETURN(SecretBytes normalised, NormalisePassword(password));
  RETURN_IF_ERROR(StatusOf(FindPasswordFault(normalised, use, context), use));
  return normalised;
}

}  // namespace strongroom
