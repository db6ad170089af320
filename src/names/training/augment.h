// The same text as somebody else would have written it: marks joined to words, all in lower case or in capitals.
#pragma once

#include "names/training/random.h"
#include "names/training/sample.h"
#include "names/training/trainer.h"

namespace strongroom::names {

Sample Augment(const Sample& sample, const TrainerOptions& options, SeededRandom& random);

// "word , word" to "word, word"; spans follow.
Sample JoinMarks(const Sample& sample);

}  // namespace strongroom::names
