// Postal addresses as they are written in the countries of the three languages and around.
#include <string>

#include "names/training/generator.h"

namespace strongroom::names {

// u US, g GB, s SE, d DE, f FR, e ES, i IT, n NL, k DK/NO, o FI.
char Generator::Country(char language) {
  if (language == 's' && random_.Chance(.8)) return 's';
  if (random_.Chance(.45)) return random_.Chance(.6) ? 'u' : 'g';
  return "sdfeinko"[random_.Below(8)];
}

std::string Generator::Street(char country) {
  const auto pick = [&](const std::vector<std::string>& from) { return random_.Pick(from); };
  const std::string base = random_.Chance(.5)   ? Surname('e')
                           : random_.Chance(.6) ? random_.Pick(lists_.places)
                                                : GivenName('e');
  switch (country) {
    case 'u':
    case 'g': {
      std::string name = random_.Chance(.15) ? Number(1, 199) + pick({"th", "st", "nd", "rd"}) : base;
      if (random_.Chance(.12)) name = pick({"N ", "S ", "East ", "West ", "North ", "Old ", "St. "}) + name;
      return name + " " + pick({"Street",   "St",      "St.",    "Road", "Rd",        "Avenue", "Ave",   "Lane",
                                "Drive",    "Dr",      "Court",  "Blvd", "Boulevard", "Place",  "Way",   "Close",
                                "Crescent", "Terrace", "Square", "Hill", "Row",       "Park",   "Grove", "Gardens"});
    }
    case 's': {
      const std::string part = pick({"Stor", "Kungs", "Drottning", "Järnvägs", "Skol",   "Kyrko", "Ring",  "Björk",
                                     "Sand", "Berg",  "Sjö",       "Industri", "Strand", "Vasa",  "Sveav", "Linné",
                                     "Park", "Ny",    "Storgård",  "Äppel",    "Lund",   "Hamn",  "Torp",  "Ek",
                                     "Lind", "Havre", "Råg",       "Orrsp",    "Skogs",  "Ängs",  "Åker"});
      const std::string end =
          pick({"gatan", "vägen", "gränd", "stigen", "backen", "torget", "allén", "gata", "väg", "leden"});
      const double at = random_.Real();
      if (at < .6) return part + end;
      if (at < .75) return pick({"Norra ", "Södra ", "Östra ", "Västra ", "Stora ", "Lilla ", "Övre "}) + part + end;
      return base + pick({"s väg", "s gata", "gatan", "vägen", " " + std::to_string(random_.Below(90))});
    }
    case 'd':
      return random_.Chance(.7) ? base + pick({"straße", "str.", "strasse", "weg", "platz", "gasse", "allee", "ring"})
                                : base + " " + pick({"Straße", "Weg", "Allee", "Platz", "Ring", "Gürtel", "Damm"});
    case 'f':
      return pick({"rue ", "Rue ", "avenue ", "Avenue ", "boulevard ", "place ", "quai ", "chemin ", "rue de ",
                   "Rue de la ", "rue du ", "Place de ", "Avenue des "}) +
             base;
    case 'e':
      return pick({"Calle ", "C/ ", "Avenida ", "Plaza ", "Paseo ", "Camino ", "Rúa ", "Avda. de ", "Calle de "}) +
             base;
    case 'i':
      return pick({"Via ", "Viale ", "Piazza ", "Corso ", "Via ", "Rua ", "Rua de ", "ul. ", "ulice ", "Trg "}) + base +
             " " + (random_.Chance(.3) ? Surname('e') : "");
    case 'n':
      return base + pick({"straat", "laan", "weg", "plein", "gracht", "kade", "steenweg", "dreef", "plantsoen"});
    case 'k':
      return base + pick({"vej", "gade", "vejen", "veien", "gata", "gate", " Allé", "sgade", "svei", "plads"});
    default:
      return base +
             pick({"katu", "tie", "kuja", "polku", "nkatu", "ntie", " utca", " u.", " út", "ova", "gata", "vegur"});
  }
}

void Generator::StreetLine(char country, std::string& out) {
  const auto pick = [&](const std::vector<std::string>& from) { return random_.Pick(from); };
  const std::string street = random_.Chance(.8) ? Street(country) : random_.Pick(lists_.streets);
  const std::string number =
      Number(1, random_.Chance(.7) ? 199 : 9999) +
      (random_.Chance(.12) ? pick({"A", "B", "C", " A", " B", "bis", "-" + Number(2, 20), "/" + Number(1, 9)}) : "");
  if (random_.Chance(.05)) {
    out += pick({"PO Box ", "P.O. Box ", "Box ", "Postbox ", "Postfach ", "BP "}) + number;
    return;
  }
  const bool number_first = country == 'u' || country == 'g' || country == 'f';
  out += number_first != random_.Chance(.07) ? number + (country == 'f' && random_.Chance(.5) ? ", " : " ") + street
                                             : street + " " + number;
  if (random_.Chance(.25)) {
    if (country == 's') {
      out += pick({" lgh 1102", ", lgh " + Digits(4), " 3 tr", ", 2 tr", " 1 tr ög"});
    } else {
      out += pick({" ", ", "}) + pick({"Apt. ", "Apt ", "Suite ", "Unit ", "Flat ", "#", "Floor ", "Room "}) +
             Number(1, 999);
    }
  }
}

std::string Generator::City(char country) {
  if (country == 's' && random_.Chance(.6)) return random_.Pick(lists_.cues.at("swedish_places"));
  return random_.Pick(lists_.places);
}

std::string Generator::Postcode(char country) {
  const auto letter = [&] { return std::string(1, static_cast<char>('A' + random_.Below(26))); };
  switch (country) {
    case 'u':
      return random_.Chance(.8) ? Digits(5) : Digits(5) + "-" + Digits(4);
    case 'g':
      return letter() + (random_.Chance(.6) ? letter() : "") + Number(1, 29) + " " + Number(1, 9) + letter() + letter();
    case 's':
      return random_.Chance(.25) ? Digits(5) : Digits(3) + " " + Digits(2);
    case 'n':
      return Digits(4) + " " + letter() + letter();
    case 'k':
      return Digits(4);
    default:
      return Digits(5);
  }
}

// Of the armed forces of the United States: Postal Service Publication 28, section 225.
std::string Generator::MilitaryAddress() {
  const auto pick = [&](const std::vector<std::string>& from) { return random_.Pick(from); };
  const std::string post = pick({"APO ", "FPO ", "DPO "}) + pick({"AA ", "AE ", "AP "}) + Digits(5);
  const std::string gap = pick({"\n", "\n", ", "});
  switch (random_.Below(3)) {
    case 0:
      return "PSC " + Number(1, 9999) + ", Box " + Number(1, 9999) + gap + post;
    case 1:
      return "Unit " + Number(1, 9999) + " Box " + Number(1, 9999) + gap + post;
    default:
      return pick({"USS ", "USNS ", "USCGC ", "USNV "}) + Surname('e') + gap + post;
  }
}

// In running text: all of it is the address.
void Generator::Address(char language, Draft& draft) {
  if (const auto borrowed = Borrowed("ADDRESS"); language == 'e' && !borrowed.empty() && random_.Chance(.4)) {
    draft.AddSpan(borrowed, "STREET_ADDRESS");
    return;
  }
  if (language == 'e' && random_.Chance(.06)) {
    draft.AddSpan(MilitaryAddress(), "STREET_ADDRESS");
    return;
  }
  const char country = Country(language);
  std::string line;
  if (random_.Chance(.04)) {
    line = "the corner of " + Street(country) + " and " + Street(country);
  } else {
    StreetLine(country, line);
  }
  const double at = random_.Real();
  if (at > .3) {
    const std::string separator = random_.Chance(.65) ? ", " : random_.Chance(.5) ? " " : "\n";
    const bool code_last = country == 'u' || country == 'g';
    const std::string city = City(country);
    line += separator;
    if (at < .40) {  // a town alone is a place beside the address
      draft.AddSpan(line.substr(0, line.size() - separator.size()), "STREET_ADDRESS");
      draft.Add(separator);
      draft.AddSpan(city, "LOCATION");
      return;
    }
    if (code_last) {
      line += city;
      if (country == 'u') line += ", " + State();
      line += (random_.Chance(.5) ? ", " : " ") + Postcode(country);
    } else {
      line += Postcode(country) + " " + city;
    }
    if (random_.Chance(.2)) line += (random_.Chance(.5) ? ", " : separator) + random_.Pick(lists_.regions);
  }
  draft.AddSpan(line, "STREET_ADDRESS");
}

// As a block of lines: street, postcode and unit are the address, the town is a place.
void Generator::AddressLines(char language, Draft& draft) {
  const char country = Country(language);
  // A house number before a street that has one too, as some forms print them, is a piece of its own.
  if (random_.Chance(.2)) {
    draft.AddSpan(Number(1, 99), "STREET_ADDRESS");
    draft.Add(" ");
  }
  std::string line;
  StreetLine(country, line);
  draft.AddSpan(line, "STREET_ADDRESS");
  const std::string gap =
      random_.Pick(std::vector<std::string>{"\n", "\n", "\n  ", ", ", "\n> ", "\n\n", " | ", "\n "});
  draft.Add(gap);
  if (random_.Chance(.3)) {
    draft.AddSpan(random_.Pick(std::vector<std::string>{"Apt. ", "Suite ", "Unit ", "Floor ", "Apt "}) + Number(1, 999),
                  "STREET_ADDRESS");
    draft.Add(gap);
  }
  if (random_.Chance(.25)) {  // town, then country and postcode
    draft.AddSpan(City(country), "LOCATION");
    draft.Add(gap);
    draft.AddSpan(random_.Pick(lists_.regions), "LOCATION");
    draft.Add(" ");
    draft.AddSpan(Postcode(country), "STREET_ADDRESS");
    return;
  }
  if (country == 'u' || country == 'g') {
    draft.AddSpan(City(country), "LOCATION");
    draft.Add(random_.Chance(.5) ? ", " : gap == "\n" && random_.Chance(.4) ? "\n" : " ");
    if (country == 'u' && random_.Chance(.5)) {
      draft.AddSpan(State(), "STREET_ADDRESS");
      draft.Add(" ");
    }
    draft.AddSpan(Postcode(country), "STREET_ADDRESS");
  } else {
    draft.AddSpan(Postcode(country), "STREET_ADDRESS");
    draft.Add(" ");
    draft.AddSpan(City(country), "LOCATION");
  }
  if (random_.Chance(.4)) {
    draft.Add(gap);
    draft.AddSpan(random_.Pick(lists_.regions), "LOCATION");
  }
}

std::string Generator::State() {
  static const std::vector<std::string> kStates = {
      "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY",
      "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND",
      "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"};
  return random_.Pick(kStates);
}

std::string Generator::HanAddress() {
  const auto pick = [&](const std::vector<std::string>& from) { return random_.Pick(from); };
  std::string address;
  if (random_.Chance(.75)) address += random_.Pick(lists_.han_places);
  if (random_.Chance(.5)) address += random_.Pick(lists_.han_places);
  address +=
      random_.Chance(.6) ? Draw(han_by_kind_["n2"]) : Draw(lists_.han_given_first) + Draw(lists_.han_given_second);
  address += pick({"路", "街", "大道", "大街", "巷", "东路", "西路", "南路", "北路", "中路"});
  if (random_.Chance(.9)) address += Number(1, 999) + "号";
  if (random_.Chance(.4))
    address +=
        Draw(lists_.han_given_first) + Draw(lists_.han_given_second) + pick({"小区", "花园", "大厦", "苑", "公寓"});
  if (random_.Chance(.5)) address += Number(1, 30) + pick({"号楼", "栋", "幢", "座"});
  if (random_.Chance(.3)) address += Number(1, 9) + "单元";
  if (random_.Chance(.5)) address += Number(101, 2999) + "室";
  return address;
}

}  // namespace strongroom::names
