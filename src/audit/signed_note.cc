#include "audit/signed_note.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr char kEd25519Type = 0x01;
constexpr std::string_view kSignatureStart = "\xe2\x80\x94 ";  // em dash, space
constexpr size_t kKeyIdSizeBytes = 4;

Status Refuse(std::string_view why) { return Status(Reason::kLogInvalid, "signed note: " + std::string(why)); }

// UTF-8 forms of the code points with the Unicode property White_Space, beyond ASCII.
constexpr std::string_view kUnicodeSpaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
    "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

bool IsCleanNote(std::string_view text) {
  return IsValidUtf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\n'; });
}

uint32_t KeyIdOf(std::string_view name, ByteView public_key) {
  const Digest digest = Sha256({name, "\n", std::string_view(&kEd25519Type, 1), public_key});
  return ByteReader(View(digest)).U32();
}

std::string KeyIdBytes(uint32_t key_id) {
  Bytes out;
  ByteWriter(out).U32(key_id);
  return out;
}

}  // namespace

bool IsNoteKeyName(std::string_view name) {
  if (name.empty() || !IsValidUtf8(name)) return false;
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<uint8_t>(c) <= 0x20 || c == '+'; })) {
    return false;
  }
  return std::none_of(std::begin(kUnicodeSpaces), std::end(kUnicodeSpaces),
                      [name](std::string_view space) { return name.find(space) != std::string_view::npos; });
}

std::string FormatSignatureLine(std::string_view key_name, uint32_t key_id, ByteView signature) {
  return std::string(kSignatureStart) + std::string(key_name) + " " +
         Base64Encode(KeyIdBytes(key_id) + Bytes(signature)) + "\n";
}

Result<VerifierKey> VerifierKey::Create(std::string_view name, ByteView public_key) {
  if (!IsNoteKeyName(name)) {
    return Status(Reason::kInvalidArgument,
                  "a log's name must not be empty nor hold spaces, control characters or '+'");
  }
  if (public_key.size() != 32) return Status(Reason::kInvalidArgument, "an Ed25519 public key has 32 bytes");
  return VerifierKey{std::string(name), KeyIdOf(name, public_key), Bytes(public_key)};
}

Result<VerifierKey> VerifierKey::Parse(std::string_view text) {
  const Status malformed(Reason::kInvalidArgument, "not a verifier key; expected <name>+<8 hex digits>+<base64>");
  const size_t first = text.find('+');
  if (first == std::string_view::npos) return malformed;
  const size_t second = text.find('+', first + 1);  // a third may be part of the base64
  if (second == std::string_view::npos) return malformed;
  const Result<Bytes> key = Base64Decode(text.substr(second + 1));
  if (!key.ok() || key->size() != 33 || (*key)[0] != kEd25519Type) return malformed;
  ASSIGN_OR_RETURN(VerifierKey parsed, Create(text.substr(0, first), ByteView(*key).substr(1)));
  if (text.substr(first + 1, second - first - 1) != HexEncode(KeyIdBytes(parsed.key_id))) {
    return Status(Reason::kInvalidArgument,
                  "the verifier key's id does not belong to its name and key; it is mistyped");
  }
  return parsed;
}

std::string VerifierKey::Encode() const {
  return name + "+" + HexEncode(KeyIdBytes(key_id)) + "+" + Base64Encode(std::string(1, kEd25519Type) + public_key);
}

Result<std::string> SignNote(std::string_view text, std::string_view key_name, const Signer& signer) {
  if (text.empty() || text.back() != '\n' || !IsCleanNote(text)) {
    return Status(Reason::kInternal, "the text of a signed note must be clean and end in a newline");
  }
  ASSIGN_OR_RETURN(const VerifierKey key, VerifierKey::Create(key_name, signer.public_key()));
  ASSIGN_OR_RETURN(const Bytes signature, signer.Sign(text));
  return std::string(text) + "\n" + FormatSignatureLine(key.name, key.key_id, signature);
}

Result<NoteParts> SplitNote(std::string_view note) {
  if (note.size() > kNoteLimitBytes) return Refuse("too large");
  if (!IsCleanNote(note)) return Refuse("not clean UTF-8 text");
  if (note.empty() || note.back() != '\n') return Refuse("does not end in a newline");
  const size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return Refuse("no empty line before the signatures");
  NoteParts parts;
  parts.text = note.substr(0, gap + 1);
  std::string_view lines = note.substr(gap + 2);
  while (!lines.empty()) {
    NoteSignature signature;
    const size_t end = lines.find('\n');
    signature.line = lines.substr(0, end + 1);
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (parts.signatures.size() == kNoteLimitSignatures) return Refuse("too many signatures");
    if (!line.starts_with(kSignatureStart)) return Refuse("a signature line does not begin with an em dash");
    line.remove_prefix(kSignatureStart.size());
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || !IsNoteKeyName(line.substr(0, space))) {
      return Refuse("malformed signature line");
    }
    const Result<Bytes> bytes = Base64Decode(line.substr(space + 1));
    if (!bytes.ok() || bytes->size() <= kKeyIdSizeBytes) return Refuse("malformed signature");
    signature.key_name = line.substr(0, space);
    signature.key_id = ByteReader(*bytes).U32();
    signature.signature = bytes->substr(kKeyIdSizeBytes);
    parts.signatures.push_back(std::move(signature));
  }
  return parts;
}

Result<std::string> OpenNote(std::string_view note, const VerifierKey& key) {
  ASSIGN_OR_RETURN(const NoteParts parts, SplitNote(note));
  bool verified = false;
  for (const NoteSignature& signature : parts.signatures) {
    if (signature.key_name != key.name || signature.key_id != key.key_id) continue;
    if (!VerifySignature(key.public_key, parts.text, signature.signature).ok()) {
      return Refuse("the signature by " + key.name + " does not verify");
    }
    verified = true;
  }
  if (!verified) return Refuse("not signed by " + key.name + " with this key");
  return std::string(parts.text);
}

}  // namespace strongroom
