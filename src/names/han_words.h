// Chinese text cut into the words of the lexicon, most probable words first.
#pragma once

#include <cstddef>

#include "names/lexicon.h"
#include "names/tokens.h"

namespace strongroom::names {

inline constexpr size_t kLongestHanWord = 7;  // in characters

// Fills `piece`, `lex`, `place` and `traits` of `count` characters that stand side by side.  Linear in count.
void FindHanWords(Token* tokens, size_t count, const Lexicon& lexicon);

}  // namespace strongroom::names
