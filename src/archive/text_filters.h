// TextFilters: texts that a caller brings are searched for what is personal, or blacked out, under policy and log.
//
// Nothing of them is kept: the log says who asked, for what kind of text, and how many finds of which kind there were.
// The recognisers and filters are those of the command line's `detect` and `redact`, so that both say the same.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "crypto/secret.h"
#include "detect/detector.h"
#include "keys/plain_bytes.h"
#include "vault/gate.h"

namespace strongroom {

// How a text is to be looked at.  The views live as long as the call.
struct TextAsk {
  std::string_view text;                // UTF-8; what is not is passed over
  std::vector<std::string_view> kinds;  // "PERSON", ...; empty: all
  std::optional<double> min_score;      // 0 to 1; absent: 0.5
};

struct DetectAsk : TextAsk {
  std::string_view heading;  // what the text stands under: a column, a field of a form; may be empty
};

struct TextFind {
  std::string_view type;     // "NATIONAL_ID"
  std::string_view subtype;  // "se.personnummer"; may be empty
  std::string_view rule;
  double score = 0;
  uint64_t begin = 0;  // in Unicode code points of the text; [begin, end)
  uint64_t end = 0;
};

struct RedactAsk : TextAsk {
  std::string_view format = "text";  // text, csv, tsv, json, html, mail
  std::string_view mode = "label";   // block, mask, label, numbered, surrogate
};

// A find in a text of a format; the place is where it stood, never what it was.
struct RedactedFind {
  std::string_view type;
  std::string_view subtype;
  std::string_view rule;
  double score = 0;
  std::string part;  // "attachment 2"; empty: the text itself
  std::string path;  // "B7", "customers[3].phone"; empty in running text
  uint64_t line = 0;
  uint64_t column = 0;
};

struct RedactedText {
  PlainBytes text;
  std::vector<RedactedFind> finds;  // the first kMaxFinds
  uint64_t count = 0;               // of all
};

// Any thread; calls wait, and take time with the text: 25 MB a second or so.
class TextFilters {
 public:
  static constexpr size_t kMaxFinds = 10'000;

  // Both outlive it.
  TextFilters(Gate& gate, const detect::Finder& names);

  // text.detect.  kInvalidArgument names the member that does not fit.
  Receipted<std::vector<TextFind>> Detect(const Caller& caller, const DetectAsk& ask) const;
  // text.redact.  kInvalidArgument; kMalformedJson and the like when the text is not of its format: then nothing of it
  // comes back.  Stand-ins (`surrogate`) hang on a key of this vault: one value has one stand-in in all answers.
  Receipted<RedactedText> Redact(const Caller& caller, const RedactAsk& ask) const;

 private:
  Gate& gate_;
  const detect::Finder& names_;
  SecretBytes stand_in_key_;
};

}  // namespace strongroom
