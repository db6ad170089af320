// Chinese sentences without sense but with the order of real ones: a chain of classes of words, a word of each class.
#include <string>

#include "names/training/generator.h"

namespace strongroom::names {

void Generator::AddChainWord(std::string_view kind, Draft& draft) {
  const char letter = kind[0];
  const bool one = kind.size() > 1 && kind[1] == '1';
  if (letter == 'R' && !one) {
    draft.AddSpan(HanPerson(), "PERSON");
  } else if (letter == 'F' && !one) {
    draft.AddSpan(HanForeign(), "PERSON");
  } else if (letter == 'L' && !one) {
    draft.AddSpan(HanPlace(), "LOCATION");
  } else if (letter == 'T' && !one) {
    draft.AddSpan(HanOrganisation(), "ORGANIZATION");
  } else if (const auto found = han_by_kind_.find(std::string(kind)); found != han_by_kind_.end()) {
    draft.Add(Draw(found->second));
  } else {
    draft.Add(Draw(han_by_kind_["n2"]));
  }
}

void Generator::AddChain(size_t words, Draft& draft) {
  std::string kind = Draw(lists_.han_chain.at("^"));
  for (size_t i = 0; i < words; ++i) {
    // The lists call many everyday words names; the chain has as many names as they say, which is too many.
    const bool doubtful = (kind[0] == 'R' || kind[0] == 'F') && random_.Chance(.6);
    AddChainWord(doubtful ? (kind[1] == '1' ? "n1" : "n2") : kind, draft);
    const auto next = lists_.han_chain.find(kind);
    if (next == lists_.han_chain.end() || next->second.words.empty()) {
      kind = Draw(lists_.han_chain.at("^"));
    } else {
      kind = Draw(next->second);
    }
  }
}

Sample Generator::ChineseChain() {
  Draft draft;
  const size_t clauses = 1 + random_.Below(3);
  for (size_t i = 0; i < clauses; ++i) {
    AddChain(3 + random_.Below(8), draft);
    draft.Add(i + 1 < clauses ? (random_.Chance(.85) ? "，" : "、") : "。");
  }
  draft.sample().source = "generated_chain";
  return draft.Take();
}

}  // namespace strongroom::names
