// Entries as people and programs read them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "audit/entry.h"
#include "base/json_writer.h"

namespace strongroom {

// What the numbers in an entry are called today.  A function that is unset, or answers an empty string, leaves the
// number standing.
struct EntryNames {
  std::function<std::string(FieldId)> field = {};
  std::function<std::string(PrincipalId)> principal = {};
  std::function<std::string(uint16_t)> rule = {};
};

// One line, without a newline: when, who, from where, what, on which customers and fields, for which purpose, with
// which outcome.  Texts from callers are quoted; an entry cannot break or forge a line (AuditEntry::Check).
std::string FormatEntryForPeople(const AuditEntry& entry, const EntryNames& names = {});

// An object of the public API.  Ids are hexadecimal strings.  `index` is the place in the log, null when unset.
void AppendEntryJson(JsonWriter& json, const AuditEntry& entry, std::optional<uint64_t> index,
                     const EntryNames& names = {});
std::string EntryToJson(const AuditEntry& entry, std::optional<uint64_t> index, const EntryNames& names = {});

}  // namespace strongroom
