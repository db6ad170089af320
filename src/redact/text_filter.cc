#include "redact/text_filter.h"

namespace strongroom::redact {
namespace {

constexpr size_t kBeginningSize = 64;
constexpr size_t kOutSize = size_t{256} << 10;

}  // namespace

Status RefuseWideText(std::string_view beginning) {
  bool wide = beginning.starts_with("\xFF\xFE") || beginning.starts_with("\xFE\xFF") ||
              beginning.starts_with(std::string_view("\0\0\xFE\xFF", 4));
  if (beginning.size() >= 8) {
    // Without a mark: every second byte of Latin text in UTF-16 is zero.
    size_t even = 0;
    size_t odd = 0;
    for (size_t i = 0; i < beginning.size(); ++i) {
      if (beginning[i] == '\0') ++(i % 2 == 0 ? even : odd);
    }
    wide = wide || even > beginning.size() / 3 || odd > beginning.size() / 3;
  }
  if (!wide) return Status::Ok();
  return Status(
      Reason::kUnsupportedMediaType,
      "The text is in UTF-16 or UTF-32, in which nothing would be found. Convert it to UTF-8 first (iconv -t UTF-8).");
}

TextFilter::TextFilter(const Job& job, const detect::BlockLimits& limits)
    : job_(job),
      cutter_(limits),
      deciders_(std::max<size_t>(job.threads, 1),
                Decider(*job.finder, job.selection, job.replacer == nullptr ? nullptr : job.replacer->shown(),
                        job.replacer != nullptr)),
      work_(
          job.threads,
          [this](Piece& piece, size_t worker) {
            deciders_[worker].Decide(piece.block.text, {}, nullptr, piece.findings);
          },
          [this](Piece& piece) { return Write(piece); }) {}

Status TextFilter::CheckBeginning(std::string_view bytes) {
  begun_ = true;
  RETURN_IF_ERROR(RefuseWideText(bytes.substr(0, kBeginningSize)));
  cutter_.Feed(bytes);
  return Drain();
}

Status TextFilter::Feed(std::string_view bytes) {
  if (begun_) {
    cutter_.Feed(bytes);
    return Drain();
  }
  beginning_.append(bytes);
  return beginning_.size() < kBeginningSize ? Status::Ok() : CheckBeginning(beginning_);
}

Status TextFilter::Finish() {
  if (!begun_) RETURN_IF_ERROR(CheckBeginning(beginning_));
  cutter_.Finish();
  RETURN_IF_ERROR(Drain());
  RETURN_IF_ERROR(work_.Finish());
  return Flush(0);
}

Status TextFilter::Drain() {
  while (std::optional<detect::Block> block = cutter_.Next()) RETURN_IF_ERROR(work_.Submit({*std::move(block), {}}));
  return Status::Ok();
}

void TextFilter::ReportFind(const Piece& piece, const detect::Finding& finding) {
  if (!job_.report) return;
  Found found{finding.kind, finding.subtype, finding.rule, finding.score, {job_.part, {}, 0, 0, 0}};
  found.place.byte = piece.block.offset + finding.begin;
  found.place.line = lines_.line();
  found.place.column = lines_.column();
  job_.report(found);
}

Status TextFilter::Write(Piece& piece) {
  const detect::Block& block = piece.block;
  const std::string_view text = block.text;
  joiner_.Keep(block, piece.findings);
  // What a find of the block before took of this one is gone already.
  size_t at = std::max<uint64_t>(passed_, block.offset + block.body_begin) - block.offset;
  const auto pass = [&](size_t end) {
    const std::string_view bytes = text.substr(at, end - at);
    if (job_.report && job_.places) lines_.Pass(bytes);
    if (job_.replacer != nullptr) out_.append(bytes);
    at = end;
  };
  for (const detect::Finding& finding : piece.findings) {
    pass(finding.begin);
    ReportFind(piece, finding);
    if (job_.replacer == nullptr) continue;
    if (job_.report && job_.places) lines_.Pass(text.substr(finding.begin, finding.end - finding.begin));
    RETURN_IF_ERROR(job_.replacer->Append(finding, text, out_));
    at = finding.end;
  }
  if (at < block.body_end) pass(block.body_end);
  passed_ = block.offset + at;
  return Flush(kOutSize);
}

Status TextFilter::Flush(size_t most) {
  if (out_.empty() || out_.size() < most) return Status::Ok();
  RETURN_IF_ERROR(job_.write(out_));
  out_.clear();
  return Status::Ok();
}

}  // namespace strongroom::redact
