// Names of people, places and organisations for the generator.
#include <array>
#include <string>

#include "names/training/generator.h"
#include "names/unicode.h"

namespace strongroom::names {
namespace {

std::string Capitalised(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] & ~0x20);
  return word;
}

std::string Initial(const std::string& name) { return name.substr(0, name.empty() ? 0 : DecodeAt(name, 0).size) + "."; }

}  // namespace

std::string Generator::InventedName() {
  static const std::vector<std::string> kHeads = {"Ka",  "Bel", "Tor", "Mar", "Vel", "Or", "Lu",  "Han", "Fre", "Sto",
                                                  "Gri", "Pe",  "Zo",  "Du",  "El",  "Ya", "Chi", "Ro",  "Bro", "Wal",
                                                  "Oku", "Sha", "Dra", "Kro", "Nje", "Al", "Tib", "Su",  "Qa",  "Ib"};
  static const std::vector<std::string> kMiddles = {"",   "",   "ri",  "la", "mo", "ne", "si", "ko", "den", "ber",
                                                    "ta", "vi", "shi", "ro", "lo", "ma", "gu", "ze", "na",  "du"};
  static const std::vector<std::string> kTails = {
      "sen",   "son", "sson", "vić",  "ski",  "ska",  "ov",   "ova",   "enko", "man",  "berg", "ström", "gren",
      "quist", "ez",  "es",   "ini",  "etti", "elli", "escu", "dze",   "yan",  "oglu", "nen",  "la",    "ra",
      "wa",    "da",  "moto", "well", "ton",  "ham",  "ley",  "stein", "feld", "mann", "er",   "ier",   "eau",
      "th",    "li",  "ah",   "im",   "ad",   "een",  "ia",   "ina",   "ko",   "ka",   "us",   "as"};
  return random_.Pick(kHeads) + random_.Pick(kMiddles) + random_.Pick(kTails);
}

std::string Generator::GivenName(char language) {
  const double at = random_.Real();
  if (at < .35) return random_.Pick(lists_.usual.at(language == 's' ? "given_sv" : "given_en"));
  if (at < .55) return random_.Pick(lists_.usual.at("given_world"));
  if (at < .94) return random_.Pick(lists_.given_names);
  return InventedName();
}

std::string Generator::Surname(char language) {
  const double at = random_.Real();
  std::string name;
  if (at < .32) {
    name = random_.Pick(lists_.usual.at(language == 's' ? "surnames_sv" : "surnames_en"));
  } else if (at < .5) {
    name = random_.Pick(lists_.usual.at("surnames_world"));
  } else if (at < .85) {
    name = random_.Pick(lists_.surnames);
  } else {
    name = InventedName();
  }
  const double more = random_.Real();
  if (more < .03) return name + "-" + random_.Pick(lists_.surnames);
  if (more < .05) {
    return random_.Pick(std::vector<std::string>{"van ", "von ", "de ", "van der ", "van den ", "af ", "Mc", "Al-",
                                                 "O'", "El ", "Di ", "da "}) +
           name;
  }
  return name;
}

std::string Generator::PersonName(char language) {
  if (random_.Chance(.15)) {
    if (std::string borrowed = Borrowed(language == 's' ? "PER sv" : "PER en"); !borrowed.empty()) return borrowed;
  }
  const double at = random_.Real();
  std::string given = GivenName(language);
  std::string surname = Surname(language);
  if (at < .60) return given + " " + surname;
  if (at < .66) return given + " " + Initial(GivenName(language)) + " " + surname;
  if (at < .71) return given + " " + GivenName(language) + " " + surname;
  if (at < .76) return Initial(given) + " " + surname;
  if (at < .78) return given + "-" + GivenName(language) + " " + surname;
  if (at < .93) return given;
  return surname;
}

std::string Generator::Place(char language) {
  if (random_.Chance(.15)) {
    if (std::string borrowed = Borrowed(language == 's' ? "LOC sv" : "LOC en"); !borrowed.empty()) return borrowed;
  }
  const double at = random_.Real();
  if (language == 's' && at < .45) return random_.Pick(lists_.cues.at("swedish_places"));
  if (at < .30) return random_.Pick(lists_.regions);
  if (at < .95) return random_.Pick(lists_.places);
  static const std::vector<std::string> kTails = {"ville",  "burg", "ton",   "stad", "by",
                                                  "köping", "holm", "field", "shire"};
  return InventedName() + random_.Pick(kTails);
}

// As young companies call themselves: "Billguard", "Datafy", "Open Harbor".
std::string Generator::InventedCompany() {
  static const std::vector<std::string> kTails = {"ly",    "ify",    "soft", "data",  "labs",    "ware",  "net",
                                                  "works", "tech",   "hub",  "wise",  "metrics", "cast",  "base",
                                                  "point", "bridge", "star", "media", "list",    "guard", "logic",
                                                  "sense", "flow",   "gen",  "scape", "mine",    "map"};
  std::string word = Capitalised(random_.Pick(lists_.words));
  const double at = random_.Real();
  if (at < .35) return word.substr(0, 7) + random_.Pick(kTails);
  if (at < .55) return InventedName() + (random_.Chance(.3) ? random_.Pick(kTails) : "");
  if (at < .75) return word;
  if (at < .9) return word + " " + Capitalised(random_.Pick(lists_.words));
  return word + " " + Capitalised(random_.Pick(lists_.words)) + " " + Capitalised(random_.Pick(lists_.words));
}

std::string Generator::Organisation(char language) {
  static const std::vector<std::string> kEnglish = {
      "Inc",          "Inc.",      "Ltd",        "Ltd.",     "LLC",        "Corp",      "Corporation",
      "Group",        "PLC",       "& Co",       "Holdings", "Partners",   "Systems",   "Bank",
      "Technologies", "Solutions", "Industries", "and Sons", "Consulting", "Foundation"};
  static const std::vector<std::string> kSwedish = {
      "AB", "Aktiebolag", "HB",       "Bygg AB", "Konsult AB", "kommun", "Bank", "Fastigheter AB",
      "IF", "IK",         "Åkeri AB", "& Söner", "Gruppen",    "FF"};
  const bool sv = language == 's';
  if (random_.Chance(.3)) {
    if (std::string borrowed = Borrowed(sv ? "ORG sv" : "ORG en"); !borrowed.empty()) return borrowed;
  }
  if (!sv && random_.Chance(.2)) return InventedCompany();
  const double at = random_.Real();
  if (at < .25) {
    std::string known = random_.Pick(lists_.cues.at("known"));
    if (known.size() <= 4) {
      for (char& c : known) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
      return known;
    }
    bool start = true;
    for (char& c : known) {
      if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
      start = c == ' ';
    }
    return known;
  }
  if (at < .50) return Surname(language) + " " + random_.Pick(sv ? kSwedish : kEnglish);
  if (at < .62) return Capitalised(random_.Pick(lists_.words)) + " " + random_.Pick(sv ? kSwedish : kEnglish);
  if (at < .70) return Place(language) + " " + random_.Pick(sv ? kSwedish : kEnglish);
  if (at < .76) return Surname(language) + ", " + Surname(language) + " and " + Surname(language);
  if (at < .80) return Surname(language) + "-" + Surname(language);
  if (at < .88) {
    static const std::vector<std::string> kOf = {"University of ", "Bank of ",     "Institute of ",     "Church of ",
                                                 "Museum of ",     "Ministry of ", "Royal Society of ", "City of "};
    static const std::vector<std::string> kAfter = {" universitet", "s universitet", " kommun",   "s tingsrätt",
                                                    "s sjukhus",    "polisen",       " högskola", " stad",
                                                    "s IF",         " landsting"};
    return sv ? Place(language) + random_.Pick(kAfter) : random_.Pick(kOf) + Place(language);
  }
  if (at < .95) {
    return Capitalised(random_.Pick(lists_.words)) + " " + Capitalised(random_.Pick(lists_.words)) + " " +
           random_.Pick(sv ? kSwedish : kEnglish);
  }
  std::string letters;
  for (size_t i = 0; i < 2 + random_.Below(3); ++i) letters += static_cast<char>('A' + random_.Below(26));
  return letters;
}

std::string Generator::HanPerson() {
  std::string name = random_.Chance(.03)  ? lists_.han_surnames[lists_.han_surnames.size() - 1 - random_.Below(20)]
                     : random_.Chance(.9) ? Draw(lists_.han_surname_weights)
                                          : random_.Pick(lists_.han_surnames);
  const double at = random_.Real();
  if (at < .70) return name + Draw(lists_.han_given_first) + Draw(lists_.han_given_second);
  if (at < .97) return name + Draw(lists_.han_given_single);
  return random_.Chance(.5) ? Draw(lists_.han_given_first) + Draw(lists_.han_given_second)
                            : random_.Pick(std::vector<std::string>{"小", "老", "阿"}) + name;
}

std::string Generator::HanForeignPart(size_t least, size_t most) {
  if (random_.Chance(.6)) return random_.Pick(lists_.han_foreign_names);
  std::string part;
  const size_t size = least + random_.Below(most - least + 1);
  for (size_t i = 0; i < size; ++i) part += random_.Pick(lists_.han_foreign_characters);
  return part;
}

std::string Generator::HanForeign() {
  if (random_.Chance(.12)) {
    return random_.Pick(lists_.japanese_surnames) + (random_.Chance(.85) ? random_.Pick(lists_.japanese_given) : "");
  }
  const double at = random_.Real();
  if (at < .45) return HanForeignPart(2, 4);
  if (at < .9) return HanForeignPart(2, 3) + "·" + HanForeignPart(2, 4);
  if (at < .95) return HanForeignPart(2, 3) + "·" + HanForeignPart(1, 2) + "·" + HanForeignPart(2, 4);
  return HanForeignPart(2, 4) + random_.Pick(std::vector<std::string>{"一世", "二世", "三世", "四世", "五世", "六世"});
}

std::string Generator::HanPlace() {
  static const std::vector<std::string> kEnds = {
      "市", "县", "镇", "村",   "区",   "省",   "州",     "郡", "岛",   "山",   "河",   "湖",   "港",   "湾",   "寺",
      "站", "路", "街", "大桥", "公园", "机场", "火车站", "国", "峡谷", "半岛", "山脉", "群岛", "城堡", "大厦", "广场"};
  const double at = random_.Real();
  if (at < .25) return random_.Pick(lists_.han_regions);
  if (at < .45) return random_.Pick(lists_.han_places);
  if (at < .75) return Draw(han_by_kind_["L2"]);
  if (at < .80) {
    std::string part;
    for (size_t i = 0, size = 2 + random_.Below(3); i < size; ++i) part += random_.Pick(lists_.han_foreign_characters);
    return part;
  }
  if (at < .88) return HanForeignPart(1, 3) + random_.Pick(kEnds);
  if (at < .96) return Draw(lists_.han_given_first) + Draw(lists_.han_given_second) + random_.Pick(kEnds);
  return random_.Pick(lists_.han_places) + Draw(lists_.han_given_first) + Draw(lists_.han_given_second) +
         random_.Pick(kEnds);
}

std::string Generator::HanOrganisation() {
  static const std::vector<std::string> kEnds = {
      "公司",         "有限公司",     "集团",   "银行",   "大学",   "学院",   "中学", "小学",   "医院",
      "委员会",       "协会",         "研究所", "出版社", "电视台", "报社",   "党",   "政府",   "法院",
      "局",           "部",           "基金会", "联盟",   "俱乐部", "乐团",   "航空", "博物馆", "公会",
      "股份有限公司", "科技有限公司", "交通局", "警察局", "军团",   "联合会", "电台", "学会",   "工厂",
      "足球俱乐部",   "实验室",       "中心",   "图书馆", "教会",   "舰队"};
  const double at = random_.Real();
  if (at < .30) return Draw(han_by_kind_["T2"]);
  if (at < .55) return HanPlace() + random_.Pick(kEnds);
  if (at < .70) return HanPlace() + Draw(han_by_kind_["n2"]) + random_.Pick(kEnds);
  if (at < .85) return Draw(han_by_kind_["n2"]) + random_.Pick(kEnds);
  if (at < .93) return Draw(lists_.han_given_first) + Draw(lists_.han_given_second) + random_.Pick(kEnds);
  return HanForeignPart(2, 3) + random_.Pick(kEnds);
}

}  // namespace strongroom::names
