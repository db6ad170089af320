// A linear-chain conditional random field: trains the weights of a model on labelled texts.  Seeded: on one machine,
// same input, same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "names/model.h"
#include "names/training/sample.h"

namespace strongroom::names {

struct TrainerOptions {
  uint64_t seed = 1;
  int epochs = 4;
  double rate = 0.1;             // of learning, falling to a tenth of it
  double decay = 1e-4;           // of weights, whenever they are used
  double cost = 0;               // of a wrong label
  double cost_of_missing = 0.5;  // more, where a name would be missed
  uint8_t least_count = 3;       // a feature is learned when it was seen so often
  double hide_words = 0.2;       // how often a name is shown as if no list had it
  double hide_everyday = 0.1;    // how often another word is
  double drop_features = 0.15;   // how often a feature is not looked at, so that none is relied on alone
  double join_marks = 0.6;       // how often "word ." is read as "word."
  double lower_case = 0.08;
  double upper_case = 0.03;
  size_t most_features = 130'000;
};

// `progress` is called after every epoch with its number and the loss per token.
using Progress = std::function<void(int epoch, double loss)>;

// Samples as they are; spans of types that the model does not find count as text.
ModelParts Train(const std::vector<Lexicon::Entry>& words, const std::vector<const Sample*>& samples,
                 const TrainerOptions& options, const Progress& progress);

}  // namespace strongroom::names
