// A Finder simple enough to know what it must find, and contrary enough to break filters that rely on more than the
// promises of Finder: some of its finds hang on what stands beside them.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret.h"
#include "detect/finder.h"
#include "detect/testing/dice.h"
#include "redact/filter.h"
#include "redact/text.h"

namespace strongroom::redact {

// Finds, in `text`:
//   ZZ and letters                      PERSON, with a second such word after one blank as one find
//   ≥ 8 digits, single '-' or ' ' between   PHONE
//   letters@letters.letters             EMAIL
//   王小明                              PERSON
//   3 to 7 digits                       NATIONAL_ID x.test, score 0.3; 0.9 when "id" stands in the 12 bytes before or
//                                       in the heading, or when less than 4 bytes lie between them and a block
class FakeFinder : public detect::Finder {
 public:
  void Find(std::string_view text, std::string_view heading, std::vector<detect::Finding>& findings) const override {
    findings.clear();
    for (size_t at = 0; at < text.size();) {
      const size_t end = FindAt(text, heading, at, findings);
      at = end > at ? end : at + 1;
    }
  }

 private:
  static size_t Letters(std::string_view text, size_t at) {
    while (at < text.size() && IsLetter(text[at])) ++at;
    return at;
  }
  static size_t FindAt(std::string_view text, std::string_view heading, size_t at,
                       std::vector<detect::Finding>& findings) {
    using detect::Kind;
    const auto add = [&](size_t end, Kind kind, float score, std::string_view rule) {
      findings.push_back({at, end, kind, score, kind == Kind::kNationalId ? "x.test" : "", rule});
      return end;
    };
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("王小明")) return add(at + 9, Kind::kPerson, 0.8F, "fake/han");
    if (IsLetter(rest[0])) {
      const size_t end = Letters(text, at);
      if (end + 1 < text.size() && text[end] == '@') {
        const size_t dot = Letters(text, end + 1);
        if (dot > end + 1 && dot < text.size() && text[dot] == '.' && Letters(text, dot + 1) > dot + 1) {
          return add(Letters(text, dot + 1), Kind::kEmail, 1.0F, "fake/email");
        }
      }
      if (!rest.starts_with("ZZ")) return end;
      const bool second = text.substr(end).starts_with(" ZZ");
      return add(second ? Letters(text, end + 1) : end, Kind::kPerson, 0.9F, "fake/person");
    }
    if (!IsDigit(rest[0])) return at;
    size_t digits = 0;
    size_t end = at;
    for (size_t i = at; i < text.size() && digits < 16; ++i) {
      if (IsDigit(text[i])) {
        ++digits;
        end = i + 1;
      } else if ((text[i] != '-' && text[i] != ' ') || i > end) {
        break;
      }
    }
    if (digits >= 8) return add(end, Kind::kPhone, 0.9F, "fake/phone");
    end = at;
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end - at < 3) return end;
    const std::string_view before = text.substr(at < 12 ? 0 : at - 12, at < 12 ? at : 12);
    const std::string_view near = text.substr(at < 6 ? 0 : at - 6, at < 6 ? at : 6);
    const bool sure = before.find("id") != std::string_view::npos || heading.find("id") != std::string_view::npos ||
                      near.find("\u2588") != std::string_view::npos;
    return add(end, Kind::kNationalId, sure ? 0.9F : 0.3F, "fake/id");
  }
};

// The tokens t0, t1, ... in the order asked; fails when told to.
class FakeTokenizer : public Tokenizer {
 public:
  Result<std::string> Tokenize(const detect::Finding&, std::string_view) override {
    if (fail) return Status(Reason::kServerUnreachable, "no vault");
    return "t" + std::to_string(next_++);
  }
  bool fail = false;

 private:
  int next_ = 0;
};

struct Outcome {
  Status status;
  std::string out;
  std::vector<Found> found;
};

// How a filter is made and run in a test.
struct RunOptions {
  Mode mode = Mode::kBlock;
  bool redact = true;
  bool report = true;
  size_t threads = 1;
  size_t most_fed = 0;  // 0: all at once
  uint64_t seed = 1;
  Selection selection = {};
};

inline const StandIns& TestStandIns() {
  static const StandIns stand_ins(SecretBytes::CopyOf("a key of the tests, 32 bytes long"));
  return stand_ins;
}

// `make(job)` makes the filter.
template <typename Make>
Outcome RunFilter(const Make& make, std::string_view input, const RunOptions& options = {}) {
  static const FakeFinder finder;
  FakeTokenizer tokenizer;
  Replacer replacer(options.mode, &TestStandIns(), &tokenizer);
  Outcome outcome;
  Job job;
  job.finder = &finder;
  job.selection = options.selection;
  job.replacer = options.redact ? &replacer : nullptr;
  job.threads = options.threads;
  job.write = [&](std::string_view bytes) {
    outcome.out.append(bytes);
    return Status::Ok();
  };
  if (options.report) job.report = [&](const Found& found) { outcome.found.push_back(found); };
  const std::unique_ptr<Filter> filter = make(job);
  Dice dice(options.seed);
  while (!input.empty() && outcome.status.ok()) {
    const size_t size = options.most_fed == 0 ? input.size() : std::min(input.size(), 1 + dice.Below(options.most_fed));
    // A copy of the exact size, so that reading beyond it is noticed.
    const std::string piece(input.substr(0, size));
    outcome.status = filter->Feed(piece);
    input.remove_prefix(size);
  }
  if (outcome.status.ok()) outcome.status = filter->Finish();
  return outcome;
}

inline constexpr Mode kAllModes[] = {Mode::kBlock,         Mode::kMask,    Mode::kLabel,
                                     Mode::kNumberedLabel, Mode::kStandIn, Mode::kToken};

}  // namespace strongroom::redact
