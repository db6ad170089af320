// The lists that training reads: src/names/data.  What each is and where it comes from says src/names/data/NOTICE.md.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "names/lexicon.h"

namespace strongroom::names {

struct Weighted {
  std::vector<std::string> words;
  std::vector<double> sums;  // running sums of the weights
};

struct HanWord {
  std::string text;
  char kind = 'n';
  uint32_t rank = 0;
};

struct Lists {
  std::vector<std::string> given_names, surnames, places, regions, streets, words, proper;
  std::map<std::string, std::vector<std::string>> cues;   // class, words
  std::map<std::string, std::vector<std::string>> usual;  // "given_sv": usual names
  std::vector<HanWord> han_words;
  std::vector<std::string> han_surnames, han_places, han_regions, han_foreign_characters, han_foreign_names;
  std::vector<std::string> japanese_surnames, japanese_given;
  Weighted han_surname_weights, han_given_first, han_given_second, han_given_single;
  std::map<std::string, Weighted> han_chain;  // which class of word follows which
};

// `folder` is src/names/data.
Result<Lists> ReadLists(const std::string& folder);

// The entries of a lexicon of these lists and of other everyday words.
std::vector<Lexicon::Entry> BuildLexicon(const Lists& lists, const std::set<std::string>& everyday);

// The words of a text, folded, as the tokenizer cuts them.
std::vector<std::string> FoldedWords(std::string_view text);

}  // namespace strongroom::names
