#include "detect/blocks.h"

#include <algorithm>

namespace strongroom::detect {
namespace {

constexpr std::string_view kKeyBegins = "-----BEGIN";
constexpr std::string_view kKeyEnds = "-----END";
constexpr size_t kLongestKey = size_t{16} << 10;

// `at` or up to three bytes before it, where no UTF-8 sequence is cut.  Text that is not UTF-8 is cut anywhere.
size_t SequenceBorder(std::string_view text, size_t at) {
  for (size_t back = 0; back < 4 && back < at; ++back) {
    if ((static_cast<unsigned char>(text[at - back]) & 0xC0) != 0x80) return at - back;
  }
  return at;
}

// Whether a key begins in `text` and does not end in it.
bool EndsInsideKey(std::string_view text) {
  if (text.size() > kLongestKey) text.remove_prefix(text.size() - kLongestKey);
  const size_t begins = text.rfind(kKeyBegins);
  return begins != std::string_view::npos && text.find(kKeyEnds, begins) == std::string_view::npos;
}

}  // namespace

void BlockCutter::Feed(std::string_view bytes) {
  // What is done with goes when it is the greater part, so that moving the rest costs no more than it was fed.
  if (before_ > fed_.size() / 2) {
    fed_.erase(0, before_);
    offset_ += before_;
    body_ -= before_;
    before_ = 0;
  }
  fed_.append(bytes);
}

// The first line end in reach at which a body may end.
size_t BlockCutter::LineEnd(std::string_view reach) {
  const size_t line = reach.find('\n', std::max(limits_.soft, searched_));
  searched_ = line == std::string_view::npos ? reach.size() : line;
  return line;
}

std::optional<size_t> BlockCutter::BodyLength(std::string_view rest) {
  const std::string_view reach = rest.substr(0, limits_.hard);
  const bool may_grow = !finished_ && rest.size() <= limits_.hard;
  size_t line = LineEnd(reach);
  if (line != std::string_view::npos && EndsInsideKey(reach.substr(0, line + 1))) {
    const size_t key_ends = reach.find(kKeyEnds, line);
    const size_t after_key = key_ends == std::string_view::npos ? key_ends : reach.find('\n', key_ends);
    if (after_key != std::string_view::npos) {
      line = after_key;
    } else if (may_grow) {
      return std::nullopt;
    }
  }
  if (line != std::string_view::npos) return line + 1;
  if (rest.size() > limits_.hard) return SequenceBorder(rest, limits_.hard);
  if (finished_) return rest.size();
  return std::nullopt;
}

std::optional<Block> BlockCutter::Next() {
  const std::string_view rest = std::string_view(fed_).substr(body_);
  if (rest.empty() || (!finished_ && rest.size() < limits_.soft + limits_.after)) return std::nullopt;
  const std::optional<size_t> length = BodyLength(rest);
  // Whether the stream goes on, and how, must be known for the text shown after the body.
  if (!length || (!finished_ && rest.size() <= *length + limits_.after)) return std::nullopt;
  size_t shown = std::min(rest.size(), *length + limits_.after);
  if (shown < rest.size()) shown = SequenceBorder(rest, shown);

  Block block;
  block.text.assign(fed_, before_, body_ + shown - before_);
  block.offset = offset_ + before_;
  block.body_begin = body_ - before_;
  block.body_end = block.body_begin + *length;
  block.last = finished_ && *length == rest.size();

  body_ += *length;
  before_ = body_ > limits_.before ? SequenceBorder(fed_, body_ - limits_.before) : 0;
  searched_ = 0;
  return block;
}

void BlockJoiner::Keep(const Block& block, std::vector<Finding>& findings) {
  std::erase_if(findings, [&](const Finding& finding) {
    if (finding.begin < block.body_begin || finding.begin >= block.body_end) return true;
    if (block.offset + finding.begin < kept_to_) return true;
    kept_to_ = block.offset + finding.end;
    return false;
  });
}

}  // namespace strongroom::detect
