#include "audit/checkpoint.h"

#include <charconv>
#include <cstring>
#include <optional>

#include "audit/tree.h"
#include "base/encoding.h"

namespace strongroom {
namespace {

Status Refuse(std::string_view why) { return Status(Reason::kLogInvalid, std::string(why)); }

constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kProofIndex = "index ";
constexpr size_t kLongestProof = 64;

}  // namespace

std::optional<std::string_view> TakeLogLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> ParseLogNumber(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Digest> ParseLogHash(std::string_view text) {
  const Result<Bytes> bytes = Base64Decode(text);
  Digest hash{};
  if (!bytes.ok() || bytes->size() != hash.size()) return std::nullopt;
  std::memcpy(hash.data(), bytes->data(), hash.size());
  return hash;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + Base64Encode(View(checkpoint.root)) + "\n";
}

Result<std::string> SignCheckpoint(const Checkpoint& checkpoint, const Signer& signer) {
  return SignNote(FormatCheckpoint(checkpoint), checkpoint.origin, signer);
}

Result<ParsedCheckpoint> ParseCheckpoint(std::string_view text) {
  const auto origin = TakeLogLine(text);
  const auto size_line = TakeLogLine(text);
  const auto root_line = TakeLogLine(text);
  if (!origin || !size_line || !root_line) return Refuse("checkpoint: fewer than three lines");
  if (origin->empty()) return Refuse("checkpoint: no origin");
  const std::optional<uint64_t> size = ParseLogNumber(*size_line);
  const std::optional<Digest> root = ParseLogHash(*root_line);
  if (!size) return Refuse("checkpoint: the tree size is not a decimal number");
  if (!root) return Refuse("checkpoint: the root hash is not 32 bytes of base64");
  ParsedCheckpoint parsed{{std::string(*origin), *size, *root}, !text.empty()};
  while (!text.empty()) {
    const auto extension = TakeLogLine(text);
    if (!extension || extension->empty()) return Refuse("checkpoint: an extension line is empty or not ended");
  }
  return parsed;
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const std::string text, OpenNote(note, key));
  ASSIGN_OR_RETURN(ParsedCheckpoint parsed, ParseCheckpoint(text));
  if (parsed.has_extensions) return Refuse("checkpoint: extension lines, which our logs do not have");
  if (parsed.checkpoint.origin != key.name) return Refuse("checkpoint: of another log than " + key.name);
  return std::move(parsed.checkpoint);
}

std::string FormatTlogProof(uint64_t index, const std::vector<Digest>& proof, std::string_view checkpoint_note) {
  std::string out(kProofHeader);
  out += "\n";
  out += kProofIndex;
  out += std::to_string(index) + "\n";
  for (const Digest& hash : proof) out += Base64Encode(View(hash)) + "\n";
  out += "\n";
  out += checkpoint_note;
  return out;
}

Status VerifyTlogProof(std::string_view proof, ByteView entry, const VerifierKey& key) {
  if (TakeLogLine(proof) != kProofHeader) return Refuse("proof: not a tlog-proof, version 1");
  std::optional<std::string_view> line = TakeLogLine(proof);
  if (line && line->starts_with("extra ")) line = TakeLogLine(proof);  // opaque, unauthenticated: not ours to read
  if (!line || !line->starts_with(kProofIndex)) return Refuse("proof: no index line");
  const std::optional<uint64_t> index = ParseLogNumber(line->substr(kProofIndex.size()));
  if (!index) return Refuse("proof: the index is not a decimal number");
  std::vector<Digest> path;
  while ((line = TakeLogLine(proof)) && !line->empty()) {
    const std::optional<Digest> hash = ParseLogHash(*line);
    if (!hash || path.size() == kLongestProof) return Refuse("proof: malformed path");
    path.push_back(*hash);
  }
  if (!line) return Refuse("proof: no checkpoint");
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, OpenCheckpoint(proof, key));
  return VerifyInclusion(*index, checkpoint.size, LeafHash(entry), path, checkpoint.root);
}

}  // namespace strongroom
