#include "paper/page_finder.h"

#include <algorithm>

#include "paper/misread.h"

namespace strongroom::paper {
namespace {

// A single line end becomes a blank: where it stands, text goes on.  Sizes stay, so that places do.
std::string WithLinesJoined(const std::string& text) {
  std::string joined = text;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool alone =
        text[i] == '\n' && (i == 0 || text[i - 1] != '\n') && (i + 1 >= text.size() || text[i + 1] != '\n');
    if (alone) joined[i] = ' ';
  }
  return joined;
}

// Those of `more` that meet none of `findings` join them; a find that is longer than what it meets takes its place.
void Merge(std::vector<detect::Finding>& findings, const std::vector<detect::Finding>& more) {
  for (const detect::Finding& candidate : more) {
    bool longer = true;
    for (const detect::Finding& known : findings) {
      const bool meets = candidate.begin < known.end && known.begin < candidate.end;
      if (meets && !(candidate.begin <= known.begin && known.end <= candidate.end)) longer = false;
    }
    if (!longer) continue;
    std::erase_if(findings, [&](const detect::Finding& known) {
      return candidate.begin <= known.begin && known.end <= candidate.end;
    });
    findings.push_back(candidate);
  }
  std::sort(findings.begin(), findings.end(),
            [](const detect::Finding& a, const detect::Finding& b) { return a.begin < b.begin; });
}

}  // namespace

PageFinder::PageFinder(const redact::Job& job)
    : selection_(job.selection), decider_(*job.finder, job.selection, nullptr, true) {}

std::vector<PageFind> PageFinder::Find(const PageText& page) {
  decider_.Decide(page.text, {}, nullptr, findings_);
  std::vector<detect::Finding> across;
  decider_.Decide(WithLinesJoined(page.text), {}, nullptr, across);
  Merge(findings_, across);
  if (IsFromPicture(page)) FindMisread(page, selection_, decider_, findings_);

  std::vector<PageFind> finds;
  finds.reserve(findings_.size());
  auto piece = page.pieces.begin();
  for (const detect::Finding& finding : findings_) {
    while (piece != page.pieces.end() && piece->end <= finding.begin) ++piece;
    PageFind find;
    find.finding = finding;
    uint32_t line_from = 0;
    for (auto at = piece; at != page.pieces.end() && at->begin < finding.end; ++at) {
      const bool new_line = find.boxes.empty() || page.text.find('\n', line_from) < static_cast<size_t>(at->begin);
      if (new_line) {
        find.boxes.push_back(at->box);
      } else {
        find.boxes.back() = find.boxes.back().Around(at->box);
      }
      find.pieces.push_back(static_cast<uint32_t>(at - page.pieces.begin()));
      line_from = at->end;
    }
    if (!find.pieces.empty()) finds.push_back(std::move(find));
  }
  return finds;
}

}  // namespace strongroom::paper
