#include "factors/security_answer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "factors/password_text.h"

namespace strongroom {
namespace {

constexpr size_t kMostBytes = 1000;
constexpr size_t kLeastWeight = 4;

// Answers that are none, in the languages of the console.
constexpr std::string_view kNoAnswers[] = {
    "none",    "nothing", "unknown", "idontknow", "dontknow", "noanswer", "answer", "test",   "secret", "password",
    "vetinte", "vetej",   "ingen",   "inget",     "okänd",    "hemligt",  "svar",   "不知道", "没有",   "答案"};

Status Refused(std::string message) { return {Reason::kFactorInvalid, std::move(message)}; }

bool IsKept(char32_t c) {
  const auto code_point = static_cast<UChar32>(c);
  return u_isalnum(code_point) || (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0;
}

// A character of these scripts says about what two letters do.
size_t WeightOf(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
  if (U_FAILURE(status)) return 1;
  const bool dense =
      script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || script == USCRIPT_HANGUL;
  return dense ? 2 : 1;
}

void AppendUtf8(std::string& out, char32_t c) {
  char bytes[4];
  int32_t size = 0;
  UBool failed = 0;
  U8_APPEND(bytes, size, static_cast<int32_t>(sizeof(bytes)), static_cast<UChar32>(c), failed);
  if (!failed) out.append(bytes, static_cast<size_t>(size));
}

// Letters, digits and marks of the folded text; empty when Unicode's tables cannot be loaded.
std::string FoldAndSqueeze(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) return {};
  std::string folded, squeezed;
  folded.reserve(text.size() * 3);
  squeezed.reserve(text.size() * 3);
  icu::StringByteSink<std::string> sink(&folded);
  casefold->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  for (const char32_t c : CodePointsOf(folded)) {
    if (IsKept(c)) AppendUtf8(squeezed, c);
  }
  WipeString(folded);
  return U_FAILURE(status) ? std::string() : squeezed;
}

// Until nothing changes: marks that come to stand beside each other when a space between them goes are put in order, or
// composed, by the next round.  Found by fuzzing.
std::string Squeeze(std::string_view text) {
  constexpr int kMostRounds = 4;
  std::string squeezed = FoldAndSqueeze(text);
  for (int round = 1; round < kMostRounds; ++round) {
    std::string again = FoldAndSqueeze(squeezed);
    squeezed.swap(again);
    const bool same = squeezed == again;
    WipeString(again);
    if (same) break;
  }
  return squeezed;
}

// Why a new answer, already squeezed, would be no answer; ok when it may be taken.
Status Judge(std::string_view squeezed, std::string_view question) {
  const std::u32string characters = CodePointsOf(squeezed);
  size_t weight = 0;
  for (const char32_t c : characters) weight += WeightOf(c);
  if (weight < kLeastWeight) return Refused("the answer must have at least four letters or digits");
  if (RunLengthAt(characters, 0) == characters.size()) return Refused("the answer is a sequence, not an answer");
  if (std::find(std::begin(kNoAnswers), std::end(kNoAnswers), squeezed) != std::end(kNoAnswers)) {
    return Refused("the answer must be one that others would not try first");
  }
  if (Squeeze(question).find(squeezed) != std::string::npos) return Refused("the answer stands in the question");
  return Status::Ok();
}

}  // namespace

Result<SecretBytes> NormaliseAnswer(std::string_view answer) {
  if (answer.size() > kMostBytes) return Refused("the answer must have at most 1000 bytes");
  if (!IsValidUtf8(answer)) return Refused("the answer must be text");
  std::string squeezed = Squeeze(answer);
  SecretBytes normalised = SecretBytes::CopyOf(squeezed);
  WipeString(squeezed);
  return normalised;
}

Result<SecretBytes> AcceptAnswer(std::string_view answer, std::string_view question) {
  ASSIGN_OR_RETURN(SecretBytes normalised, NormaliseAnswer(answer));
  RETURN_IF_ERROR(Judge(ExposeSecret(normalised), question));
  return normalised;
}

}  // namespace strongroom
