// What the model looks at: for each token a few dozen hashes of what it is and what stands around it.
//
// Training and finding call the same function, so they cannot disagree.  A change here is a new version of the model.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "names/gate.h"
#include "names/hashing.h"
#include "names/tokens.h"
#include "names/unicode.h"

namespace strongroom::names {

namespace internal {

// Beginnings and ends of a word, folded: hashes of its first and last 2 to 5 code points.
struct Affixes {
  std::array<uint64_t, 3> first = {};  // 2, 3, 4
  std::array<uint64_t, 4> last = {};   // 2, 3, 4, 5
};

inline Affixes AffixesOf(std::string_view text, const Token& token) {
  std::array<uint32_t, 32> codes = {};
  size_t count = 0;
  for (size_t at = token.begin; at < token.end && count < codes.size();) {
    const Decoded next = DecodeAt(text, at);
    at += next.size;
    if (ClassOf(next.code) != CodeClass::kIgnored) codes[count++] = Fold(next.code).code;
  }
  Affixes affixes;
  for (size_t size = 2; size <= 5; ++size) {
    if (size > count) break;
    uint64_t head = kWordSeed, tail = kWordSeed;
    for (size_t i = 0; i < size; ++i) {
      head = HashStep(head, codes[i]);
      tail = HashStep(tail, codes[count - size + i]);
    }
    if (size <= 4) affixes.first[size - 2] = head;
    affixes.last[size - 2] = tail;
  }
  return affixes;
}

// The few bits of an entry that neighbours are asked for.
inline uint32_t Gist(const Token& token) {
  if (token.kind == TokenKind::kHan) return 0x10000 | HanClass(token.lex) << 3 | token.place;
  if (token.kind == TokenKind::kWord) return token.lex & 0xFFFF;
  return 0x20000 | static_cast<uint32_t>(token.kind);
}

inline uint32_t Look(const Token& token) {
  return static_cast<uint32_t>(token.kind) * 8 + static_cast<uint32_t>(token.shape);
}

template <typename Sink>
void VisitCommon(const Token* t, Heading heading, const Sink& sink) {
  const uint64_t w = t[0].word, w1 = t[1].word, w_1 = t[-1].word;
  const uint32_t look = Look(t[0]), look1 = Look(t[1]), look_1 = Look(t[-1]);
  const uint32_t gist = Gist(t[0]), gist1 = Gist(t[1]), gist_1 = Gist(t[-1]);
  const uint32_t gaps = static_cast<uint32_t>(t[0].gap) * 4 + static_cast<uint32_t>(t[1].gap);
  sink(FeatureHash(11, w_1));
  sink(FeatureHash(12, w1));
  sink(FeatureHash(13, w_1, w));
  sink(FeatureHash(14, w, w1));
  sink(FeatureHash(15, t[-2].word, t[-1].word));
  sink(FeatureHash(16, t[1].word, t[2].word));
  sink(FeatureHash(17, look | look_1 << 8 | look1 << 16 | static_cast<uint64_t>(Look(t[2])) << 24));
  sink(FeatureHash(18, look | look_1 << 8 | static_cast<uint64_t>(Look(t[-2])) << 16, gaps));
  sink(FeatureHash(20, gist, gist_1));
  sink(FeatureHash(21, gist, gist1));
  sink(FeatureHash(22, gist_1 | static_cast<uint64_t>(look) << 20, gist1));
  sink(FeatureHash(23, w_1, gist | static_cast<uint64_t>(look) << 20));
  sink(FeatureHash(24, w1, gist | static_cast<uint64_t>(look) << 20));
  sink(FeatureHash(25, look | gaps << 8 | (t[0].opens ? 0x10000U : 0U), gist & (kCommon | 0x30000)));
  sink(FeatureHash(26, look, static_cast<uint64_t>(heading)));
  if (t[0].kind != TokenKind::kHan) {
    const uint32_t prose = t[0].prose <= 2 ? 0 : t[0].prose <= 8 ? 1 : t[0].prose < kNoProse ? 2 : 3;
    sink(FeatureHash(27, look, prose | gaps << 2));
    sink(FeatureHash(28, look_1 | look << 8, prose));
    sink(FeatureHash(29, gist | static_cast<uint64_t>(look) << 20, prose));
  }
}

template <typename Sink>
void VisitWord(const Token* t, const Lexicon& lexicon, const Sink& sink) {
  const uint32_t look = Look(t[0]);
  sink(FeatureHash(41, t[-2].word, look));
  sink(FeatureHash(42, t[2].word, look));
  sink(FeatureHash(43, Gist(t[1]) | static_cast<uint64_t>(look) << 20, Gist(t[2])));
  sink(FeatureHash(44, Gist(t[-1]) | static_cast<uint64_t>(look) << 20, Gist(t[-2])));
  const uint32_t before = lexicon.Find(HashPair(t[-1].word, t[0].word));
  const uint32_t after = lexicon.Find(HashPair(t[0].word, t[1].word));
  if ((before | after) != 0) sink(FeatureHash(45, before | after << 16));
  // The nearest words that are no marks: what stands behind a comma, a dot, a bracket.
  if (t[-1].kind == TokenKind::kMark) {
    sink(FeatureHash(46, t[-2].word, t[-1].code | look << 16));
    sink(FeatureHash(47, Gist(t[-2]) | static_cast<uint64_t>(look) << 20, t[-1].code));
  }
  if (t[1].kind == TokenKind::kMark) sink(FeatureHash(48, Gist(t[2]) | static_cast<uint64_t>(look) << 20, t[1].code));
}

template <typename Sink>
void VisitOther(const Token* t, const Sink& sink) {
  const uint32_t size = t[0].length;
  sink(FeatureHash(50, Look(t[0]) | size << 8, t[0].kind == TokenKind::kMark ? t[0].code : 0));
  sink(FeatureHash(51, Gist(t[1]) | static_cast<uint64_t>(Look(t[1])) << 20, size));
  sink(FeatureHash(52, Gist(t[-1]) | static_cast<uint64_t>(Look(t[-1])) << 20, size));
  sink(FeatureHash(53, Gist(t[2]) | static_cast<uint64_t>(Look(t[2])) << 20, Gist(t[1])));
  sink(FeatureHash(54, t[-3].word, size));
  sink(FeatureHash(55, static_cast<uint64_t>(t[0].gap) * 4 + static_cast<uint64_t>(t[1].gap), size | Look(t[-1]) << 8));
  sink(FeatureHash(56, Look(t[1]) | Look(t[2]) << 8 | static_cast<uint64_t>(Look(t[3])) << 16, size));
}

template <typename Sink>
void VisitHan(const Token* t, const Sink& sink) {
  const auto trait = [](const Token& token) {
    return token.kind == TokenKind::kHan ? token.traits | 0x80 : static_cast<uint32_t>(token.kind) << 8;
  };
  const uint32_t form = HanClass(t[0].lex) << 3 | t[0].place;
  sink(FeatureHash(60, t[-1].word, t[1].word));
  sink(FeatureHash(61, t[-2].word));
  sink(FeatureHash(62, t[2].word));
  sink(FeatureHash(63, trait(t[0]) | trait(t[1]) << 12, trait(t[-1])));
  sink(FeatureHash(64, trait(t[0]) | trait(t[1]) << 12, trait(t[2])));
  sink(FeatureHash(65, trait(t[0]) | static_cast<uint64_t>(trait(t[-1])) << 12, trait(t[-2])));
  sink(FeatureHash(66, t[0].piece, t[0].place));
  // Words before and after the one that the character is part of.
  size_t back = 1;
  while (back <= kMargin - 1 && t[0].place != 3 && t[0].place != 0 &&
         t[-static_cast<ptrdiff_t>(back)].piece == t[0].piece)
    ++back;
  const Token& before = t[-static_cast<ptrdiff_t>(back)];
  size_t on = 1;
  while (on <= kMargin - 1 && t[0].place != 3 && t[0].place != 2 && t[on].piece == t[0].piece) ++on;
  const Token& after = t[on];
  const uint64_t word_before = before.kind == TokenKind::kHan ? before.piece : before.word;
  const uint64_t word_after = after.kind == TokenKind::kHan ? after.piece : after.word;
  sink(FeatureHash(67, word_before, form));
  sink(FeatureHash(68, word_after, form));
  sink(FeatureHash(69, Gist(before) | static_cast<uint64_t>(form) << 20, Gist(after)));
  sink(FeatureHash(70, word_before, trait(t[0]) | trait(t[1]) << 12));
  sink(FeatureHash(71, word_after, trait(t[0]) | trait(t[-1]) << 12));
  sink(FeatureHash(72, form | HanRank(t[0].lex) << 8, trait(t[0])));
}

}  // namespace internal

// Calls sink(hash) for each feature that depends on the token alone, so that words met again need not be looked at
// again.
template <typename Sink>
void VisitOwnFeatures(std::string_view text, const Token& token, const Sink& sink) {
  using internal::Look;
  const uint32_t look = Look(token);
  sink(FeatureHash(10, token.word));
  sink(FeatureHash(19, internal::Gist(token) | static_cast<uint64_t>(look) << 20));
  if (token.kind != TokenKind::kWord) return;
  const internal::Affixes affixes = internal::AffixesOf(text, token);
  for (uint32_t i = 0; i < 3; ++i) {
    if (affixes.first[i] != 0) sink(FeatureHash(30 + i, affixes.first[i], look));
  }
  for (uint32_t i = 0; i < 4; ++i) {
    if (affixes.last[i] != 0) sink(FeatureHash(34 + i, affixes.last[i], look));
  }
}

// Calls sink(hash) for each feature of tokens[at] and what stands around it.  Precondition: at least kMargin tokens
// before and after.
template <typename Sink>
void VisitContextFeatures(const std::vector<Token>& tokens, size_t at, Heading heading, const Lexicon& lexicon,
                          const Sink& sink) {
  const Token* token = tokens.data() + at;
  internal::VisitCommon(token, heading, sink);
  if (token->kind == TokenKind::kWord) {
    internal::VisitWord(token, lexicon, sink);
  } else if (token->kind == TokenKind::kHan) {
    internal::VisitHan(token, sink);
  } else {
    internal::VisitOther(token, sink);
  }
}

// Both: at most 64 features.
template <typename Sink>
void VisitFeatures(std::string_view text, const std::vector<Token>& tokens, size_t at, Heading heading,
                   const Lexicon& lexicon, const Sink& sink) {
  VisitOwnFeatures(text, tokens[at], sink);
  VisitContextFeatures(tokens, at, heading, lexicon, sink);
}

}  // namespace strongroom::names
