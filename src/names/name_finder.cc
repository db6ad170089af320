#include "names/name_finder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "names/decoder.h"
#include "names/features.h"
#include "names/gate.h"
#include "names/model.h"
#include "names/tokens.h"

namespace strongroom::names {
namespace {

using detect::Finding;

constexpr size_t kPartBytes = size_t{64} << 10;

// What a token's own features say, for words met again.
struct Known {
  uint64_t token = 0;
  std::array<int16_t, kLabelCount> sums = {};
};
constexpr size_t kKnown = 4096;

struct Scratch {
  uint64_t model = 0;  // whose sums are kept
  std::vector<Known> known;
  std::vector<Token> tokens;
  std::vector<uint8_t> labels;
  Decoder decoder;
};

// Where the part that begins at `from` ends: after the first line end past kPartBytes, but not past twice that.
size_t EndOfPart(std::string_view text, size_t from) {
  if (text.size() - from <= kPartBytes) return text.size();
  const size_t limit = std::min(text.size(), from + 2 * kPartBytes);
  const std::string_view tail = text.substr(from + kPartBytes, limit - from - kPartBytes);
  if (const size_t line = tail.find('\n'); line != std::string_view::npos) return from + kPartBytes + line + 1;
  size_t end = limit;
  if (end < text.size()) {
    if (const size_t space = tail.rfind(' '); space != std::string_view::npos) return from + kPartBytes + space + 1;
    for (int i = 0; i < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i) --end;
  }
  return end;
}

// From how much more speaks for the labels than for none, by token, to 0.5 and more, but below what a number with a
// right check digit has: a card inside of an address stays a card.
float ScoreOf(const Decoder& decoder, const std::vector<uint8_t>& labels, size_t first, size_t end, float scale) {
  float sum = 0;
  for (size_t i = first; i < end; ++i) {
    sum += static_cast<float>(decoder.scores(i)[labels[i]] - decoder.scores(i)[kOutside]);
  }
  const float margin = sum / static_cast<float>(end - first) / scale;
  return 0.15F + 0.7F / (1.0F + std::exp(-std::clamp(margin, 0.0F, 8.0F)));
}

class Reader {
 public:
  Reader(const Model& model, Scratch& scratch, std::vector<Finding>& findings)
      : model_(model), scratch_(scratch), findings_(findings) {}

  void Read(std::string_view text, size_t offset, Heading heading) {
    std::vector<Token>& tokens = scratch_.tokens;
    Tokenize(text, model_.lexicon(), tokens);
    OpenGates(heading, tokens);
    const size_t end = tokens.size() - kMargin;
    for (size_t i = kMargin; i < end;) {
      if (!tokens[i].active) {
        ++i;
        continue;
      }
      const size_t first = i;
      scratch_.decoder.Clear();
      for (; i < end && tokens[i].active; ++i) Score(text, i, heading);
      scratch_.decoder.Decode(scratch_.labels);
      Collect(first, i - first, offset);
    }
  }

 private:
  void Score(std::string_view text, size_t at, Heading heading) {
    Scores& sums = scratch_.decoder.AddToken();
    sums = Own(text, scratch_.tokens[at]);
    std::array<uint32_t, Model::kMostAtOnce> features;
    size_t count = 0;
    VisitContextFeatures(scratch_.tokens, at, heading, model_.lexicon(), [&](uint64_t feature) {
      if (count < features.size()) features[count++] = static_cast<uint32_t>(feature >> 32);
    });
    model_.AddTo(sums, features.data(), count);
  }

  const std::array<int16_t, kLabelCount>& Own(std::string_view text, const Token& token) {
    // Of what its features depend on, the word decides all but its look and, in Chinese, the piece it is part of.
    const uint64_t key = FeatureHash(internal::Look(token), token.word, internal::Gist(token) | 1ULL << 40);
    Known& known = scratch_.known[key % kKnown];
    if (known.token == key) return known.sums;
    known = {key, {}};
    std::array<uint32_t, Model::kMostAtOnce> features;
    size_t count = 0;
    VisitOwnFeatures(text, token, [&](uint64_t feature) {
      if (count < features.size()) features[count++] = static_cast<uint32_t>(feature >> 32);
    });
    model_.AddTo(known.sums, features.data(), count);
    return known.sums;
  }

  void Collect(size_t first, size_t count, size_t offset) {
    const std::vector<uint8_t>& labels = scratch_.labels;
    for (size_t i = 0; i < count;) {
      if (labels[i] == kOutside) {
        ++i;
        continue;
      }
      size_t end = i + 1;
      while (end < count && labels[end] != kOutside && !MayBegin(labels[end])) ++end;
      const Token& opening = scratch_.tokens[first + i];
      Finding& finding = findings_.emplace_back();
      finding.begin = offset + opening.begin;
      finding.end = offset + scratch_.tokens[first + end - 1].end;
      finding.kind = KindOf(labels[i]);
      finding.score = ScoreOf(scratch_.decoder, labels, i, end, model_.scale());
      finding.rule = opening.kind == TokenKind::kHan ? "names/han" : "names/latin";
      i = end;
    }
  }

  const Model& model_;
  Scratch& scratch_;
  std::vector<Finding>& findings_;
};

}  // namespace

Result<std::unique_ptr<NameFinder>> NameFinder::Open(ByteView file) {
  ASSIGN_OR_RETURN(ModelParts parts, DecodeModel(file));
  return std::make_unique<NameFinder>(std::make_unique<const Model>(std::move(parts)));
}

const NameFinder& NameFinder::BuiltIn() {
  // Never destroyed: threads may still search while the program ends.
  static const NameFinder& finder = *[] {
    auto opened = Open(BuiltInModelFile());
    if (!opened.ok()) std::abort();  // the build put it there, and a test opens it
    return std::move(*opened).release();
  }();
  return finder;
}

NameFinder::NameFinder(std::unique_ptr<const Model> model) : model_(std::move(model)) {}
NameFinder::~NameFinder() = default;

detect::KindSet NameFinder::kinds() const {
  detect::KindSet kinds;
  for (uint8_t label = 0; label < kLabelCount; ++label) {
    if (label != kOutside) kinds.Add(KindOf(label));
  }
  return kinds;
}

void NameFinder::Find(std::string_view text, std::string_view heading, std::vector<Finding>& findings) const {
  findings.clear();
  thread_local Scratch scratch;
  if (scratch.model != model_->number()) {
    scratch.model = model_->number();
    scratch.known.assign(kKnown, Known{});
    scratch.decoder.SetTransitions(model_->transitions());
  }
  const Heading kind = HeadingOf(heading);
  Reader reader(*model_, scratch, findings);
  for (size_t from = 0; from < text.size();) {
    const size_t end = EndOfPart(text, from);
    reader.Read(text.substr(from, end - from), from, kind);
    from = end;
  }
}

}  // namespace strongroom::names
