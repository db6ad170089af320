#include "names/training/corpus.h"

#include <map>
#include <utility>

#include "names/training/generator.h"

namespace strongroom::names {
namespace {

enum class Use { kTrain, kTrainByTemplate, kNever };

constexpr std::pair<const char*, Use> kSets[] = {
    {"presidio_generated_large", Use::kTrainByTemplate},
    {"presidio_generated_small", Use::kTrainByTemplate},
    {"klintan_sv_train", Use::kTrain},
    {"wikigold_en", Use::kTrain},
    {"wnut17_en_train", Use::kTrain},
    {"wnut17_en_dev", Use::kTrain},
    {"uner_en_ewt_dev", Use::kNever},
    {"uner_sv_talbanken_dev", Use::kNever},
    {"uner_sv_talbanken_train", Use::kNever},
    {"uner_zh_gsdsimp_dev", Use::kNever},
    {"uner_zh_gsdsimp_train", Use::kNever},
};

}  // namespace

Result<Corpus> ReadCorpus(const std::string& folder, uint32_t held_out) {
  Corpus corpus;
  for (const auto& [name, use] : kSets) {
    ASSIGN_OR_RETURN(std::vector<Sample> samples, ReadSamples(folder + "/" + name + ".jsonl", name));
    for (Sample& sample : samples) {
      if (use == Use::kNever) {
        corpus.unseen.push_back(std::move(sample));
        continue;
      }
      const std::string key = use == Use::kTrainByTemplate ? SkeletonOf(sample) : sample.text;
      auto& where = ShareOf(key, kFifths) == held_out ? corpus.held_out : corpus.train;
      where.push_back(std::move(sample));
    }
  }
  return corpus;
}

namespace {

// The names in labelled texts, by type and language.
std::map<std::string, std::vector<std::string>> NamesIn(const std::vector<Sample>& samples) {
  std::map<std::string, std::vector<std::string>> names;
  for (const Sample& sample : samples) {
    const bool swedish = sample.source == "klintan_sv_train";
    const bool synthetic = sample.source.starts_with("presidio");
    if (swedish) {
      std::string outside = sample.text;
      for (const Span& span : sample.spans)
        outside.replace(span.begin, span.end - span.begin, span.end - span.begin, '.');
      for (std::string& word : FoldedWords(outside)) {
        if (word.size() > 4) names["WORD sv"].push_back(std::move(word));
      }
    }
    for (const Span& span : sample.spans) {
      const std::string text = sample.text.substr(span.begin, span.end - span.begin);
      const auto kind = KindOfType(span.type);
      if (!kind.has_value() || (!swedish && !synthetic && sample.source != "wikigold_en")) continue;
      if (kind == detect::Kind::kStreetAddress && text.size() > 24) names["ADDRESS"].push_back(text);
      const std::string language = swedish ? " sv" : " en";
      if (kind == detect::Kind::kPerson) names["PER" + language].push_back(text);
      if (kind == detect::Kind::kLocation) names["LOC" + language].push_back(text);
      if (kind == detect::Kind::kOrganization) names["ORG" + language].push_back(text);
    }
  }
  return names;
}

}  // namespace

Result<std::vector<Sample>> GenerateSamples(const std::string& lists_folder, const Lists& lists,
                                            const std::vector<Sample>& labelled, uint64_t seed, size_t size) {
  ASSIGN_OR_RETURN(const Templates templates, ReadTemplates(lists_folder));
  Generator generator(lists, templates, seed);
  generator.Borrow(NamesIn(labelled));
  std::vector<Sample> samples;
  for (size_t i = 0; i < size; ++i) {
    samples.push_back(generator.English());
    samples.push_back(generator.Swedish());
    samples.push_back(generator.Chinese());
    samples.push_back(generator.Chinese());
    samples.push_back(generator.ChineseChain());
    if (i % 3 == 0) samples.push_back(generator.Mixed());
    if (i % 3 == 1) samples.push_back(generator.Cell());
  }
  return samples;
}

std::set<std::string> EverydayWords(const std::vector<Sample>& samples) {
  std::set<std::string> everyday;
  std::map<std::string, int> seen;  // what was seen once is left out: training must meet words that no list has
  for (const Sample& sample : samples) {
    std::string outside = sample.text;
    for (const Span& span : sample.spans)
      outside.replace(span.begin, span.end - span.begin, span.end - span.begin, '.');
    const bool careful = sample.source == "klintan_sv_train" || sample.source == "generated_s";
    for (std::string& word : FoldedWords(outside)) {
      if (++seen[word] == (careful ? 2 : 3)) everyday.insert(std::move(word));
    }
  }
  return everyday;
}

}  // namespace strongroom::names
