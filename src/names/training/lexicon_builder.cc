// From lists of words to the entries of a lexicon.
#include <algorithm>
#include <map>

#include "names/hashing.h"
#include "names/tokens.h"
#include "names/training/lists.h"
#include "names/unicode.h"

namespace strongroom::names {
namespace {

class Builder {
 public:
  // A word, or each word of a phrase; pairs of a phrase are entries too.
  void Add(std::string_view phrase, uint32_t flag) {
    Tokenize(phrase, empty_, tokens_);
    const size_t end = tokens_.size() - kMargin;
    uint64_t last = 0;
    size_t words = 0;
    for (size_t i = kMargin; i < end; ++i) words += tokens_[i].kind == TokenKind::kWord ? 1 : 0;
    for (size_t i = kMargin; i < end; ++i) {
      const Token& token = tokens_[i];
      const bool counts = token.kind == TokenKind::kWord && (words == 1 || token.length > 2);
      if (counts) values_[Lexicon::KeyOf(token.word)] |= flag;
      if (i > kMargin && words > 1) values_[Lexicon::KeyOf(HashPair(last, token.word))] |= flag | kPhrase;
      last = token.word;
    }
  }
  void AddAll(const std::vector<std::string>& words, uint32_t flag) {
    for (const std::string& word : words) Add(word, flag);
  }

  void AddHan(std::string_view word, uint32_t value) {
    uint64_t running = kWordSeed;
    for (size_t at = 0; at < word.size();) {
      const Decoded next = DecodeAt(word, at);
      at += next.size;
      running = HashStep(running, Fold(next.code).code);
      uint32_t& entry = values_[Lexicon::KeyOf(HashEnd(running))];
      if (at < word.size()) {
        entry |= kHanMore;
      } else if ((value & kHanWord) == 0 || (entry & kHanWord) == 0) {
        entry |= value;
      }
    }
  }

  std::vector<Lexicon::Entry> Entries() const {
    std::vector<Lexicon::Entry> entries;
    entries.reserve(values_.size());
    for (const auto& [key, value] : values_) {
      if (value != 0) entries.push_back({key, value});
    }
    return entries;
  }

 private:
  std::map<uint32_t, uint32_t> values_;
  Lexicon empty_;
  std::vector<Token> tokens_;
};

void AddHanTraits(const Lists& lists, Builder& builder) {
  for (const std::string& surname : lists.han_surnames) builder.AddHan(surname, kHanSurname);
  for (const Weighted* given : {&lists.han_given_first, &lists.han_given_second, &lists.han_given_single}) {
    for (const std::string& character : given->words) builder.AddHan(character, kHanGiven);
  }
  for (const std::string& character : lists.han_foreign_characters) builder.AddHan(character, kHanForeign);
  for (const char* end : {"省", "市", "县", "区", "镇", "乡", "村", "州", "国", "岛", "山", "江", "河", "湖", "海",
                          "湾", "港", "城", "寺", "庙", "站", "桥", "峡", "洲", "旗", "郡", "府", "宫", "陵", "园"}) {
    builder.AddHan(end, kHanPlaceEnd);
  }
  for (const char* end : {"司", "学", "院", "行", "会", "局", "部", "社", "党", "队", "厂", "店", "馆",
                          "所", "团", "军", "校", "署", "委", "处", "报", "台", "网", "盟", "联", "组"}) {
    builder.AddHan(end, kHanOrgEnd);
  }
  for (const char* end : {"路", "街", "道", "巷", "弄", "号", "室", "楼", "栋", "幢", "单", "座", "层"}) {
    builder.AddHan(end, kHanStreetEnd);
  }
  for (const char* title :
       {"先生", "女士", "小姐", "太太", "教授", "博士", "医生", "老师",   "经理", "总裁", "主席", "总统",
        "总理", "部长", "市长", "省长", "书记", "主任", "局长", "院长",   "校长", "将军", "上将", "元帅",
        "皇帝", "国王", "女王", "王子", "公主", "导演", "演员", "歌手",   "作家", "诗人", "记者", "律师",
        "客户", "患者", "用户", "病人", "学生", "同学", "同志", "董事长", "议员", "首相", "大臣", "教练",
        "球员", "队长", "主教", "教皇", "牧师", "司令", "队员", "选手",   "画家", "学者"}) {
    builder.AddHan(title, kHanTitle);
  }
}

}  // namespace

std::vector<Lexicon::Entry> BuildLexicon(const Lists& lists, const std::set<std::string>& everyday) {
  Builder builder;
  builder.AddAll(lists.words, kCommon);
  for (const std::string& word : everyday) builder.Add(word, kCommon);
  builder.AddAll(lists.proper, kProper);
  builder.AddAll(lists.given_names, kGivenName);
  builder.AddAll(lists.surnames, kSurname);
  builder.AddAll(lists.places, kPlace);
  builder.AddAll(lists.regions, kRegion);
  const std::pair<const char*, uint32_t> classes[] = {
      {"org", kCommon | kOrgWord},       {"street", kCommon | kStreetWord},
      {"unit", kCommon | kUnit},         {"title", kCommon | kTitle},
      {"role", kCommon | kRole},         {"connector", kCommon | kConnector},
      {"cue", kCommon | kAddressCue},    {"known", kKnownOrg},
      {"calendar", kCommon | kCalendar}, {"swedish_places", kPlace},
  };
  for (const auto& [name, flag] : classes) {
    if (const auto found = lists.cues.find(name); found != lists.cues.end()) builder.AddAll(found->second, flag);
  }
  for (const HanWord& word : lists.han_words) builder.AddHan(word.text, MakeHan(word.kind, word.rank));
  for (const std::string& name : lists.japanese_surnames) {
    if (DecodeAt(name, 0).size < name.size()) builder.AddHan(name, MakeHan('F', 12));
  }
  AddHanTraits(lists, builder);
  return builder.Entries();
}

std::vector<std::string> FoldedWords(std::string_view text) {
  const Lexicon empty;
  std::vector<Token> tokens;
  Tokenize(text, empty, tokens);
  std::vector<std::string> words;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kWord && token.shape == Shape::kLower) {
      words.emplace_back(text.substr(token.begin, token.end - token.begin));
    }
  }
  return words;
}

}  // namespace strongroom::names
