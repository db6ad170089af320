// Labelled texts out of lists and templates: forms, letters, mails, logs, news, addresses, in three languages.
//
// What the labelled sets lack - Chinese, addresses of many countries, lower case, columns of tables, lines in two
// languages - is made here.  Seeded: the same seed makes the same texts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "names/training/lists.h"
#include "names/training/random.h"
#include "names/training/sample.h"

namespace strongroom::names {

// A text under construction with its spans.
class Draft {
 public:
  void Add(std::string_view text) { sample_.text += text; }
  void AddSpan(std::string_view text, const char* type) {
    const size_t begin = sample_.text.size();
    sample_.text += text;
    if (!text.empty()) sample_.spans.push_back({begin, sample_.text.size(), type});
  }
  Sample&& Take() { return std::move(sample_); }
  Sample& sample() { return sample_; }

 private:
  Sample sample_;
};

// Lines of templates.  `[slot]` is filled; "\n" is a line end.
struct Templates {
  std::vector<std::string> en, sv, zh, mixed, cells;
};
Result<Templates> ReadTemplates(const std::string& folder);

class Generator {
 public:
  // Both outlive it.
  Generator(const Lists& lists, const Templates& templates, uint64_t seed);

  // Names and addresses of labelled texts, to be used now and then: by type ("PERSON").
  void Borrow(std::map<std::string, std::vector<std::string>> values) { borrowed_ = std::move(values); }

  Sample English() { return Fill(random_.Pick(templates_.en), 'e'); }
  Sample Swedish() { return Fill(random_.Pick(templates_.sv), 's'); }
  Sample Chinese() { return Fill(random_.Pick(templates_.zh), 'z'); }
  Sample Mixed() { return Fill(random_.Pick(templates_.mixed), 'm'); }
  // The content of one column of a table, with its heading.
  Sample Cell() { return Fill(random_.Pick(templates_.cells), 'm'); }
  // Chinese words in an order that their classes allow, names among them.
  Sample ChineseChain();

 private:
  Sample Fill(const std::string& text, char language);
  void FillSlot(std::string_view slot, char language, Draft& draft);
  bool FillLatinSlot(std::string_view slot, char language, Draft& draft);
  bool FillHanSlot(std::string_view slot, Draft& draft);
  bool FillNumberSlot(std::string_view slot, Draft& draft);

  std::string Borrowed(const std::string& type);  // empty when there is none
  const std::string& Draw(const Weighted& weighted);
  std::string Digits(int count);
  std::string Number(int low, int high);

  // generator_names.cc
  std::string GivenName(char language);
  std::string Surname(char language);
  std::string PersonName(char language);
  std::string InventedName();
  std::string Place(char language);
  std::string InventedCompany();
  std::string Organisation(char language);
  std::string HanPerson();
  std::string HanForeign();
  std::string HanPlace();
  std::string HanOrganisation();
  std::string HanForeignPart(size_t least, size_t most);

  // generator_addresses.cc
  std::string Street(char country);
  void StreetLine(char country, std::string& out);
  std::string City(char country);
  std::string State();
  std::string Postcode(char country);
  void Address(char language, Draft& draft);
  void AddressLines(char language, Draft& draft);
  std::string MilitaryAddress();
  std::string HanAddress();
  char Country(char language);

  // generator_han.cc
  void AddChain(size_t words, Draft& draft);
  void AddChainWord(std::string_view kind, Draft& draft);

  const Lists& lists_;
  const Templates& templates_;
  SeededRandom random_;
  std::map<std::string, std::vector<std::string>> borrowed_;
  std::map<std::string, Weighted> han_by_kind_;  // "n2": nouns of two characters and more
};

}  // namespace strongroom::names
