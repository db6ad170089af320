#include "survey/memory.h"

#include "base/encoding.h"

namespace strongroom::survey {
namespace {

constexpr std::string_view kMagic = "strongroom-scan-state-1\n";

}  // namespace

Status Memory::Load(ByteView contents) {
  const Status none(Reason::kDataCorrupt, "This is no state file of 'strongroom scan'; name another, or remove it.");
  if (!contents.starts_with(kMagic)) return none;
  ByteReader reader(contents.substr(kMagic.size()));
  if (reader.Prefixed() != options_) return Status::Ok();
  const uint64_t count = reader.Varint();
  std::map<std::string, Entry> entries;
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const std::string key(reader.Prefixed());
    Entry entry;
    entry.fingerprint = reader.Prefixed();
    const uint64_t items = reader.Varint();
    for (uint64_t j = 0; j < items && !reader.failed(); ++j) {
      ASSIGN_OR_RETURN(Item item, ReadItem(reader.Prefixed()));
      entry.items.push_back(std::move(item));
    }
    entries[key] = std::move(entry);
  }
  if (!reader.Finish("a state file").ok()) return none;
  entries_ = std::move(entries);
  return Status::Ok();
}

std::string Memory::Contents() const {
  std::string contents(kMagic);
  ByteWriter writer(contents);
  writer.Prefixed(options_);
  writer.Varint(entries_.size());
  Bytes item_bytes;
  for (const auto& [key, entry] : entries_) {
    writer.Prefixed(key);
    writer.Prefixed(entry.fingerprint);
    writer.Varint(entry.items.size());
    for (const Item& item : entry.items) {
      item_bytes.clear();
      AppendItem(item_bytes, item);
      writer.Prefixed(item_bytes);
    }
  }
  return contents;
}

const std::vector<Item>* Memory::Find(const std::string& key, const std::string& fingerprint) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.fingerprint != fingerprint) return nullptr;
  return &found->second.items;
}

void Memory::Put(const std::string& key, std::string fingerprint, std::vector<Item> items) {
  entries_[key] = Entry{std::move(fingerprint), std::move(items)};
}

}  // namespace strongroom::survey
