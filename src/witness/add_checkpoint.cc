#include "witness/add_checkpoint.h"

#include <optional>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr std::string_view kOld = "old ";

Status Malformed(std::string_view why) { return Status(Reason::kMalformedRequest, std::string(why)); }

}  // namespace

std::string FormatAddCheckpoint(const AddCheckpointRequest& request) {
  std::string body = std::string(kOld) + std::to_string(request.old_size) + "\n";
  for (const Digest& hash : request.proof) body += Base64Encode(View(hash)) + "\n";
  return body + "\n" + request.note;
}

Result<AddCheckpointRequest> ParseAddCheckpoint(std::string_view body) {
  if (body.size() > kMaxAddCheckpointBytes) return Malformed("the request is too large");
  std::optional<std::string_view> line = TakeLogLine(body);
  if (!line || !line->starts_with(kOld)) return Malformed("the first line is not 'old' and a size");
  AddCheckpointRequest request;
  const std::optional<uint64_t> old_size = ParseLogNumber(line->substr(kOld.size()));
  if (!old_size) return Malformed("the old size is not a decimal number");
  request.old_size = *old_size;
  while ((line = TakeLogLine(body)) && !line->empty()) {
    const std::optional<Digest> hash = ParseLogHash(*line);
    if (!hash) return Malformed("a line of the consistency proof is not 32 bytes of base64");
    if (request.proof.size() == kMaxConsistencyHashes) return Malformed("the consistency proof has more than 63 lines");
    request.proof.push_back(*hash);
  }
  if (!line) return Malformed("there is no empty line before the checkpoint");
  request.note = std::string(body);
  return request;
}

Result<ReceivedCosignature> ReadCosignature(std::string_view answer, std::string_view note, const WitnessKey& key) {
  ASSIGN_OR_RETURN(const NoteParts asked, SplitNote(note));
  // As the specification proposes: behind the checkpoint, the answer makes a note.
  const std::string joined = std::string(note) + std::string(answer);
  ASSIGN_OR_RETURN(NoteParts parts, SplitNote(joined));
  if (parts.text != asked.text) return Status(Reason::kLogInvalid, "the answer is no list of signature lines");
  parts.signatures.erase(parts.signatures.begin(),
                         parts.signatures.begin() + static_cast<std::ptrdiff_t>(asked.signatures.size()));
  ASSIGN_OR_RETURN(const std::optional<int64_t> seconds, VerifyCosignature(parts, key));
  if (!seconds.has_value()) return Status(Reason::kLogInvalid, "the answer holds no cosignature by " + key.name);
  for (const NoteSignature& signature : parts.signatures) {
    const bool own = signature.key_name == key.name && signature.key_id == key.key_id;
    if (own && ByteReader(signature.signature).U64() == static_cast<uint64_t>(*seconds)) {
      return ReceivedCosignature{std::string(signature.line), *seconds};
    }
  }
  return Status(Reason::kInternal, "a cosignature was verified and is not there");
}

std::optional<uint64_t> ReadKnownSize(std::string_view answer) {
  const std::optional<std::string_view> line = TakeLogLine(answer);
  return line && answer.empty() ? ParseLogNumber(*line) : std::nullopt;
}

}  // namespace strongroom
