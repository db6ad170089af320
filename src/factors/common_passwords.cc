#include "factors/common_passwords.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "factors/password_text.h"

namespace strongroom {
namespace {

struct Hash {
  using is_transparent = void;
  size_t operator()(std::u32string_view text) const { return std::hash<std::u32string_view>()(text); }
};

struct CommonList {
  std::unordered_map<std::u32string, uint32_t, Hash, std::equal_to<>> ranks;
  size_t longest = 0;

  CommonList() {
    std::string_view text = CommonPasswordsText();
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      if (end > 0 && text[0] != '#') Add(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  // Two words may have one skeleton; the commoner one, which comes first, gives the rank.
  void Add(std::string_view word) {
    const std::u32string skeleton = SkeletonOf(FoldPassword(word));
    longest = std::max(longest, skeleton.size());
    ranks.emplace(skeleton, static_cast<uint32_t>(ranks.size() + 1));
  }
};

const CommonList& List() {
  static const CommonList& list = *new CommonList();
  return list;
}

}  // namespace

uint32_t CommonRank(std::u32string_view skeleton) {
  const auto found = List().ranks.find(skeleton);
  return found == List().ranks.end() ? 0 : found->second;
}

size_t LongestCommonPassword() { return List().longest; }

}  // namespace strongroom
