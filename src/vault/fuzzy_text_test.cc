#include "vault/fuzzy_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "vault/testing/invented_names.h"

namespace strongroom {
namespace {

double Alike(std::string_view query, std::string_view value) {
  return FuzzySimilarity(FuzzyWordsOf(query), FuzzyWordsOf(value));
}

bool SharesAKey(std::string_view query, std::string_view value) {
  const auto asked = FuzzyKeysOfQuery(FuzzyWordsOf(query));
  const auto held = FuzzyKeysOfValue(FuzzyWordsOf(value));
  return std::any_of(asked.begin(), asked.end(), [&](const FuzzyKey& key) { return held.contains(key); });
}

TEST(FuzzyText, LettersAreReadAsSwedesAndForeignersTypeThem) {
  const std::pair<const char*, const char*> same[] = {{"Åsa Öberg", "Asa Oberg"},
                                                      {"Åsa Öberg", "Aasa Oeberg"},
                                                      {"Märta", "Marta"},
                                                      {"Märta", "Maerta"},
                                                      {"Søren", "Sören"},
                                                      {"Søren", "Soeren"},
                                                      {"Søren", "Soren"},
                                                      {"Kjærsti", "Kjaersti"},
                                                      {"Kjærsti", "Kjärsti"},
                                                      {"Müller", "Mueller"},
                                                      {"Müller", "Muller"},
                                                      {"Weiß", "Weiss"},
                                                      {"José Hernández", "JOSE HERNANDEZ"},
                                                      {"Łukasz", "lukasz"},
                                                      {"O'Brien", "O’BRIEN"},
                                                      {"O'Brien", "OBrien"},
                                                      {"Anna-Lena Berg", "anna lena berg"},
                                                      {"Anna Berg", "Berg, Anna"},
                                                      {"张伟", "Zhang Wei"},
                                                      {"张伟", "zhāng wěi"},
                                                      {"吴晓明", "Xiaoming Wu"},
                                                      {"吴晓明", "Wu Xiao Ming"},
                                                      {"吴晓明", "吴 晓明"},
                                                      {"Дмитрий", "Dmitrij"},
                                                      {"Ａｎｎａ", "anna"},
                                                      {"Dvořák", "Dvorak"},
                                                      {"Yılmaz", "Yilmaz"},
                                                      {"A\xCC\x8Asa", "Åsa"},
                                                      {"吴晓明", "Wuxiaoming"},
                                                      {"Annalena Berg", "Anna-Lena Berg"}};
  for (const auto& [a, b] : same) {
    EXPECT_GE(Alike(a, b), 0.95) << a << " / " << b;
    EXPECT_GE(Alike(b, a), 0.95) << b << " / " << a;
    EXPECT_TRUE(SharesAKey(a, b) && SharesAKey(b, a)) << a << " / " << b;
  }
}

TEST(FuzzyText, OneErrorInAShortWordAndMoreInLongOnesAreForgiven) {
  const std::pair<const char*, const char*> alike[] = {{"Ana", "Anna"},
                                                       {"Eba", "Eva"},
                                                       {"Erki", "Erik"},
                                                       {"Erikk", "Erik"},
                                                       {"Peder", "Peter"},
                                                       {"Pete", "Peter"},
                                                       {"Sandstrm", "Sandström"},
                                                       {"Andreson", "Andersson"},
                                                       {"Gustavson", "Gustafsson"},
                                                       {"Agnetta", "Agneta"},
                                                       {"Tchaikovski", "Tchaikowsky"}};
  for (const auto& [query, value] : alike) {
    EXPECT_GT(Alike(query, value), 0) << query << " / " << value;
    EXPECT_TRUE(SharesAKey(query, value)) << query << " / " << value;
  }
  const std::pair<const char*, const char*> others[] = {
      {"Anna", "Hanne"},   {"Eva", "Ulla"},       {"Li", "Lu"},
      {"Berg", "Bergman"}, {"Karin", "Kristina"}, {"Anna Berg", "Anna Lund"},
      {"Lars", "Per"},     {"张伟", "王芳"},      {"", "Anna"},
      {"Anna", ""},        {"...", "---"}};
  for (const auto& [query, value] : others) EXPECT_EQ(Alike(query, value), 0) << query << " / " << value;
}

TEST(FuzzyText, WhatIsMoreAlikeComesFirst) {
  EXPECT_GT(Alike("Anna Berg", "Anna Berg"), Alike("Anna Berg", "Anna Borg"));
  EXPECT_GT(Alike("Anna Berg", "Anna Berg"), Alike("Anna Berg", "Anna Maria Berg"));
  EXPECT_GT(Alike("Anna Berg", "Anna Maria Berg"), Alike("Anna Berg", "Ana Borg"));
  EXPECT_LE(Alike("Anna Berg", "Berg Anna"), 1.0);
}

TEST(FuzzyText, WordsAndKeysAreBoundedWhateverIsTyped) {
  std::mt19937_64 random(4);
  size_t most = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    const size_t parts = random() % 60;
    for (size_t k = 0; k < parts; ++k) {
      switch (random() % 5) {
        case 0:
          text += kHanNames[random() % std::size(kHanNames)];
          break;
        case 1:
          text.push_back(' ');
          break;
        case 2:
          text += kSurnames[random() % std::size(kSurnames)];
          break;
        case 3:
          text += "\xCC\x8A";
          break;
        default:
          text.push_back(static_cast<char>(random() % 256));  // often no UTF-8
      }
    }
    const FuzzyWords words = FuzzyWordsOf(text);
    EXPECT_LE(words.words.size(), FuzzyWords::kMaxWords);
    EXPECT_LE(words.together.size(), FuzzyWords::kMaxWords);
    for (const std::string& word : words.words) EXPECT_LE(word.size(), FuzzyWords::kMaxLetters);
    const auto keys = FuzzyKeysOfValue(words);
    EXPECT_LE(keys.size(), kMaxFuzzyKeys);
    EXPECT_LE(FuzzyKeysOfQuery(words).size(), kMaxFuzzyKeys);
    most = std::max(most, keys.size());
    EXPECT_TRUE(words.words.empty() || FuzzySimilarity(words, words) > 0.9) << text;
  }
  EXPECT_EQ(most, kMaxFuzzyKeys) << "control: the bound was reached";
}

TEST(FuzzyText, AValueIsAlwaysFoundByItself) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 500; ++i) {
    const std::string name = DrawName(random);
    EXPECT_GE(Alike(name, name), 0.99) << name;
    EXPECT_TRUE(SharesAKey(name, name)) << name;
  }
  for (size_t i = 0; i < std::size(kHanNames); ++i) EXPECT_GE(Alike(kHanPinyin[i], kHanNames[i]), 0.95) << kHanNames[i];
}

}  // namespace
}  // namespace strongroom
