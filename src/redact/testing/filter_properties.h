// What holds for every filter, tried over random texts.
#pragma once

#include <gtest/gtest.h>

#include "redact/testing/fake_finder.h"

namespace strongroom::redact {

// `random(seed)` makes the texts.  Twice changes nothing; at least `changed_at_least` of the texts change once, so that
// it says something.
template <typename Make, typename Random>
void ExpectTwiceChangesNothing(const Make& make, const Random& random, uint64_t texts, size_t changed_at_least) {
  for (Mode mode : kAllModes) {
    RunOptions options;
    options.mode = mode;
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= texts; ++seed) {
      const std::string text = random(seed);
      const Outcome once = RunFilter(make, text, options);
      ASSERT_TRUE(once.status.ok()) << once.status.message() << text;
      const Outcome twice = RunFilter(make, once.out, options);
      ASSERT_EQ(once.out, twice.out) << NameOf(mode) << " of " << text;
      changed += once.out != text ? 1 : 0;
    }
    EXPECT_GT(changed, changed_at_least);
  }
}

// However the text is cut and whatever the number of threads, the answer is the same.
template <typename Make, typename Random>
void ExpectChunksAndThreadsChangeNothing(const Make& make, const Random& random, uint64_t texts) {
  for (uint64_t seed = 1; seed <= texts; ++seed) {
    const std::string text = random(seed);
    RunOptions options;
    options.mode = kAllModes[seed % 5];
    const Outcome whole = RunFilter(make, text, options);
    for (size_t most : {7, 1000, 90000}) {
      RunOptions parts = options;
      parts.most_fed = most;
      parts.threads = most == 1000 ? 1 : 3;
      parts.seed = seed + most;
      const Outcome cut = RunFilter(make, text, parts);
      ASSERT_EQ(whole.status.reason(), cut.status.reason());
      ASSERT_EQ(whole.out, cut.out);
      ASSERT_EQ(whole.found.size(), cut.found.size());
      for (size_t i = 0; i < whole.found.size(); ++i) {
        ASSERT_EQ(whole.found[i].place.path, cut.found[i].place.path);
        ASSERT_EQ(whole.found[i].place.line, cut.found[i].place.line);
      }
    }
  }
}

}  // namespace strongroom::redact
