#include "archive/text_filters.h"

#include <algorithm>
#include <utility>

#include "archive/find_summary.h"
#include "redact/decider.h"
#include "redact/filters.h"
#include "redact/replacement.h"

namespace strongroom {
namespace {

constexpr std::string_view kStandInPurpose = "strongroom stand-ins v1";

Result<redact::Selection> SelectionOf(const TextAsk& ask) {
  redact::Selection selection;
  if (!ask.kinds.empty()) selection.kinds = detect::KindSet();
  for (const std::string_view name : ask.kinds) {
    const std::optional<detect::Kind> kind = detect::KindOf(name);
    if (!kind) return Status(Reason::kInvalidArgument, "'types' holds what is no type of find; PERSON is one");
    selection.kinds.Add(*kind);
  }
  if (ask.min_score) {
    if (!(*ask.min_score >= 0 && *ask.min_score <= 1))
      return Status(Reason::kInvalidArgument, "'min_score' lies between 0 and 1");
    selection.min_score = static_cast<float>(*ask.min_score);
  }
  return selection;
}

detect::DetectorOptions OptionsOf(const redact::Selection& selection, const detect::Finder& names, UnixMillis now) {
  detect::DetectorOptions options;
  options.kinds = selection.kinds;
  options.min_score = std::min(selection.min_score, redact::kDoubtfulScore);
  options.today = detect::CivilDateOf(now);
  options.names = &names;
  return options;
}

// Places in bytes, in order, as places in code points.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  uint64_t At(size_t byte) {
    for (; byte_ < byte; ++byte_) points_ += (static_cast<unsigned char>(text_[byte_]) & 0xC0) != 0x80 ? 1 : 0;
    return points_;
  }

 private:
  std::string_view text_;
  size_t byte_ = 0;
  uint64_t points_ = 0;
};

}  // namespace

TextFilters::TextFilters(Gate& gate, const detect::Finder& names)
    : gate_(gate), names_(names), stand_in_key_(gate.house().office().sealed->ring().Derive(kStandInPurpose)) {}

Receipted<std::vector<TextFind>> TextFilters::Detect(const Caller& caller, const DetectAsk& ask) const {
  using Finds = std::vector<TextFind>;
  Permit permit = gate_.Authorise(caller, Action::kTextDetect);
  if (!permit.granted()) return permit.Refuse<Finds>();
  const Result<redact::Selection> selection = SelectionOf(ask);
  if (!selection.ok()) return permit.Fail<Finds>(selection.status());
  const detect::Detector detector(OptionsOf(*selection, names_, gate_.house().clock().NowMillis()));
  redact::Decider decider(detector, *selection, /*shown=*/nullptr, /*settle=*/false);
  std::vector<detect::Finding> found;
  decider.Decide(ask.text, ask.heading, /*hint=*/nullptr, found);

  Finds finds;
  finds.reserve(found.size());
  FindCounts counts{};
  CodePoints points(ask.text);
  for (const detect::Finding& find : found) {
    ++counts[static_cast<size_t>(find.kind)];
    const uint64_t begin = points.At(find.begin);
    finds.push_back({detect::NameOf(find.kind), find.subtype, find.rule, find.score, begin, points.At(find.end)});
  }
  permit.entry().count = BoundedCount(finds.size());
  permit.entry().detail = FindSummary(counts);
  return permit.Finish(std::move(finds));
}

Receipted<RedactedText> TextFilters::Redact(const Caller& caller, const RedactAsk& ask) const {
  Permit permit = gate_.Authorise(caller, Action::kTextRedact);
  if (!permit.granted()) return permit.Refuse<RedactedText>();
  const Result<redact::Selection> selection = SelectionOf(ask);
  if (!selection.ok()) return permit.Fail<RedactedText>(selection.status());
  const std::optional<redact::Format> format = redact::FormatOf(ask.format);
  if (!format || redact::IsWhole(*format)) {
    return permit.Fail<RedactedText>(
        Status(Reason::kInvalidArgument, "'format' is text, csv, tsv, json, html or mail"));
  }
  const std::optional<redact::Mode> mode = redact::ModeOf(ask.mode);
  if (!mode || *mode == redact::Mode::kToken) {
    return permit.Fail<RedactedText>(
        Status(Reason::kInvalidArgument, "'mode' is block, mask, label, numbered or surrogate"));
  }

  const detect::Detector detector(OptionsOf(*selection, names_, gate_.house().clock().NowMillis()));
  const redact::StandIns stand_ins(stand_in_key_);
  redact::Replacer replacer(*mode, &stand_ins, /*tokenizer=*/nullptr);
  RedactedText redacted;
  FindCounts counts{};
  redact::Job job;
  job.finder = &detector;
  job.selection = *selection;
  job.replacer = &replacer;
  job.write = [&redacted](std::string_view bytes) {
    redacted.text.mutable_bytes().append(bytes);
    return Status::Ok();
  };
  job.report = [&redacted, &counts](const redact::Found& found) {
    ++counts[static_cast<size_t>(found.kind)];
    if (++redacted.count > kMaxFinds) return;
    redacted.finds.push_back({detect::NameOf(found.kind), found.subtype, found.rule, found.score, found.place.part,
                              found.place.path, found.place.line, found.place.column});
  };
  const Result<std::unique_ptr<redact::Filter>> filter = redact::MakeFilter(*format, job, redact::FormatOptions());
  Status done = filter.status();
  if (done.ok()) done = (*filter)->Feed(ask.text);
  if (done.ok()) done = (*filter)->Finish();
  if (!done.ok()) return permit.Fail<RedactedText>(done);
  permit.entry().count = BoundedCount(redacted.count);
  permit.entry().detail = std::string(ask.format) + ": " + FindSummary(counts);
  return permit.Finish(std::move(redacted));
}

}  // namespace strongroom
