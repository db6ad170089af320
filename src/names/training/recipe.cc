#include "names/training/recipe.h"

#include "names/training/lists.h"

namespace strongroom::names {

Result<ModelParts> Cook(const Recipe& recipe, const std::string& lists_folder, const std::vector<Sample>& labelled,
                        const Progress& progress) {
  ASSIGN_OR_RETURN(const Lists lists, ReadLists(lists_folder));
  ASSIGN_OR_RETURN(const std::vector<Sample> generated,
                   GenerateSamples(lists_folder, lists, labelled, recipe.trainer.seed, recipe.generated));
  std::vector<Sample> all = labelled;
  all.insert(all.end(), generated.begin(), generated.end());
  const std::vector<Lexicon::Entry> words = BuildLexicon(lists, EverydayWords(all));
  std::vector<const Sample*> samples;
  for (size_t i = 0; i < all.size(); ++i) {
    const int times = i < labelled.size() ? recipe.repeat : 1;
    for (int time = 0; time < times; ++time) samples.push_back(&all[i]);
  }
  return Train(words, samples, recipe.trainer, progress);
}

}  // namespace strongroom::names
