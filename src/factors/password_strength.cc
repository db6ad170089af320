#include "factors/password_strength.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "factors/common_passwords.h"
#include "factors/password_text.h"

namespace strongroom {
namespace {

// Decimal logarithms of guesses.
constexpr double kDigit = 1.0, kOther = 1.2;  // one character that nothing explains
constexpr double kContextWord = 0.5;          // tried first
constexpr double kYear = 2.0;
constexpr double kDisguise = 0.6;   // leet or capitals in a word
constexpr double kNextPiece = 0.3;  // where one piece ends and another begins
constexpr size_t kLeastRunLength = 3;

enum class Piece : uint8_t { kFree, kCommon, kContext, kPattern };

// The cheapest explanation of the characters up to a place.
struct Best {
  double guesses_log10 = HUGE_VAL;
  size_t from = 0;
  Piece piece = Piece::kFree;
};

class Estimator {
 public:
  Estimator(std::u32string_view original, std::u32string_view folded, const std::vector<std::u32string>& context)
      : original_(original), folded_(folded), skeleton_(SkeletonOf(folded)), context_(context) {}

  // Left to right, at each place the pieces that may begin there: as many as words are long, so linear.
  void Run() {
    best_.assign(folded_.size() + 1, Best());
    best_[0].guesses_log10 = 0;
    for (size_t at = 0; at < folded_.size(); ++at) {
      Offer(at, 1, IsDecoration(folded_[at]) ? kDigit : kOther, Piece::kFree);
      const size_t run = RunLengthAt(folded_, at);
      if (run >= kLeastRunLength) Offer(at, run, std::log10(20.0 * static_cast<double>(run)), Piece::kPattern);
      const size_t word = WordLengthAt(context_, skeleton_, at);
      if (word > 0) Offer(at, word, kContextWord + Disguise(at, word), Piece::kContext);
      if (IsYear(at)) Offer(at, 4, kYear, Piece::kPattern);
      OfferCommonWords(at);
    }
  }

  double total() const { return best_.back().guesses_log10; }
  // How many characters are best explained by pieces of this kind.
  size_t CoveredBy(Piece piece) const {
    size_t covered = 0;
    for (size_t at = folded_.size(); at > 0; at = best_[at].from) {
      if (best_[at].piece == piece) covered += at - best_[at].from;
    }
    return covered;
  }

 private:
  void Offer(size_t at, size_t length, double cost, Piece piece) {
    const bool goes_on = at > 0 && (piece != Piece::kFree || best_[at].piece != Piece::kFree);
    const double guesses = best_[at].guesses_log10 + cost + (goes_on ? kNextPiece : 0);
    Best& best = best_[at + length];
    if (guesses < best.guesses_log10) best = {guesses, at, piece};
  }

  void OfferCommonWords(size_t at) {
    const size_t longest = std::min(LongestCommonPassword(), folded_.size() - at);
    for (size_t length = 3; length <= longest; ++length) {
      const uint32_t rank = CommonRank(std::u32string_view(skeleton_).substr(at, length));
      if (rank == 0) continue;
      Offer(at, length, std::max(1.0, std::log10(rank)) + Disguise(at, length), Piece::kCommon);
    }
  }

  double Disguise(size_t at, size_t length) const {
    // Where folding changed the length there is no telling which character was which.
    const bool comparable = original_.size() == folded_.size();
    const bool capitals = comparable && original_.substr(at, length) != folded_.substr(at, length);
    const bool leet = folded_.substr(at, length) != std::u32string_view(skeleton_).substr(at, length);
    return (capitals ? kDisguise : 0) + (leet ? kDisguise : 0);
  }

  bool IsYear(size_t at) const {
    const std::u32string_view four = folded_.substr(at, 4);
    if (four.size() < 4 || (!four.starts_with(U"19") && !four.starts_with(U"20"))) return false;
    return std::all_of(four.begin(), four.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; });
  }

  std::u32string_view original_;
  std::u32string_view folded_;
  std::u32string skeleton_;
  const std::vector<std::u32string>& context_;
  std::vector<Best> best_;
};

int ScoreOf(double guesses_log10) {
  constexpr double kThresholds[] = {3, 6, 8, 10};
  int score = 0;
  for (const double threshold : kThresholds) score += guesses_log10 >= threshold;
  return score;
}

StrengthHint HintOf(const Estimator& estimator, bool repeats, size_t length, int score) {
  if (score == 4) return StrengthHint::kNone;
  const auto much = [&](Piece piece) { return estimator.CoveredBy(piece) * 3 >= length; };
  if (much(Piece::kContext)) return StrengthHint::kAvoidContext;
  if (repeats || much(Piece::kPattern)) return StrengthHint::kAvoidPattern;
  if (much(Piece::kCommon)) return StrengthHint::kAvoidCommon;
  return StrengthHint::kAddWords;
}

}  // namespace

std::string_view NameOf(StrengthHint hint) {
  switch (hint) {
    case StrengthHint::kNone:
      return "none";
    case StrengthHint::kAddWords:
      return "add-words";
    case StrengthHint::kAvoidCommon:
      return "avoid-common";
    case StrengthHint::kAvoidContext:
      return "avoid-context";
    case StrengthHint::kAvoidPattern:
      return "avoid-pattern";
  }
  return "none";
}

std::string_view SentenceOf(StrengthHint hint) {
  switch (hint) {
    case StrengthHint::kNone:
      return "";
    case StrengthHint::kAddWords:
      return "Make it longer: add a word or two that have nothing to do with the rest.";
    case StrengthHint::kAvoidCommon:
      return "Much of it is a common password: take words that others would not.";
    case StrengthHint::kAvoidContext:
      return "Leave out names of you, your company and this service.";
    case StrengthHint::kAvoidPattern:
      return "Leave out sequences, repetitions, rows of keys and years.";
  }
  return "";
}

PasswordStrength MeasurePassword(std::string_view password, const PasswordContext& context) {
  // Four bytes a character at most: more is never looked at, not even to be folded.
  const std::u32string original =
      CodePointsOf(password.substr(0, kStrengthCapCharacters * 4)).substr(0, kStrengthCapCharacters);
  PasswordStrength strength;
  if (original.empty()) {
    strength.hint = StrengthHint::kAddWords;
    return strength;
  }
  const std::u32string folded =
      FoldPassword(password.substr(0, kStrengthCapCharacters * 4)).substr(0, kStrengthCapCharacters);
  const size_t period = PeriodOf(folded);
  const std::vector<std::u32string> words = ContextSkeletons(context);
  const bool repeats = period < folded.size();
  Estimator estimator(repeats ? std::u32string_view(original).substr(0, period) : std::u32string_view(original),
                      std::u32string_view(folded).substr(0, period), words);
  estimator.Run();
  const double times = static_cast<double>(folded.size()) / static_cast<double>(std::max<size_t>(period, 1));
  strength.guesses_log10 = estimator.total() + (repeats ? std::log10(times) : 0);
  strength.score = ScoreOf(strength.guesses_log10);
  strength.hint = HintOf(estimator, repeats, period, strength.score);
  return strength;
}

}  // namespace strongroom
