// A labelled text, as training and evaluation read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "detect/finding.h"

namespace strongroom::names {

struct Span {
  size_t begin = 0;  // bytes
  size_t end = 0;
  std::string type;  // as the labelled set calls it, or a name of detect::Kind
};

struct Sample {
  std::string text;
  std::vector<Span> spans;  // sorted
  std::string heading;
  std::string source;  // the set it comes from
};

// Reads a labelled set: a line each, {"text": …, "spans": [[start, end, type], …]}, places in code points.
Result<std::vector<Sample>> ReadSamples(const std::string& path, const std::string& source);

// The kind of a type of a labelled set ("PER", "corporation", "ADDRESS"); nothing for types that are not promised.
std::optional<detect::Kind> KindOfType(std::string_view type);

// The text with its spans blanked, in lower case: samples made from one template have one skeleton.
std::string SkeletonOf(const Sample& sample);

// 0 to `parts` - 1, always the same for the same text.
uint32_t ShareOf(std::string_view text, uint32_t parts);

}  // namespace strongroom::names
