// The whole way from lists and labelled texts to the parts of a model.
#pragma once

#include <cstddef>
#include <string>

#include "names/training/corpus.h"
#include "names/training/trainer.h"

namespace strongroom::names {

struct Recipe {
  TrainerOptions trainer;
  size_t generated = 10000;  // texts of each sort
  int repeat = 2;            // how often labelled texts are read in each epoch
};

// `lists_folder` is src/names/data.
Result<ModelParts> Cook(const Recipe& recipe, const std::string& lists_folder, const std::vector<Sample>& labelled,
                        const Progress& progress);

}  // namespace strongroom::names
