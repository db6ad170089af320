// What the model is trained on and what is held out: labelled sets by name, their split, and generated texts.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "names/training/lists.h"
#include "names/training/sample.h"

namespace strongroom::names {

struct Corpus {
  std::vector<Sample> train;
  std::vector<Sample> held_out;  // never trained on: a fifth of each set, of synthetic sets a fifth of the templates
  std::vector<Sample> unseen;    // sets of which nothing at all is trained on
};

// Reads the sets in `folder` (*.jsonl).  The split depends on the texts alone; `held_out` is which fifth, 0 to 4.
inline constexpr uint32_t kFifths = 5;
inline constexpr uint32_t kNothingHeldOut = kFifths;
Result<Corpus> ReadCorpus(const std::string& folder, uint32_t held_out);

// `lists_folder` has the lists and templates.  `size` texts of each of the six sorts.
// Names of `labelled` texts are used among others.
Result<std::vector<Sample>> GenerateSamples(const std::string& lists_folder, const Lists& lists,
                                            const std::vector<Sample>& labelled, uint64_t seed, size_t size);

// The lower-case words that stand outside of names: everyday words.
std::set<std::string> EverydayWords(const std::vector<Sample>& samples);

}  // namespace strongroom::names
