#include "names/training/generator.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <utility>

#include "names/unicode.h"

namespace strongroom::names {

Result<Templates> ReadTemplates(const std::string& folder) {
  Templates templates;
  const std::pair<const char*, std::vector<std::string>*> files[] = {{"templates_en.txt", &templates.en},
                                                                     {"templates_sv.txt", &templates.sv},
                                                                     {"templates_zh.txt", &templates.zh},
                                                                     {"templates_mixed.txt", &templates.mixed},
                                                                     {"templates_cells.txt", &templates.cells}};
  for (const auto& [name, lines] : files) {
    std::ifstream file(folder + "/" + name);
    if (!file) return Status(Reason::kFileUnreadable, "cannot read " + folder + "/" + name);
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#') continue;
      std::string text;
      for (size_t i = 0; i < line.size(); ++i) {
        const bool newline = line[i] == '\\' && i + 1 < line.size() && line[i + 1] == 'n';
        text += newline ? '\n' : line[i];
        i += newline ? 1 : 0;
      }
      lines->push_back(text);
    }
  }
  return templates;
}

Generator::Generator(const Lists& lists, const Templates& templates, uint64_t seed)
    : lists_(lists), templates_(templates), random_(seed) {
  for (const HanWord& word : lists_.han_words) {
    const bool one = DecodeAt(word.text, 0).size == word.text.size();
    Weighted& weighted = han_by_kind_[std::string(1, word.kind == 'N' ? 'n' : word.kind) + (one ? '1' : '2')];
    const double sum = weighted.sums.empty() ? 0 : weighted.sums.back();
    weighted.words.push_back(word.text);
    weighted.sums.push_back(sum + std::exp2(word.rank / 1.5));
  }
}

const std::string& Generator::Draw(const Weighted& weighted) {
  const double at = random_.Real() * weighted.sums.back();
  const auto found = std::upper_bound(weighted.sums.begin(), weighted.sums.end(), at);
  return weighted.words[std::min<size_t>(found - weighted.sums.begin(), weighted.words.size() - 1)];
}

std::string Generator::Borrowed(const std::string& type) {
  const auto found = borrowed_.find(type);
  return found == borrowed_.end() || found->second.empty() ? std::string() : random_.Pick(found->second);
}

std::string Generator::Digits(int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + random_.Below(10));
  return digits;
}

std::string Generator::Number(int low, int high) { return std::to_string(low + random_.Below(high - low + 1)); }

Sample Generator::Fill(const std::string& text, char language) {
  Draft draft;
  size_t at = 0;
  if (text.starts_with('<')) {  // "<heading>text"
    const size_t end = text.find('>');
    draft.sample().heading = text.substr(1, end - 1);
    at = end + 1;
  }
  for (; at < text.size();) {
    const size_t open = std::min(text.find('[', at), text.size());
    draft.Add(std::string_view(text).substr(at, open - at));
    if (open == text.size()) break;
    const size_t close = text.find(']', open);
    if (close == std::string::npos) break;
    std::string_view slot = std::string_view(text).substr(open + 1, close - open - 1);
    char slot_language = language == 'm' ? "eesz"[random_.Below(4)] : language;
    if (const size_t colon = slot.find(':'); colon != std::string_view::npos) {  // [per:sv]
      slot_language = slot[colon + 1];
      slot = slot.substr(0, colon);
    }
    FillSlot(slot, slot_language, draft);
    at = close + 1;
  }
  draft.sample().source = std::string("generated_") + language;
  return draft.Take();
}

void Generator::FillSlot(std::string_view slot, char language, Draft& draft) {
  // [a|b|c]: one of them, as it stands.
  if (slot.find('|') != std::string_view::npos) {
    std::vector<std::string_view> choices;
    for (size_t at = 0; at <= slot.size();) {
      const size_t bar = std::min(slot.find('|', at), slot.size());
      choices.push_back(slot.substr(at, bar - at));
      at = bar + 1;
    }
    draft.Add(random_.Pick(choices));
    return;
  }
  if (FillNumberSlot(slot, draft)) return;
  if (language == 'z') {
    if (FillHanSlot(slot, draft)) return;
    language = 'e';
  }
  if (FillLatinSlot(slot, language, draft)) return;
  if (FillHanSlot(slot, draft)) return;
  draft.Add("[");
  draft.Add(slot);
  draft.Add("]");
}

bool Generator::FillLatinSlot(std::string_view slot, char language, Draft& draft) {
  if (slot == "per") {
    draft.AddSpan(PersonName(language), "PERSON");
  } else if (slot == "full") {
    draft.AddSpan(GivenName(language) + " " + Surname(language), "PERSON");
  } else if (slot == "given") {
    draft.AddSpan(GivenName(language), "PERSON");
  } else if (slot == "sur") {
    draft.AddSpan(Surname(language), "PERSON");
  } else if (slot == "last_first") {
    draft.AddSpan(Surname(language) + ", " + GivenName(language), "PERSON");
  } else if (slot == "loc") {
    draft.AddSpan(Place(language), "LOCATION");
  } else if (slot == "country") {
    draft.AddSpan(random_.Pick(lists_.regions), "LOCATION");
  } else if (slot == "org") {
    draft.AddSpan(Organisation(language), "ORGANIZATION");
  } else if (slot == "addr") {
    Address(language, draft);
  } else if (slot == "addrlines") {
    AddressLines(language, draft);
  } else if (slot == "streetline") {
    std::string line;
    StreetLine(Country(language), line);
    draft.AddSpan(line, "STREET_ADDRESS");
  } else if (slot == "street") {
    draft.AddSpan(Street(Country(language)), "STREET_ADDRESS");
  } else if (slot == "postcode") {
    draft.AddSpan(Postcode(Country(language)), "STREET_ADDRESS");
  } else if (slot == "word" || slot == "Word") {
    std::string word = language == 's' ? Borrowed("WORD sv") : "";
    if (word.empty()) word = random_.Pick(lists_.words);
    if (slot == "Word" && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] & ~0x20);
    if (slot == "Word" && word.size() > 1 && word[0] == '\xC3')
      word[1] = static_cast<char>(word[1] & ~0x20);  // å ä ö é
    draft.Add(word);
  } else {
    return false;
  }
  return true;
}

bool Generator::FillNumberSlot(std::string_view slot, Draft& draft) {
  if (slot == "num") {
    draft.Add(Number(1, 9999));
  } else if (slot == "small") {
    draft.Add(Number(1, 31));
  } else if (slot == "id") {
    draft.Add(Digits(static_cast<int>(5 + random_.Below(8))));
  } else if (slot == "year") {
    draft.Add(Number(1850, 2026));
  } else if (slot == "date") {
    draft.Add(Number(1950, 2026) + "-" + Number(10, 12) + "-" + Number(10, 28));
  } else if (slot == "phone") {
    draft.Add(random_.Chance(.5) ? "+46 70 " + Digits(3) + " " + Digits(2) + " " + Digits(2)
                                 : "(" + Digits(3) + ") " + Digits(3) + "-" + Digits(4));
  } else if (slot == "email") {
    draft.Add(random_.Pick(lists_.words) + "." + random_.Pick(lists_.words) + "@example.com");
  } else if (slot == "card") {
    draft.Add("4" + Digits(15));
  } else if (slot == "ip") {
    draft.Add(Number(1, 254) + "." + Number(0, 254) + "." + Number(0, 254) + "." + Number(1, 254));
  } else if (slot == "hex") {
    for (int i = 0; i < 12; ++i) draft.Add(std::string(1, "0123456789abcdef"[random_.Below(16)]));
  } else {
    return false;
  }
  return true;
}

bool Generator::FillHanSlot(std::string_view slot, Draft& draft) {
  if (slot == "per") {
    draft.AddSpan(random_.Chance(.66) ? HanPerson() : HanForeign(), "PERSON");
  } else if (slot == "full") {
    draft.AddSpan(HanPerson(), "PERSON");
  } else if (slot == "foreign") {
    draft.AddSpan(HanForeign(), "PERSON");
  } else if (slot == "zsur") {
    draft.AddSpan(Draw(lists_.han_surname_weights), "PERSON");
  } else if (slot == "loc") {
    draft.AddSpan(HanPlace(), "LOCATION");
  } else if (slot == "country") {
    draft.AddSpan(random_.Pick(lists_.han_regions), "LOCATION");
  } else if (slot == "org") {
    draft.AddSpan(HanOrganisation(), "ORGANIZATION");
  } else if (slot == "addr" || slot == "addrlines" || slot == "streetline") {
    draft.AddSpan(HanAddress(), "STREET_ADDRESS");
  } else if (slot == "chain") {
    AddChain(2 + random_.Below(5), draft);
  } else if (slot.size() == 2 && han_by_kind_.contains(std::string(slot))) {  // [n2]
    draft.Add(Draw(han_by_kind_[std::string(slot)]));
  } else {
    return false;
  }
  return true;
}

}  // namespace strongroom::names
