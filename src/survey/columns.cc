#include "survey/columns.h"

#include <algorithm>

#include "redact/text.h"

namespace strongroom::survey {
namespace {

using detect::Kind;

// In so many cells of a column, names are looked for in each; behind them, where none was found, in each 16th.
constexpr uint64_t kModelledCells = 10'000;
constexpr uint64_t kModelledEach = 16;
constexpr size_t kRecentCells = 256;
constexpr size_t kLongestRecent = 64;
// As tables are redacted (redact/csv_filter.cc): a column that is made of one kind.
constexpr double kAlikeShare = 0.6;
constexpr uint64_t kAlikeCells = 3;
// Numbers without any separator pass a check digit by chance in a tenth of all cells, some of two lengths in more.
constexpr double kChanceShare = 0.25;
// A model of names is wrong now and then.
constexpr double kModelChanceShare = 0.005;

bool IsModelled(Kind kind) {
  return kind == Kind::kPerson || kind == Kind::kStreetAddress || kind == Kind::kLocation ||
         kind == Kind::kOrganization;
}

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// "SKU-12", "a41f-99": the model of names takes such words for streets and people, of which none is written so.
bool IsCode(std::string_view text) {
  bool digit = false;
  for (const char c : text) {
    if (c == ' ' || (static_cast<unsigned char>(c) & 0x80) != 0) return false;
    digit = digit || redact::IsDigit(c);
  }
  return digit;
}

bool OnlyDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), redact::IsDigit);
}

size_t SlotOf(std::string_view text) { return std::hash<std::string_view>()(text) % kRecentCells; }

}  // namespace

detect::KindSet PersonalKinds() {
  detect::KindSet kinds = detect::KindSet::All();
  for (const Kind kind : {Kind::kDate, Kind::kLocation, Kind::kOrganization, Kind::kUrl}) kinds.Remove(kind);
  return kinds;
}

ColumnTally::ColumnTally(const Search& search, std::string heading) : search_(search), heading_(std::move(heading)) {}

void ColumnTally::AddCell(std::string_view text) {
  ++cells_;
  text = Trimmed(text);
  if (text.empty()) return;
  ++filled_;
  if (recent_.empty()) recent_.resize(kRecentCells);
  Recent* slot = text.size() <= kLongestRecent ? &recent_[SlotOf(text)] : nullptr;
  if (slot != nullptr && slot->used && slot->text == text) {
    seen_.assign(slot->seen.begin(), slot->seen.begin() + slot->count);
    return Keep(text);
  }
  Look(text);
  if (slot != nullptr && seen_.size() <= slot->seen.size()) {
    slot->used = true;
    slot->text = text;
    slot->count = static_cast<uint8_t>(seen_.size());
    std::copy(seen_.begin(), seen_.end(), slot->seen.begin());
  }
  Keep(text);
}

// Searches a cell.
void ColumnTally::Look(std::string_view text) {
  seen_.clear();
  const bool by_shape =
      search_.shapes != nullptr && !modelled_ && looked_ >= kModelledCells && looked_ % kModelledEach != 0;
  ++looked_;
  (by_shape ? search_.shapes : search_.finder)->Find(text, heading_, findings_);
  for (const detect::Finding& finding : findings_) {
    if (!search_.selection.kinds.Has(finding.kind)) continue;
    if (IsModelled(finding.kind)) {
      if (IsCode(text.substr(finding.begin, finding.end - finding.begin))) continue;
      modelled_ = true;
    }
    Seen now;
    now.kind = finding.kind;
    now.subtype = finding.subtype;
    now.finds = 1;
    now.sure = finding.score >= search_.selection.min_score;
    now.whole = (finding.end - finding.begin) * 5 >= text.size() * 3;
    now.bare = OnlyDigits(text);
    now.score = finding.score;
    now.begin = static_cast<uint32_t>(finding.begin);
    now.end = static_cast<uint32_t>(finding.end);
    const auto same = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& before) {
      return before.kind == now.kind && before.subtype == now.subtype && before.sure == now.sure;
    });
    if (same == seen_.end()) {
      seen_.push_back(now);
    } else {
      ++same->finds;
      same->score = std::max(same->score, now.score);
    }
  }
}

ColumnTally::Count& ColumnTally::CountOf(Kind kind, std::string_view subtype) {
  for (Count& count : counts_) {
    if (count.kind == kind && count.subtype == subtype) return count;
  }
  Count count;
  count.kind = kind;
  count.subtype = subtype;
  return counts_.emplace_back(std::move(count));
}

void ColumnTally::Keep(std::string_view text) {
  const auto sample = [&](const Seen& seen, std::vector<std::string>& samples) {
    if (samples.size() >= kMostSamples) return;
    std::string masked = MaskedSample(seen.kind, text, seen.begin, seen.end);
    if (std::find(samples.begin(), samples.end(), masked) == samples.end()) samples.push_back(std::move(masked));
  };
  for (const Seen& seen : seen_) {
    Count& count = CountOf(seen.kind, seen.subtype);
    if (seen.whole) ++count.whole_cells;
    if (seen.sure) {
      count.finds += seen.finds;
      ++count.cells;
      if (seen.bare) ++count.bare_cells;
      count.score = std::max(count.score, seen.score);
      sample(seen, count.samples);
    } else if (seen.whole) {
      ++count.doubtful;
      count.doubtful_score = std::max(count.doubtful_score, seen.score);
      sample(seen, count.doubtful_samples);
    }
  }
}

void ColumnTally::Merge(const ColumnTally& other) {
  cells_ += other.cells_;
  filled_ += other.filled_;
  const auto join = [](std::vector<std::string>& samples, const std::vector<std::string>& more) {
    for (const std::string& sample : more) {
      if (samples.size() < kMostSamples && std::find(samples.begin(), samples.end(), sample) == samples.end())
        samples.push_back(sample);
    }
  };
  for (const Count& theirs : other.counts_) {
    Count& ours = CountOf(theirs.kind, theirs.subtype);
    ours.finds += theirs.finds;
    ours.cells += theirs.cells;
    ours.bare_cells += theirs.bare_cells;
    ours.doubtful += theirs.doubtful;
    ours.whole_cells += theirs.whole_cells;
    ours.score = std::max(ours.score, theirs.score);
    ours.doubtful_score = std::max(ours.doubtful_score, theirs.doubtful_score);
    join(ours.samples, theirs.samples);
    join(ours.doubtful_samples, theirs.doubtful_samples);
  }
}

Field ColumnTally::Finish() const {
  Field field;
  field.name = heading_;
  field.cells = cells_;
  field.filled = filled_;
  const auto filled = static_cast<double>(std::max<uint64_t>(filled_, 1));
  for (const Count& count : counts_) {
    const bool alike =
        count.whole_cells >= kAlikeCells && static_cast<double>(count.whole_cells) / filled >= kAlikeShare;
    if (count.cells == 0 && !alike) continue;
    Holding holding;
    holding.kind = count.kind;
    holding.subtype = count.subtype;
    holding.finds = count.finds + (alike ? count.doubtful : 0);
    holding.cells = std::min(filled_, count.cells + (alike ? count.doubtful : 0));
    holding.score = std::max(count.score, alike ? count.doubtful_score : 0);
    holding.samples = count.samples.empty() ? count.doubtful_samples : count.samples;
    const double share = static_cast<double>(holding.cells) / filled;
    holding.doubtful = (!alike && count.bare_cells == count.cells && share < kChanceShare) ||
                       (IsModelled(count.kind) && share < kModelChanceShare);
    field.holds.push_back(std::move(holding));
  }
  std::sort(field.holds.begin(), field.holds.end(),
            [](const Holding& a, const Holding& b) { return a.finds > b.finds; });
  return field;
}

}  // namespace strongroom::survey
