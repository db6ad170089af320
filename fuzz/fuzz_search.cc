// Names and numbers from a stranger, as values and as queries: words and keys stay within their bounds, a name is like
// itself, and a value that lies between two others is found under the nodes that cover them.  And the progress of an
// index job, from a store that lies.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vault/fuzzy_text.h"
#include "vault/index_jobs.h"
#include "vault/range_index.h"

namespace {

using namespace strongroom;  // NOLINT: a program of one file

void TryName(std::string_view text, std::string_view other) {
  const FuzzyWords words = FuzzyWordsOf(text);
  if (words.words.size() > FuzzyWords::kMaxWords || words.together.size() > FuzzyWords::kMaxWords) std::abort();
  for (const std::string& word : words.words) {
    if (word.empty() || word.size() > FuzzyWords::kMaxLetters) std::abort();
  }
  if (FuzzyKeysOfValue(words).size() > kMaxFuzzyKeys || FuzzyKeysOfQuery(words).size() > kMaxFuzzyKeys) std::abort();
  if (!words.words.empty() && FuzzySimilarity(words, words) < 0.9) std::abort();
  const double alike = FuzzySimilarity(words, FuzzyWordsOf(other));
  if (alike < 0 || alike > 1) std::abort();
}

void TryRange(FieldType type, const RangeBounds& bounds, std::string_view from, std::string_view value,
              std::string_view to) {
  const auto scale = RangeScale::Of(type, bounds);
  if (!scale.ok()) return;
  const auto low = CompareInOrder(type, from, value);
  const auto high = CompareInOrder(type, value, to);
  if (!low || !high || *low > 0 || *high > 0) return;
  const auto nodes = scale->NodesOf(*scale->PlaceOf(value));
  const auto cover = scale->Cover(*scale->PlaceOf(from), *scale->PlaceOf(to));
  if (std::find_first_of(nodes.begin(), nodes.end(), cover.begin(), cover.end()) == nodes.end()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view parts[6];
  size_t part = 0;
  for (size_t begin = 0; part < 6; ++part) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    parts[part] = text.substr(begin, end - begin);
    begin = std::min(end + 1, text.size());
  }
  TryName(parts[0], parts[1]);
  const RangeBounds bounds{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
  for (const FieldType type : {FieldType::kNumber, FieldType::kDate}) {
    TryRange(type, bounds, parts[3], parts[4], parts[5]);
    TryRange(type, {"-1000", "1000", "0.25"}, parts[3], parts[4], parts[5]);
    TryRange(type, {}, parts[3], parts[4], parts[5]);
  }
  if (const auto job = IndexJobState::Decode(text); job.ok() && job->Encode().size() > text.size()) std::abort();
  return 0;
}
