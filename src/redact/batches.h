// Formats made of values: a parser hands over the bytes as they stand and says which of them are values to search; the
// search runs on several threads, batch by batch, and the bytes come out in order with the finds replaced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "redact/coding.h"
#include "redact/filter.h"
#include "redact/ordered_work.h"

namespace strongroom::redact {

// A value may be this long; a parser refuses a longer one with kValueTooLong (RefuseLongValue), because it must be in
// memory to be searched.
inline constexpr size_t kLongestValue = size_t{16} << 20;
Status RefuseLongValue(const std::string& where);

// A run of the stream's bytes with the values in it.
struct Batch {
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Segment {
    uint32_t begin = 0;  // in raw
    uint32_t end = 0;
    Coding coding = Coding::kPlain;
    uint32_t value = 0;
    uint32_t next = kNone;  // of the same value
  };
  // A text of one segment or more; what stands between them is kept, and may hold other values.
  struct Value {
    uint32_t first_segment = kNone;
    uint32_t last_segment = kNone;
    uint32_t heading = 0;  // in names
    uint32_t heading_size = 0;
    uint32_t path = 0;
    uint32_t path_size = 0;
    const ColumnHint* hint = nullptr;
  };
  // A value in which something was found.
  struct Hit {
    uint32_t value = 0;
    uint32_t base = 0;  // how much of the text is put out
    uint32_t text = 0;  // in texts
    uint32_t text_size = 0;
    uint32_t first_finding = 0;
    uint32_t findings = 0;
  };
  std::string raw;
  std::string names;
  std::vector<Segment> segments;
  std::vector<Value> values;
  uint64_t offset = 0;  // of raw[0] in the stream
  // Results.
  std::string texts;
  std::vector<detect::Finding> findings;
  std::vector<Hit> hits;

  std::string_view Heading(const Value& value) const {
    return std::string_view(names).substr(value.heading, value.heading_size);
  }
  std::string_view Path(const Value& value) const {
    return std::string_view(names).substr(value.path, value.path_size);
  }
  std::string_view Raw(const Segment& segment) const {
    return std::string_view(raw).substr(segment.begin, segment.end - segment.begin);
  }
};

// One thread hands over.  A parser appends to raw(), begins values, and notes which stretches of raw() are theirs, in
// the order of the stream; no two values share a byte.
class BatchPipeline {
 public:
  explicit BatchPipeline(const Job& job);

  std::string& raw() { return batch_.raw; }
  size_t position() const { return batch_.raw.size(); }
  size_t BeginValue(std::string_view heading, std::string_view path, const ColumnHint* hint);
  // An empty stretch is none.
  void AddSegment(size_t value, size_t begin, size_t end, Coding coding);
  // A value of one segment.
  void AddValue(size_t begin, size_t end, Coding coding, std::string_view heading, std::string_view path,
                const ColumnHint* hint) {
    if (begin < end) AddSegment(BeginValue(heading, path, hint), begin, end, coding);
  }
  bool wants_paths() const { return job_.report && job_.places; }
  // Between values: hands the batch to the search when it is large enough.  Positions and values start anew.
  Status PushIfLarge();
  Status Finish();

 private:
  void Search(Batch& batch, size_t worker);
  Status Put(Batch& batch);
  Status MakeEdits(const Batch& batch, const Batch::Hit& hit);
  Status PutSegments(Batch& batch, size_t& at);
  void ReportHit(const Batch& batch, const Batch::Hit& hit);
  Status Push();

  const Job job_;
  Batch batch_;
  uint64_t offset_ = 0;
  struct Worker {
    Decider decider;
    std::string text = {};
    std::vector<detect::Finding> findings = {};
  };
  std::vector<Worker> workers_;
  LineCounter lines_;
  std::string out_;
  struct HitEdits {
    std::vector<std::string> replacements = {};
    std::vector<Edit> edits = {};
  };
  std::vector<HitEdits> edits_;   // by hit
  std::vector<uint32_t> hit_of_;  // by value
  OrderedWork<Batch> work_;
};

}  // namespace strongroom::redact
