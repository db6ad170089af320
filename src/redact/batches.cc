#include "redact/batches.h"

namespace strongroom::redact {
namespace {

constexpr size_t kBatchSize = size_t{64} << 10;

}  // namespace

Status RefuseLongValue(const std::string& where) {
  return Status(Reason::kValueTooLong,
                where + " begins a value of more than 16 MiB. Is this the right format, and are all quotes closed?");
}

BatchPipeline::BatchPipeline(const Job& job)
    : job_(job),
      workers_(std::max<size_t>(job.threads, 1),
               Worker{Decider(*job.finder, job.selection, job.replacer == nullptr ? nullptr : job.replacer->shown(),
                              job.replacer != nullptr)}),
      work_(
          job.threads, [this](Batch& batch, size_t worker) { Search(batch, worker); },
          [this](Batch& batch) { return Put(batch); }) {}

size_t BatchPipeline::BeginValue(std::string_view heading, std::string_view path, const ColumnHint* hint) {
  Batch::Value value;
  value.heading = static_cast<uint32_t>(batch_.names.size());
  value.heading_size = static_cast<uint32_t>(heading.size());
  batch_.names.append(heading);
  value.path = static_cast<uint32_t>(batch_.names.size());
  value.path_size = static_cast<uint32_t>(path.size());
  batch_.names.append(path);
  value.hint = hint;
  batch_.values.push_back(value);
  return batch_.values.size() - 1;
}

void BatchPipeline::AddSegment(size_t value, size_t begin, size_t end, Coding coding) {
  if (begin >= end) return;
  const auto index = static_cast<uint32_t>(batch_.segments.size());
  batch_.segments.push_back(
      {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), coding, static_cast<uint32_t>(value)});
  Batch::Value& owner = batch_.values[value];
  if (owner.first_segment == Batch::kNone) {
    owner.first_segment = index;
  } else {
    batch_.segments[owner.last_segment].next = index;
  }
  owner.last_segment = index;
}

Status BatchPipeline::PushIfLarge() { return batch_.raw.size() < kBatchSize ? Status::Ok() : Push(); }

Status BatchPipeline::Push() {
  batch_.offset = offset_;
  offset_ += batch_.raw.size();
  Batch full = std::move(batch_);
  batch_ = Batch();
  return work_.Submit(std::move(full));
}

Status BatchPipeline::Finish() {
  if (!batch_.raw.empty()) RETURN_IF_ERROR(Push());
  RETURN_IF_ERROR(work_.Finish());
  if (out_.empty()) return Status::Ok();
  const std::string rest = std::move(out_);
  out_.clear();
  return job_.write(rest);
}

void BatchPipeline::Search(Batch& batch, size_t worker) {
  auto& [decider, text, findings] = workers_[worker];
  for (size_t i = 0; i < batch.values.size(); ++i) {
    const Batch::Value& value = batch.values[i];
    if (value.first_segment == Batch::kNone) continue;
    std::string_view seen;
    const Batch::Segment& first = batch.segments[value.first_segment];
    if (first.next == Batch::kNone && (first.coding == Coding::kPlain || first.coding == Coding::kJsonNumber)) {
      seen = batch.Raw(first);
    } else {
      text.clear();
      for (uint32_t s = value.first_segment; s != Batch::kNone; s = batch.segments[s].next) {
        Decode(batch.segments[s].coding, batch.Raw(batch.segments[s]), text);
      }
      seen = text;
    }
    decider.Decide(seen, batch.Heading(value), value.hint, findings);
    if (findings.empty()) continue;
    batch.hits.push_back({static_cast<uint32_t>(i), 0, static_cast<uint32_t>(batch.texts.size()),
                          static_cast<uint32_t>(seen.size()), static_cast<uint32_t>(batch.findings.size()),
                          static_cast<uint32_t>(findings.size())});
    batch.texts.append(seen);
    batch.findings.insert(batch.findings.end(), findings.begin(), findings.end());
  }
}

void BatchPipeline::ReportHit(const Batch& batch, const Batch::Hit& hit) {
  const Batch::Value& value = batch.values[hit.value];
  for (size_t i = 0; i < hit.findings; ++i) {
    const detect::Finding& finding = batch.findings[hit.first_finding + i];
    Found found{finding.kind, finding.subtype, finding.rule, finding.score, {job_.part, {}, 0, 0, 0}};
    if (job_.places) {
      found.place.path = batch.Path(value);
      found.place.byte = batch.offset + batch.segments[value.first_segment].begin;
      found.place.line = lines_.line();
      found.place.column = lines_.column();
    }
    job_.report(found);
  }
}

// What replaces the finds of the hit; in the order of the hits, since labels are numbered as they come.
Status BatchPipeline::MakeEdits(const Batch& batch, const Batch::Hit& hit) {
  const std::string_view text = std::string_view(batch.texts).substr(hit.text, hit.text_size);
  HitEdits& made = edits_.emplace_back();
  made.replacements.reserve(hit.findings);  // the edits point into it
  for (size_t i = 0; i < hit.findings; ++i) {
    const detect::Finding& finding = batch.findings[hit.first_finding + i];
    RETURN_IF_ERROR(job_.replacer->Append(finding, text, made.replacements.emplace_back()));
    made.edits.push_back({finding.begin, finding.end, made.replacements.back()});
  }
  return Status::Ok();
}

// Puts out the bytes up to the end of the last segment that changes.
Status BatchPipeline::PutSegments(Batch& batch, size_t& at) {
  edits_.clear();
  hit_of_.assign(batch.values.size(), Batch::kNone);
  for (size_t i = 0; i < batch.hits.size(); ++i) {
    RETURN_IF_ERROR(MakeEdits(batch, batch.hits[i]));
    hit_of_[batch.hits[i].value] = static_cast<uint32_t>(i);
  }
  for (const Batch::Segment& segment : batch.segments) {
    const uint32_t index = hit_of_[segment.value];
    if (index == Batch::kNone) continue;
    Batch::Hit& hit = batch.hits[index];
    out_.append(batch.raw, at, segment.begin - at);
    hit.base += static_cast<uint32_t>(Splice(segment.coding, batch.Raw(segment), hit.base, edits_[index].edits, out_));
    at = segment.end;
  }
  return Status::Ok();
}

Status BatchPipeline::Put(Batch& batch) {
  size_t at = 0;
  size_t counted = 0;
  for (const Batch::Hit& hit : batch.hits) {
    if (!job_.report) break;
    const size_t begin = batch.segments[batch.values[hit.value].first_segment].begin;
    if (job_.places && begin > counted) {
      lines_.Pass(std::string_view(batch.raw).substr(counted, begin - counted));
      counted = begin;
    }
    ReportHit(batch, hit);
  }
  if (job_.report && job_.places) lines_.Pass(std::string_view(batch.raw).substr(counted));
  if (job_.replacer == nullptr) return Status::Ok();
  if (!batch.hits.empty()) RETURN_IF_ERROR(PutSegments(batch, at));
  if (out_.empty()) return job_.write(std::string_view(batch.raw).substr(at));
  out_.append(batch.raw, at);
  RETURN_IF_ERROR(job_.write(out_));
  out_.clear();
  return Status::Ok();
}

}  // namespace strongroom::redact
