// Marks: what stands in a text in place of something that was taken out, by us, on an earlier run.
//
//   ███ ████      characters blocked
//   [PERSON]  [PERSON_12]  [EMAIL tok...]      labels, numbered labels, tokens
//   A•••  •••1234  SE•••1234  i•••@e•••.com  ∙∙∙    masks
//   Xelomaku  某安和宁  xk3a7qmzc2f@example.com   stand-ins (stand_ins.h)
//
// Recognising them is what makes redaction idempotent: nothing is ever found inside a mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::redact {

inline constexpr std::string_view kBlockMark = "\u2588";
inline constexpr std::string_view kMaskMark = "\u2022\u2022\u2022";
// The mask of what stands inside a longer word or number: other dots, and nothing beside them belongs to the mark.
inline constexpr std::string_view kGluedMask = "\u2219\u2219\u2219";

// Whether a character beside a mask could be taken for a part of it, or of another mark: then it is a glued one.
bool Sticks(char32_t c);

struct Span {
  size_t begin = 0;  // in bytes; [begin, end)
  size_t end = 0;
};

// Appends the marks of `text`, sorted, none overlapping another.  One pass; any thread.
void FindMarks(std::string_view text, std::vector<Span>& marks);

// --- Words that are stand-ins: eight letters, X, a vowel, three syllables, the last of which checks the others, so
// that no name is taken for one.  "Xelomaku", "XELOMAKU", "xelomaku". ---
inline constexpr size_t kStandInWordSize = 8;
inline constexpr size_t kStandInWords = size_t{5} * 80 * 80;
// The word of this number (below kStandInWords), with a capital.
std::string StandInWord(size_t number);
bool IsStandInWord(std::string_view word);

// The same for names in Han characters: four of them, the first one "某" ("a certain"), the last a check.
inline constexpr size_t kStandInHanNames = size_t{32} * 32;
std::string StandInHanName(size_t number);

// Local parts of stand-in addresses: "x" and ten of a-z2-7.
inline constexpr std::string_view kStandInDomain = "@example.com";
inline constexpr size_t kStandInLocalSize = 11;

}  // namespace strongroom::redact
