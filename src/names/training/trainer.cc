#include "names/training/trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "names/features.h"
#include "names/gate.h"
#include "names/han_words.h"
#include "names/hashing.h"
#include "names/tokens.h"
#include "names/training/augment.h"

namespace strongroom::names {
namespace {

using Row = std::array<float, kLabelCount>;
using Matrix = std::array<Row, kLabelCount>;

// Weights that learn at their own pace: Duchi, Hazan, Singer, Adaptive Subgradient Methods (2011).
struct Learning {
  Row weights = {};
  Row squares = {};  // of gradients so far

  void Step(const Row& gradient, float rate, float decay) {
    for (size_t i = 0; i < kLabelCount; ++i) {
      const float g = gradient[i] + decay * weights[i];
      squares[i] += g * g;
      weights[i] -= rate * g / std::sqrt(squares[i] + 1e-4F);
    }
  }
};

// Features by key, in the order they came; grows.
class FeatureTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  FeatureTable() : slots_(size_t{1} << 20, kNone) {}

  uint32_t Find(uint32_t key) const {
    for (size_t slot = Slot(key);; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot] == kNone || keys_[slots_[slot]] == key) return slots_[slot];
    }
  }
  uint32_t FindOrAdd(uint32_t key) {
    if (const uint32_t found = Find(key); found != kNone) return found;
    keys_.push_back(key);
    if (keys_.size() * 2 > slots_.size()) {
      slots_.assign(slots_.size() * 2, kNone);
      for (uint32_t i = 0; i < keys_.size(); ++i) Put(i);
    } else {
      Put(static_cast<uint32_t>(keys_.size() - 1));
    }
    return static_cast<uint32_t>(keys_.size() - 1);
  }
  const std::vector<uint32_t>& keys() const { return keys_; }

 private:
  size_t Slot(uint32_t key) const { return (key * size_t{0x9E3779B1} >> 8) & (slots_.size() - 1); }
  void Put(uint32_t index) {
    size_t slot = Slot(keys_[index]);
    while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = index;
  }

  std::vector<uint32_t> slots_;
  std::vector<uint32_t> keys_;
};

// A conditional random field over the tokens of a run: Lafferty, McCallum, Pereira (2001), with the costs of softmax
// margin: Gimpel, Smith (2010).
class Field {
 public:
  Field(const std::vector<Lexicon::Entry>& words, const TrainerOptions& options)
      : lexicon_(words), options_(options), random_(options.seed) {}

  // What is used in the end is the average of what was learned at several times.
  void AddToAverage() {
    averages_.resize(features_learned_.size());
    for (size_t row = 0; row < averages_.size(); ++row) {
      for (size_t i = 0; i < kLabelCount; ++i) averages_[row][i] += features_learned_[row].weights[i];
    }
    for (size_t from = 0; from < kLabelCount; ++from) {
      for (size_t to = 0; to < kLabelCount; ++to) average_transitions_[from][to] += transitions_[from].weights[to];
    }
    ++averaged_;
  }

  // Features seen once say nothing that could be trusted.
  void Count(const std::vector<const Sample*>& samples) {
    FeatureTable seen;
    std::vector<uint8_t> counts;
    for (const Sample* sample : samples) {
      Read(*sample);
      ForEachRun([&](size_t first, size_t end) {
        for (size_t i = first; i < end; ++i) {
          VisitFeatures(sample_.text, tokens_, i, heading_, lexicon_, [&](uint64_t feature) {
            const auto key = static_cast<uint32_t>(feature >> 32);
            const uint32_t row = seen.FindOrAdd(key);
            if (row == counts.size()) counts.push_back(0);
            if (counts[row] < 255 && ++counts[row] == options_.least_count) table_.FindOrAdd(key);
          });
        }
      });
    }
    features_learned_.resize(table_.keys().size());
  }

  void Epoch(const std::vector<const Sample*>& samples) {
    std::vector<uint32_t> order(samples.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    random_.Shuffle(order);
    const auto steps = static_cast<float>(samples.size());
    float done = 0;
    for (const uint32_t i : order) {
      const float progress = (static_cast<float>(epoch_) + done++ / steps) / static_cast<float>(options_.epochs);
      rate_ = static_cast<float>(options_.rate) * (1 - .9F * progress);
      Read(*samples[i]);
      ForEachRun([&](size_t first, size_t end) { LearnRun(first, end); });
      if ((epoch_ > 0 || options_.epochs == 1) && static_cast<size_t>(done) % (samples.size() / 3 + 1) == 0)
        AddToAverage();
    }
    AddToAverage();
    ++epoch_;
  }

  double TakeLoss() {
    const double loss = tokens_seen_ == 0 ? 0 : loss_ / static_cast<double>(tokens_seen_);
    tokens_seen_ = 0;
    loss_ = 0;
    return loss;
  }

  ModelParts Finish(const std::vector<Lexicon::Entry>& words) const;

 private:
  void Read(const Sample& original) {
    sample_ = Augment(original, options_, random_);
    Tokenize(sample_.text, lexicon_, tokens_);
    HideWords(sample_);
    heading_ = HeadingOf(sample_.heading);
    OpenGates(heading_, tokens_);
    Label(sample_);
  }

  template <typename Run>
  void ForEachRun(const Run& run) {
    const size_t end = tokens_.size() - kMargin;
    for (size_t i = kMargin; i < end;) {
      if (!tokens_[i].active) {
        ++i;
        continue;
      }
      const size_t first = i;
      while (i < end && tokens_[i].active) ++i;
      run(first, i);
    }
  }

  // Names of which no list knows are what the model meets most; and everyday words of which none does.
  void HideWords(const Sample& sample) {
    for (size_t i = kMargin; i + kMargin < tokens_.size(); ++i) {
      Token& token = tokens_[i];
      if (token.kind != TokenKind::kWord || (token.lex & kConnector) != 0 || token.length < 4) continue;
      const bool outside = std::none_of(sample.spans.begin(), sample.spans.end(), [&](const Span& span) {
        return token.begin < span.end && span.begin < token.end;
      });
      if (outside && random_.Chance(options_.hide_everyday)) token.lex = 0;
    }
    for (const Span& span : sample.spans) {
      for (size_t i = kMargin; i + kMargin < tokens_.size(); ++i) {
        Token& token = tokens_[i];
        if (token.begin < span.begin || token.begin >= span.end) continue;
        if (token.kind == TokenKind::kWord && (token.lex & kConnector) == 0 && random_.Chance(options_.hide_words)) {
          token.lex &= kCommon;
        }
        if (token.kind != TokenKind::kHan || token.place != 0 || !IsHanName(token.lex)) continue;
        if (!random_.Chance(options_.hide_words * 1.5)) continue;
        for (size_t j = i; j < i + kLongestHanWord && tokens_[j].kind == TokenKind::kHan; ++j) {
          const bool last = tokens_[j].place == 2;
          tokens_[j].place = 3;
          tokens_[j].piece = tokens_[j].word;
          tokens_[j].lex = lexicon_.Find(tokens_[j].word);
          if (last) break;
        }
      }
    }
  }

  void Label(const Sample& sample) {
    gold_.assign(tokens_.size(), kOutside);
    for (const Span& span : sample.spans) {
      const auto kind = KindOfType(span.type);
      if (!kind.has_value() || *kind > detect::Kind::kOrganization) continue;
      size_t first = kMargin;
      while (first + kMargin < tokens_.size() && tokens_[first].begin < span.begin) ++first;
      size_t end = first;
      while (end + kMargin < tokens_.size() && tokens_[end].end <= span.end) ++end;
      for (size_t i = first; i < end; ++i) {
        const Part part = end - first == 1 ? kSingle : i == first ? kBegin : i + 1 == end ? kEnd : kInside;
        gold_[i] = LabelOf(*kind, part);
      }
    }
    MendLabels();
  }

  // A name of which a part is never asked about is learned as what is left of it.
  void MendLabels() {
    for (size_t i = kMargin; i + kMargin < tokens_.size(); ++i) {
      if (gold_[i] == kOutside || tokens_[i].active) continue;
      gold_[i] = kOutside;
    }
    for (size_t i = kMargin; i + kMargin < tokens_.size();) {
      if (gold_[i] == kOutside) {
        ++i;
        continue;
      }
      const detect::Kind kind = names::KindOf(gold_[i]);
      size_t end = i + 1;
      while (gold_[end] != kOutside && !MayBegin(gold_[end]) && names::KindOf(gold_[end]) == kind) ++end;
      for (size_t j = i; j < end; ++j) {
        gold_[j] = LabelOf(kind, end - i == 1 ? kSingle : j == i ? kBegin : j + 1 == end ? kEnd : kInside);
      }
      i = end;
    }
  }

  // What speaks for each label at each token, with the costs of wrong ones.
  void Score(size_t first, size_t end) {
    rows_.clear();
    bounds_.assign(1, 0);
    nodes_.assign(end - first, Row{});
    for (size_t i = first; i < end; ++i) {
      Row& scores = nodes_[i - first];
      VisitFeatures(sample_.text, tokens_, i, heading_, lexicon_, [&](uint64_t feature) {
        const uint32_t row = table_.Find(static_cast<uint32_t>(feature >> 32));
        if (row == FeatureTable::kNone || random_.Chance(options_.drop_features)) return;
        rows_.push_back(row);
        for (size_t label = 0; label < kLabelCount; ++label) scores[label] += features_learned_[row].weights[label];
      });
      bounds_.push_back(rows_.size());
      for (size_t label = 0; label < kLabelCount; ++label) {
        if (label != gold_[i]) scores[label] += static_cast<float>(options_.cost);
      }
      if (gold_[i] != kOutside) scores[kOutside] += static_cast<float>(options_.cost_of_missing);
    }
  }

  // Forward and backward, each token scaled to one; leaves the probability of each label in nodes_.
  void LearnRun(size_t first, size_t end) {
    Score(first, end);
    const size_t count = end - first;
    Matrix moves;  // exponentials of the transitions
    for (size_t from = 0; from < kLabelCount; ++from) {
      for (size_t to = 0; to < kLabelCount; ++to) {
        moves[from][to] = MayFollow(static_cast<uint8_t>(from), static_cast<uint8_t>(to))
                              ? std::exp(transitions_[from].weights[to])
                              : 0;
      }
    }
    local_.resize(count);
    forward_.resize(count);
    backward_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const float top = *std::max_element(nodes_[i].begin(), nodes_[i].end());
      for (size_t label = 0; label < kLabelCount; ++label) local_[i][label] = std::exp(nodes_[i][label] - top);
    }
    for (size_t i = 0; i < count; ++i) {
      Row next = {};
      for (size_t from = 0; from < kLabelCount; ++from) {
        const float weight = i == 0 ? (from == kOutside ? 1.0F : 0.0F) : forward_[i - 1][from];
        if (weight == 0) continue;
        for (size_t to = 0; to < kLabelCount; ++to) next[to] += weight * moves[from][to];
      }
      for (size_t to = 0; to < kLabelCount; ++to) next[to] *= local_[i][to];
      Normalise(next);
      forward_[i] = next;
    }
    for (size_t i = count; i-- > 0;) {
      Row before = {};
      if (i + 1 == count) {
        for (size_t from = 0; from < kLabelCount; ++from) before[from] = moves[from][kOutside];
      } else {
        for (size_t from = 0; from < kLabelCount; ++from) {
          for (size_t to = 0; to < kLabelCount; ++to) {
            before[from] += moves[from][to] * local_[i + 1][to] * backward_[i + 1][to];
          }
        }
      }
      Normalise(before);
      backward_[i] = before;
    }
    StepTransitions(first, count, moves);
    StepFeatures(first, count);
  }

  static float Normalise(Row& row) {
    float sum = 0;
    for (const float value : row) sum += value;
    const float scale = sum > 0 ? 1 / sum : 0;
    for (float& value : row) value *= scale;
    return sum;
  }

  void StepTransitions(size_t first, size_t count, const Matrix& moves) {
    Matrix expected = {};
    const auto gold = [&](size_t i) { return i == SIZE_MAX || i == count ? uint8_t{kOutside} : gold_[first + i]; };
    for (size_t i = 0; i <= count; ++i) {
      Matrix pairs;
      float sum = 0;
      for (size_t from = 0; from < kLabelCount; ++from) {
        const float before = i == 0 ? (from == kOutside ? 1.0F : 0.0F) : forward_[i - 1][from];
        for (size_t to = 0; to < kLabelCount; ++to) {
          const float after = i == count ? (to == kOutside ? 1.0F : 0.0F) : local_[i][to] * backward_[i][to];
          pairs[from][to] = before * moves[from][to] * after;
          sum += pairs[from][to];
        }
      }
      const float scale = sum > 0 ? 1 / sum : 0;
      for (size_t from = 0; from < kLabelCount; ++from) {
        for (size_t to = 0; to < kLabelCount; ++to) expected[from][to] += pairs[from][to] * scale;
      }
      expected[gold(i - 1)][gold(i)] -= 1;
    }
    for (size_t from = 0; from < kLabelCount; ++from) transitions_[from].Step(expected[from], rate_, 0);
  }

  void StepFeatures(size_t first, size_t count) {
    const auto decay = static_cast<float>(options_.decay);
    for (size_t i = 0; i < count; ++i) {
      Row gradient;
      for (size_t label = 0; label < kLabelCount; ++label) gradient[label] = forward_[i][label] * backward_[i][label];
      Normalise(gradient);
      loss_ -= std::log(std::max(1e-9F, gradient[gold_[first + i]]));
      ++tokens_seen_;
      gradient[gold_[first + i]] -= 1;
      for (size_t f = bounds_[i]; f < bounds_[i + 1]; ++f) features_learned_[rows_[f]].Step(gradient, rate_, decay);
    }
  }

  Lexicon lexicon_;
  TrainerOptions options_;
  SeededRandom random_;
  FeatureTable table_;
  std::vector<Learning> features_learned_;
  std::array<Learning, kLabelCount> transitions_;
  std::vector<Row> averages_;  // sums, until Finish
  Matrix average_transitions_ = {};
  float averaged_ = 0;
  int epoch_ = 0;
  float rate_ = 0;
  Sample sample_;
  Heading heading_ = Heading::kNone;
  std::vector<Token> tokens_;
  std::vector<uint8_t> gold_;
  std::vector<uint32_t> rows_;
  std::vector<size_t> bounds_;
  std::vector<Row> nodes_, local_, forward_, backward_;
  uint64_t tokens_seen_ = 0;
  double loss_ = 0;
};

// Leaves out what says least, and rounds to bytes.
ModelParts Field::Finish(const std::vector<Lexicon::Entry>& words) const {
  ModelParts parts;
  parts.words = words;
  // All features together speak as loud as those that were not dropped did.
  const float share = static_cast<float>(1 - options_.drop_features) / std::max(1.0F, averaged_);
  struct Ranked {
    float size;
    uint32_t row;
  };
  std::vector<Ranked> ranked;
  for (uint32_t row = 0; row < averages_.size(); ++row) {
    float size = 0;
    for (const float weight : averages_[row]) size = std::max(size, std::abs(weight * share));
    ranked.push_back({size, row});
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const Ranked& a, const Ranked& b) { return a.size != b.size ? a.size > b.size : a.row < b.row; });
  if (ranked.size() > options_.most_features) ranked.resize(options_.most_features);
  // All but the very largest weights fit.
  const float largest = ranked.empty() ? 1 : std::max(1e-3F, ranked[ranked.size() / 1000].size);
  parts.scale = static_cast<uint32_t>(std::clamp(std::floor(127.0F / largest), 1.0F, 1000.0F));
  const auto scaled = [&](float weight) { return std::round(weight * static_cast<float>(parts.scale)); };
  std::sort(ranked.begin(), ranked.end(),
            [&](const Ranked& a, const Ranked& b) { return table_.keys()[a.row] < table_.keys()[b.row]; });
  for (const Ranked& one : ranked) {
    WeightRow row = {};
    bool says = false;
    for (size_t i = 0; i < kLabelCount; ++i) {
      row[i] = static_cast<int8_t>(std::clamp(scaled(averages_[one.row][i] * share), -127.0F, 127.0F));
      says = says || row[i] != 0;
    }
    if (!says) continue;
    parts.feature_keys.push_back(table_.keys()[one.row]);
    parts.weights.push_back(row);
  }
  for (size_t from = 0; from < kLabelCount; ++from) {
    for (size_t to = 0; to < kLabelCount; ++to) {
      parts.transitions[from][to] = static_cast<int16_t>(
          std::clamp(scaled(average_transitions_[from][to] / std::max(1.0F, averaged_)), -30000.0F, 30000.0F));
    }
  }
  return parts;
}

}  // namespace

ModelParts Train(const std::vector<Lexicon::Entry>& words, const std::vector<const Sample*>& samples,
                 const TrainerOptions& options, const Progress& progress) {
  Field field(words, options);
  field.Count(samples);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    field.Epoch(samples);
    if (progress) progress(epoch, field.TakeLoss());
  }
  return field.Finish(words);
}

}  // namespace strongroom::names
