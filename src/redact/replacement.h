// What takes the place of a find.
//
// Every mark is recognised when the text is gone through again (marks.h, stand_ins.h): replacing twice changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/status.h"
#include "detect/finding.h"
#include "redact/stand_ins.h"

namespace strongroom::redact {

enum class Mode : uint8_t {
  kBlock,          // "████ ████": one block for each character that can be seen
  kMask,           // "A••• L•••", "•••4567": the first letter or the last digits stay
  kLabel,          // "[PERSON]"
  kNumberedLabel,  // "[PERSON_2]": the second person met; the same one again has the same number
  kStandIn,        // "Xelomaku Xizanoro"
  kToken,          // "[PERSON token]", from a vault that can tell what it stood for
};

std::string_view NameOf(Mode mode);  // "block", "mask", "label", "numbered", "surrogate", "token"
std::optional<Mode> ModeOf(std::string_view name);

// Gives a token for a value.  One thread.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // A token of letters, digits, '-' and '_', at most 60.  Fails when the vault cannot or will not: then nothing may be
  // written in the value's place, and the redaction fails with this Status.
  virtual Result<std::string> Tokenize(const detect::Finding& finding, std::string_view value) = 0;
};

// Whether [begin, end) stands inside a longer word or number.  The mask of such a find shows none of it: a letter or
// digit beside the dots could not be told from the word's own.
bool IsGlued(std::string_view text, size_t begin, size_t end);

// One thread, in the order of the text: labels are numbered as they are met.
class Replacer {
 public:
  // `stand_ins` is needed for kStandIn and kNumberedLabel, `tokenizer` for kToken; both outlive the Replacer.
  Replacer(Mode mode, const StandIns* stand_ins, Tokenizer* tokenizer)
      : mode_(mode), stand_ins_(stand_ins), tokenizer_(tokenizer) {}

  Mode mode() const { return mode_; }
  // Not null when stand-ins are put in; they alone are shown to the search that follows, other marks are not.
  const StandIns* shown() const { return mode_ == Mode::kStandIn ? stand_ins_ : nullptr; }
  // Appends what stands in place of the finding, which points into `text`.
  Status Append(const detect::Finding& finding, std::string_view text, std::string& out);

 private:
  Status AppendNumbered(const detect::Finding& finding, std::string_view value, std::string& out);
  Status AppendToken(const detect::Finding& finding, std::string_view value, std::string& out);

  Mode mode_;
  const StandIns* stand_ins_;
  Tokenizer* tokenizer_;
  std::unordered_map<uint64_t, uint32_t> numbers_;  // by keyed hash: values are not kept
  uint32_t next_number_[detect::kKindCount] = {};
};

// The parts that need no state.
void AppendBlocks(std::string_view value, std::string& out);
void AppendMask(detect::Kind kind, std::string_view value, bool glued, std::string& out);
void AppendLabel(detect::Kind kind, std::string& out);

}  // namespace strongroom::redact
