#include "scans/recurrences.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace strongroom::scans {
namespace {

constexpr size_t kLeastWord = 4;   // bytes of a part of a name
constexpr size_t kLeastValue = 6;  // and of a value

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}
bool IsHan(std::string_view text) { return !text.empty() && static_cast<unsigned char>(text[0]) >= 0xE3; }

struct Sought {
  std::string text;
  detect::Finding like;
  bool operator<(const Sought& other) const { return text < other.text; }
};

std::set<Sought> SoughtOf(const paper::PageText& page, const std::vector<paper::PageFind>& finds) {
  std::set<Sought> sought;
  for (const paper::PageFind& find : finds) {
    const detect::Finding& finding = find.finding;
    const std::string_view value = std::string_view(page.text).substr(finding.begin, finding.end - finding.begin);
    if (value.size() >= kLeastValue && value.find('\n') == std::string_view::npos)
      sought.insert({std::string(value), finding});
    if (finding.kind != detect::Kind::kPerson) continue;
    for (size_t at = 0; at < value.size();) {
      while (at < value.size() && !IsWordByte(value[at])) ++at;
      size_t end = at;
      while (end < value.size() && IsWordByte(value[end])) ++end;
      const std::string_view word = value.substr(at, end - at);
      // Names begin with a capital, or with a letter that has no small form here.
      const bool name = !word.empty() && !(word[0] >= 'a' && word[0] <= 'z') && !(word[0] >= '0' && word[0] <= '9');
      if (name && word.size() >= (IsHan(word) ? kLeastValue : kLeastWord)) sought.insert({std::string(word), finding});
      at = end;
    }
  }
  return sought;
}

bool Meets(const std::vector<paper::PageFind>& finds, size_t begin, size_t end) {
  return std::any_of(finds.begin(), finds.end(),
                     [&](const paper::PageFind& find) { return find.finding.begin < end && begin < find.finding.end; });
}

paper::PageFind FindAt(const paper::PageText& page, detect::Finding finding, size_t begin, size_t end) {
  paper::PageFind find;
  finding.begin = begin;
  finding.end = end;
  finding.rule = "seen elsewhere";
  find.finding = finding;
  for (uint32_t i = 0; i < page.pieces.size(); ++i) {
    const paper::PageText::Piece& piece = page.pieces[i];
    if (piece.end <= begin || piece.begin >= end) continue;
    find.pieces.push_back(i);
    // On one line: a value with a line's end in it is not looked for.
    if (find.boxes.empty()) {
      find.boxes.push_back(piece.box);
    } else {
      find.boxes.back() = find.boxes.back().Around(piece.box);
    }
  }
  return find;
}

}  // namespace

void AddRecurrences(const paper::PageText& page, std::vector<paper::PageFind>& finds) {
  std::vector<paper::PageFind> more;
  for (const Sought& sought : SoughtOf(page, finds)) {
    const std::string& text = sought.text;
    for (size_t at = page.text.find(text); at != std::string::npos; at = page.text.find(text, at + 1)) {
      const size_t end = at + text.size();
      const bool whole = IsHan(text) || ((at == 0 || !IsWordByte(page.text[at - 1])) &&
                                         (end == page.text.size() || !IsWordByte(page.text[end])));
      if (!whole || Meets(finds, at, end) || Meets(more, at, end)) continue;
      paper::PageFind find = FindAt(page, sought.like, at, end);
      if (!find.pieces.empty()) more.push_back(std::move(find));
    }
  }
  for (paper::PageFind& find : more) finds.push_back(std::move(find));
  std::sort(finds.begin(), finds.end(),
            [](const paper::PageFind& a, const paper::PageFind& b) { return a.finding.begin < b.finding.begin; });
}

}  // namespace strongroom::scans
