#include "audit/erasure_note.h"

#include <array>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

// No log has this name: names hold no spaces.  So no checkpoint is a certificate, and no certificate a checkpoint.
constexpr std::string_view kFirstLine = "strongroom erasure certificate v1";
constexpr std::string_view kNoDate = "when the keys are rotated";
constexpr std::string_view kOutOfReach[] = {
    "whatever was handed out before: disclosures, files, prints",
    "tokens by FF1, which are computed from the value and stand in no row",
    "until then, a copy of the key store together with what opened its lock",
    "a database server's write-ahead log and copies of its disk, as long as those are kept",
};
constexpr std::string_view kFactNames[] = {"customer",     "asked", "destroyed",   "records",     "index rows",
                                           "tokens",       "files", "disclosures", "other items", "tokens not listed",
                                           "beyond recall"};
constexpr size_t kMaxPath = 64;

void AddLine(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\n");
}

Status Refuse(std::string why) { return Status(Reason::kLogInvalid, "certificate: " + std::move(why)); }

// The value of the line, which must have this name.
std::optional<std::string_view> TakeValue(std::string_view& text, std::string_view name) {
  std::string_view rest = text;
  const auto line = TakeLogLine(rest);
  if (!line || line->size() < name.size() + 3 || !line->starts_with(name) || line->substr(name.size(), 2) != ": ") {
    return std::nullopt;
  }
  text = rest;
  return line->substr(name.size() + 2);
}

// Cuts the facts off.
Status TakeFacts(std::string_view& text, OpenedErasure& opened) {
  const std::string_view whole = text;
  if (TakeLogLine(text) != kFirstLine) return Refuse("this is no certificate of erasure that this program knows");
  for (const std::string_view name : kFactNames) {
    const auto value = TakeValue(text, name);
    if (!value) return Refuse("the line '" + std::string(name) + "' is missing");
    if (name == "customer") opened.customer = std::string(*value);
  }
  for (const std::string_view one : kOutOfReach) {
    if (TakeValue(text, "out of reach") != one) return Refuse("what is out of reach is not as this version says it");
  }
  opened.facts = std::string(whole.substr(0, whole.size() - text.size()));
  return Status::Ok();
}

Result<ErasurePlace> TakePlace(std::string_view& text, std::string_view log_name) {
  if (TakeValue(text, "log") != log_name) return Refuse("of another log than " + std::string(log_name));
  const auto number = [&text](std::string_view name) {
    const auto value = TakeValue(text, name);
    return value ? ParseLogNumber(*value) : std::nullopt;
  };
  const auto hash = [&text](std::string_view name) {
    const auto value = TakeValue(text, name);
    return value ? ParseLogHash(*value) : std::nullopt;
  };
  const auto index = number("entry");
  const auto leaf = hash("leaf");
  const auto size = number("size");
  const auto root = hash("root");
  if (!index || !leaf || !size || !root) return Refuse("the place in the log is malformed");
  ErasurePlace place{*index, *leaf, *size, *root, {}};
  while (!text.empty()) {
    const auto step = hash("path");
    if (!step || place.path.size() == kMaxPath) return Refuse("the path is malformed");
    place.path.push_back(*step);
  }
  return place;
}

}  // namespace

std::string FormatErasureFacts(const ErasureFacts& facts) {
  const auto number = [](uint64_t value) { return std::to_string(value); };
  const std::array<std::string, std::size(kFactNames)> values = {
      facts.customer,
      FormatTime(facts.asked_at),
      FormatTime(facts.destroyed_at),
      "1",
      number(facts.index_rows),
      number(facts.tokens),
      number(facts.files),
      number(facts.disclosures),
      number(facts.other_items),
      number(facts.tokens_unlisted),
      facts.beyond_recall_at == 0 ? std::string(kNoDate) : FormatTime(facts.beyond_recall_at)};
  std::string text = std::string(kFirstLine) + "\n";
  for (size_t i = 0; i < values.size(); ++i) AddLine(text, kFactNames[i], values[i]);
  for (const std::string_view one : kOutOfReach) AddLine(text, "out of reach", one);
  return text;
}

Result<std::string> SignErasureNote(std::string_view facts, const std::optional<ErasurePlace>& place,
                                    std::string_view key_name, const Signer& signer) {
  std::string text(facts);
  if (place.has_value()) {
    AddLine(text, "log", key_name);
    AddLine(text, "entry", std::to_string(place->index));
    AddLine(text, "leaf", Base64Encode(View(place->leaf)));
    AddLine(text, "size", std::to_string(place->size));
    AddLine(text, "root", Base64Encode(View(place->root)));
    for (const Digest& step : place->path) AddLine(text, "path", Base64Encode(View(step)));
  }
  return SignNote(text, key_name, signer);
}

Result<OpenedErasure> OpenErasureNote(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const std::string text, OpenNote(note, key));
  std::string_view rest = text;
  OpenedErasure opened;
  RETURN_IF_ERROR(TakeFacts(rest, opened));
  if (rest.empty()) return opened;
  ASSIGN_OR_RETURN(opened.place, TakePlace(rest, key.name));
  const ErasurePlace& place = *opened.place;
  RETURN_IF_ERROR(VerifyInclusion(place.index, place.size, place.leaf, place.path, place.root));
  return opened;
}

}  // namespace strongroom
