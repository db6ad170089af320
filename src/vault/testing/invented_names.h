// Invented people for tests and benchmarks: common given names and surnames, put together by chance, the first of each
// list the most frequent, as in any country; and what people do to names when they type them.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom {

inline constexpr std::string_view kGivenNames[] = {
    "Anna",     "Lars",   "Maria",    "Mikael",  "Elisabeth", "Anders", "Eva",     "Johan",    "Kristina", "Erik",
    "Birgitta", "Per",    "Karin",    "Karl",    "Marie",     "Peter",  "Emma",    "Jan",      "Sara",     "Thomas",
    "Lena",     "Daniel", "Kerstin",  "Fredrik", "Åsa",       "Göran",  "Märta",   "Björn",    "Ingrid",   "Håkan",
    "Ulla",     "Mats",   "Hanna",    "Stefan",  "Malin",     "Jörgen", "Agneta",  "Magnus",   "Linnéa",   "Henrik",
    "Gunilla",  "Niklas", "Josefin",  "Östen",   "Viktoria",  "Jürgen", "Zoë",     "François", "Søren",    "Agnieszka",
    "Dmitri",   "Fatima", "Mohammed", "Nguyen",  "Siobhán",   "Lukasz", "Ioana",   "Kjærsti",  "Güler",    "Renée",
    "Tobias",   "Amanda", "Ellinor",  "Gustaf",  "Hedvig",    "Isak",   "Jasmine", "Kasper",   "Lovisa",   "Melker"};

inline constexpr std::string_view kSurnames[] = {
    "Andersson",  "Johansson",  "Karlsson",   "Nilsson",    "Eriksson",   "Larsson",   "Olsson",      "Persson",
    "Svensson",   "Gustafsson", "Pettersson", "Jonsson",    "Jansson",    "Hansson",   "Bengtsson",   "Lindberg",
    "Jakobsson",  "Magnusson",  "Lindström",  "Olofsson",   "Lindqvist",  "Lindgren",  "Axelsson",    "Berg",
    "Bergström",  "Lundberg",   "Lind",       "Lundgren",   "Mattsson",   "Berglund",  "Fredriksson", "Sandberg",
    "Henriksson", "Ali",        "Forsberg",   "Sjöberg",    "Wallin",     "Engström",  "Eklund",      "Danielsson",
    "Håkansson",  "Lundin",     "Björk",      "Gunnarsson", "Bergman",    "Holm",      "Samuelsson",  "Fransson",
    "Wikström",   "Isaksson",   "Bergqvist",  "Nyström",    "Holmberg",   "Arvidsson", "Löfgren",     "Söderberg",
    "Nyberg",     "Blomqvist",  "Claesson",   "Nordström",  "Mårtensson", "Ström",     "Åberg",       "Öberg",
    "Ångström",   "Äijänen",    "Sørensen",   "Müller",     "Weiß",       "Kowalski",  "Nowak",       "Papadopoulos",
    "O'Brien",    "Schröder",   "Hernández",  "Dvořák",     "Yılmaz",     "Bjørnstad", "Tchaikowsky", "Zetterlund"};

inline constexpr std::string_view kHanNames[] = {"张伟", "王芳",   "李娜",   "刘洋",   "陈静",   "杨敏",
                                                 "赵磊", "黄丽华", "周建国", "吴晓明", "徐海燕", "孙志强"};
inline constexpr std::string_view kHanPinyin[] = {"Zhang Wei",    "Wang Fang",   "Li Na",     "Liu Yang",
                                                  "Chen Jing",    "Yang Min",    "Zhao Lei",  "Huang Lihua",
                                                  "Zhou Jianguo", "Wu Xiaoming", "Xu Haiyan", "Sun Zhiqiang"};

// The place in a list of `size` that is drawn 1/(place + 1) as often as the first, roughly how names are spread.
inline size_t DrawSkewed(std::mt19937_64& random, size_t size) {
  std::vector<double> weights;
  for (size_t i = 0; i < size; ++i) weights.push_back(1.0 / static_cast<double>(i + 2));
  return std::discrete_distribution<size_t>(weights.begin(), weights.end())(random);
}

inline std::string DrawName(std::mt19937_64& random) {
  return std::string(kGivenNames[DrawSkewed(random, std::size(kGivenNames))]) + " " +
         std::string(kSurnames[DrawSkewed(random, std::size(kSurnames))]);
}

}  // namespace strongroom
