// Writes the figures of docs/detection.md: how much of labelled texts is found that the model never learned from.
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "detect/detector.h"
#include "names/model.h"
#include "names/name_finder.h"
#include "names/training/arguments.h"
#include "names/training/recipe.h"
#include "names/training/report.h"
#include "names/training/scoring.h"

namespace strongroom::names {
namespace {

constexpr const char* kUsage =
    "names_evaluate --data DIR --lists DIR [--page docs/detection.md]\n"
    "  Trains five models, each without another fifth of the texts (of synthetic sets: of the templates), and lets "
    "each\n"
    "  search the fifth that it does not know.  Sets that are never trained on are searched by the model of the "
    "binary.\n"
    "names_evaluate --data DIR --model FILE --held-out N\n"
    "  Searches one fifth, and the sets that are never trained on, with the model of FILE.\n";

// What each set is called in the page; synthetic texts of two sizes are one.
std::string TitleOf(const std::string& source) {
  constexpr std::pair<const char*, const char*> titles[] = {
      {"presidio_generated_large", "English, synthetic (presidio_generated), templates held out"},
      {"presidio_generated_small", "English, synthetic (presidio_generated), templates held out"},
      {"wikigold_en", "English, encyclopaedia (wikigold), held out"},
      {"wnut17_en_train", "English, chat (wnut17), held out"},
      {"wnut17_en_dev", "English, chat (wnut17), held out"},
      {"klintan_sv_train", "Swedish, news (klintan), held out"},
      {"uner_en_ewt_dev", "English, web (uner_en_ewt dev), set never trained on"},
      {"uner_sv_talbanken_dev", "Swedish, brochures (uner_sv_talbanken dev), set never trained on"},
      {"uner_sv_talbanken_train", "Swedish, brochures (uner_sv_talbanken train), set never trained on"},
      {"uner_zh_gsdsimp_dev", "Chinese, encyclopaedia (uner_zh_gsdsimp dev), set never trained on"},
      {"uner_zh_gsdsimp_train", "Chinese, encyclopaedia (uner_zh_gsdsimp train), set never trained on"},
  };
  for (const auto& [set, title] : titles) {
    if (source == set) return title;
  }
  return source;
}

// Synthetic texts are labelled with everything; the others with names alone, and nothing else is asked of them.
detect::KindSet KindsOf(const std::string& source) {
  if (source.starts_with("presidio")) return detect::KindSet::All();
  detect::KindSet kinds;
  for (const auto kind : {detect::Kind::kPerson, detect::Kind::kLocation, detect::Kind::kOrganization}) kinds.Add(kind);
  return kinds;
}

void Search(const NameFinder& names, const std::vector<Sample>& samples, Boards& boards) {
  detect::DetectorOptions options;
  options.names = &names;
  const detect::Detector detector(options);
  std::vector<detect::Finding> findings;
  for (const Sample& sample : samples) {
    detector.Find(sample.text, sample.heading, findings);
    ScoreOne(sample, findings, KindsOf(sample.source), boards[TitleOf(sample.source)]);
  }
}

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Reason::kFileUnreadable, "cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

Status CrossValidate(const Arguments& arguments, Boards& boards) {
  for (uint32_t fifth = 0; fifth < kFifths; ++fifth) {
    ASSIGN_OR_RETURN(const Corpus corpus, ReadCorpus(arguments.Text("--data"), fifth));
    ASSIGN_OR_RETURN(ModelParts parts, Cook(Recipe(), arguments.Text("--lists"), corpus.train, nullptr));
    // Through the file, so that what is measured is what a file would hold.
    ASSIGN_OR_RETURN(const auto finder, NameFinder::Open(EncodeModel(parts)));
    Search(*finder, corpus.held_out, boards);
    std::fprintf(stderr, "fifth %u of %u searched\n", fifth + 1, kFifths);
    if (fifth == 0) Search(NameFinder::BuiltIn(), corpus.unseen, boards);
  }
  return {};
}

Status Run(const Arguments& arguments) {
  Boards boards;
  if (const std::string model = arguments.Text("--model"); !model.empty()) {
    uint32_t fifth = 0;
    arguments.Number("--held-out", fifth);
    ASSIGN_OR_RETURN(const std::string file, ReadWhole(model));
    ASSIGN_OR_RETURN(const auto finder, NameFinder::Open(file));
    ASSIGN_OR_RETURN(const Corpus corpus, ReadCorpus(arguments.Text("--data"), fifth));
    Search(*finder, corpus.held_out, boards);
    Search(*finder, corpus.unseen, boards);
  } else {
    RETURN_IF_ERROR(CrossValidate(arguments, boards));
  }
  const std::string tables = TablesOf(boards);
  const std::string page = arguments.Text("--page");
  if (page.empty()) {
    std::fputs(tables.c_str(), stdout);
    return {};
  }
  ASSIGN_OR_RETURN(const std::string old, ReadWhole(page));
  const std::string text = ReplaceFigures(old, tables + "\n");
  if (text.empty()) return {Reason::kDataCorrupt, page + " has no markers for the figures"};
  std::ofstream out(page, std::ios::binary);
  out << text;
  out.close();
  return out ? Status() : Status(Reason::kFileUnreadable, "cannot write " + page);
}

}  // namespace
}  // namespace strongroom::names

int main(int count, char** words) {
  const strongroom::names::Arguments arguments(count, words);
  if (!arguments.complete() || arguments.Text("--data").empty() ||
      (arguments.Text("--lists").empty() && arguments.Text("--model").empty())) {
    std::fputs(strongroom::names::kUsage, stderr);
    return 2;
  }
  if (const strongroom::Status status = strongroom::names::Run(arguments); !status.ok()) {
    std::fprintf(stderr, "names_evaluate: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
