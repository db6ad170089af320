// Trains the model that the binary carries.
#include <cstdio>
#include <fstream>
#include <string>

#include "names/model.h"
#include "names/training/arguments.h"
#include "names/training/recipe.h"

namespace strongroom::names {
namespace {

constexpr const char* kUsage =
    "names_train --data DIR --lists DIR --out FILE\n"
    "  --data DIR     the labelled sets, *.jsonl\n"
    "  --lists DIR    src/names/data\n"
    "  --out FILE     where the model goes\n"
    "  --held-out N   leave a fifth of the texts out, 0 to 4 (default: none is left out)\n"
    "  --seed N --epochs N --generated N --repeat N --rate R --decay D --cost C --cost-of-missing C --least-count N\n"
    "  --hide-words SHARE --hide-everyday SHARE --drop-features SHARE --lower-case SHARE --most-features N\n";

Status Run(const Arguments& arguments) {
  Recipe recipe;
  uint32_t held_out = kNothingHeldOut;
  arguments.Number("--held-out", held_out);
  arguments.Number("--generated", recipe.generated);
  arguments.Number("--repeat", recipe.repeat);
  TrainerOptions& options = recipe.trainer;
  arguments.Number("--seed", options.seed);
  arguments.Number("--epochs", options.epochs);
  arguments.Number("--rate", options.rate);
  arguments.Number("--decay", options.decay);
  arguments.Number("--cost", options.cost);
  arguments.Number("--cost-of-missing", options.cost_of_missing);
  arguments.Number("--least-count", options.least_count);
  arguments.Number("--hide-words", options.hide_words);
  arguments.Number("--hide-everyday", options.hide_everyday);
  arguments.Number("--drop-features", options.drop_features);
  arguments.Number("--lower-case", options.lower_case);
  arguments.Number("--most-features", options.most_features);

  ASSIGN_OR_RETURN(const Corpus corpus, ReadCorpus(arguments.Text("--data"), held_out));
  std::fprintf(stdout, "%zu labelled texts to learn from, %zu held out\n", corpus.train.size(), corpus.held_out.size());
  ASSIGN_OR_RETURN(const ModelParts parts,
                   Cook(recipe, arguments.Text("--lists"), corpus.train, [](int epoch, double loss) {
                     std::fprintf(stdout, "epoch %d: loss %.4f per token\n", epoch + 1, loss);
                     std::fflush(stdout);
                   }));
  const Bytes file = EncodeModel(parts);
  const std::string path = arguments.Text("--out");
  std::ofstream out(path, std::ios::binary);
  out.write(file.data(), static_cast<std::streamsize>(file.size()));
  out.close();
  if (!out) return {Reason::kFileUnreadable, "cannot write " + path};
  std::fprintf(stdout, "%s: %zu words, %zu features, %.2f MB\n", path.c_str(), parts.words.size(), parts.weights.size(),
               static_cast<double>(file.size()) / 1e6);
  return {};
}

}  // namespace
}  // namespace strongroom::names

int main(int count, char** words) {
  const strongroom::names::Arguments arguments(count, words);
  if (!arguments.complete() || arguments.Text("--data").empty() || arguments.Text("--lists").empty() ||
      arguments.Text("--out").empty()) {
    std::fputs(strongroom::names::kUsage, stderr);
    return 2;
  }
  if (const strongroom::Status status = strongroom::names::Run(arguments); !status.ok()) {
    std::fprintf(stderr, "names_train: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
