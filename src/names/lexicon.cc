#include "names/lexicon.h"

#include <bit>

namespace strongroom::names {

Lexicon::Lexicon(const std::vector<Entry>& entries)
    : table_(std::bit_ceil(entries.size() * 2 + 2)), mask_(table_.size() - 1) {
  for (const Entry& entry : entries) {
    size_t slot = entry.key & mask_;
    while (table_[slot].value != 0 && table_[slot].key != entry.key) slot = (slot + 1) & mask_;
    if (entry.value != 0) table_[slot] = entry;
  }
}

}  // namespace strongroom::names
