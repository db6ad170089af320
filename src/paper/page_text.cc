#include "paper/page_text.h"

#include <algorithm>

namespace strongroom::paper {

Box Box::Around(const Box& other) const {
  if (other.empty()) return *this;
  if (empty()) return other;
  return {std::min(left, other.left), std::min(top, other.top), std::max(right, other.right),
          std::max(bottom, other.bottom)};
}

void PageText::Add(std::string_view word, const Box& box, uint64_t tag, uint8_t confidence) {
  const auto begin = static_cast<uint32_t>(text.size());
  text += word;
  pieces.push_back({begin, static_cast<uint32_t>(text.size()), box, tag, confidence});
}

}  // namespace strongroom::paper
