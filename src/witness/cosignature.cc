#include "witness/cosignature.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr char kCosignatureType = 0x04;
constexpr std::string_view kPrivateKeyStart = "PRIVATE+KEY+";
constexpr size_t kSignatureSizeBytes = 8 + 64;  // timestamp, Ed25519

std::string KeyIdText(uint32_t key_id) {
  Bytes out;
  ByteWriter(out).U32(key_id);
  return HexEncode(out);
}

std::string SignedMessage(std::string_view text, int64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}

struct KeyParts {
  std::string_view name;
  std::string_view key_id;
  Bytes key;  // without the type
};

// "<name>+<8 hex digits>+<base64 of 0x04 and 32 bytes>"
std::optional<KeyParts> SplitKeyText(std::string_view text) {
  const size_t first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = text.find('+', first + 1);  // a third may be part of the base64
  if (second == std::string_view::npos) return std::nullopt;
  Result<Bytes> key = Base64Decode(text.substr(second + 1));
  if (!key.ok()) return std::nullopt;
  const bool good = key->size() == 33 && (*key)[0] == kCosignatureType;
  KeyParts parts{text.substr(0, first), text.substr(first + 1, second - first - 1), good ? key->substr(1) : Bytes()};
  WipeString(*key);
  if (!good) return std::nullopt;
  return parts;
}

}  // namespace

Result<WitnessKey> WitnessKey::Create(std::string_view name, ByteView public_key) {
  if (!IsNoteKeyName(name)) {
    return Status(Reason::kInvalidArgument,
                  "a witness's name must not be empty nor hold spaces, control characters or '+'");
  }
  if (public_key.size() != 32) return Status(Reason::kInvalidArgument, "an Ed25519 public key has 32 bytes");
  const Digest digest = Sha256({name, "\n", std::string_view(&kCosignatureType, 1), public_key});
  return WitnessKey{std::string(name), ByteReader(View(digest)).U32(), Bytes(public_key)};
}

Result<WitnessKey> WitnessKey::Parse(std::string_view text) {
  const std::optional<KeyParts> parts = SplitKeyText(text);
  if (!parts.has_value()) {
    return Status(Reason::kInvalidArgument,
                  "not a witness's key; expected <name>+<8 hex digits>+<base64>, of an Ed25519 cosigner");
  }
  ASSIGN_OR_RETURN(WitnessKey parsed, Create(parts->name, parts->key));
  if (parts->key_id != KeyIdText(parsed.key_id)) {
    return Status(Reason::kInvalidArgument,
                  "the witness's key has an id that does not belong to its name and key; it is mistyped");
  }
  return parsed;
}

std::string WitnessKey::Encode() const {
  return name + "+" + KeyIdText(key_id) + "+" + Base64Encode(std::string(1, kCosignatureType) + public_key);
}

Result<WitnessSigner> WitnessSigner::Create(std::string_view name, Signer signer) {
  ASSIGN_OR_RETURN(WitnessKey key, WitnessKey::Create(name, signer.public_key()));
  return WitnessSigner{std::move(key), std::move(signer)};
}

SecretBytes WitnessSigner::Encode() const {
  Bytes typed(1, kCosignatureType);
  typed.reserve(33);
  typed += ExposeSecret(signer.seed());
  std::string base64 = Base64Encode(typed);
  std::string text;
  text.reserve(kPrivateKeyStart.size() + key.name.size() + base64.size() + 16);  // in one piece: no copy stays behind
  text.append(kPrivateKeyStart).append(key.name).append("+").append(KeyIdText(key.key_id)).append("+");
  text.append(base64).append("\n");
  SecretBytes out = SecretBytes::CopyOf(text);
  WipeString(typed);
  WipeString(base64);
  WipeString(text);
  return out;
}

Result<WitnessSigner> WitnessSigner::Parse(const SecretBytes& text) {
  const Status malformed(Reason::kDataCorrupt, "the file of the witness's key holds no such key");
  std::string_view line = ExposeSecret(text);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (!line.starts_with(kPrivateKeyStart)) return malformed;
  std::optional<KeyParts> parts = SplitKeyText(line.substr(kPrivateKeyStart.size()));
  if (!parts.has_value()) return malformed;
  Result<Signer> signer = Signer::FromSeed(SecretBytes::CopyOf(parts->key));
  WipeString(parts->key);
  if (!signer.ok()) return signer.status();
  Result<WitnessSigner> witness = Create(parts->name, *std::move(signer));
  if (witness.ok() && parts->key_id != KeyIdText(witness->key.key_id)) return malformed;
  return witness;
}

Result<std::string> Cosign(std::string_view text, const WitnessSigner& witness, int64_t seconds) {
  if (seconds <= 0) return Status(Reason::kInternal, "a cosignature needs a time after 1970");
  ASSIGN_OR_RETURN(const Bytes signature, witness.signer.Sign(SignedMessage(text, seconds)));
  Bytes timestamped;
  ByteWriter writer(timestamped);
  writer.U64(static_cast<uint64_t>(seconds));
  writer.Raw(signature);
  return FormatSignatureLine(witness.key.name, witness.key.key_id, timestamped);
}

Result<std::optional<int64_t>> VerifyCosignature(const NoteParts& note, const WitnessKey& key) {
  std::optional<int64_t> latest;
  for (const NoteSignature& signature : note.signatures) {
    if (signature.key_name != key.name || signature.key_id != key.key_id) continue;
    const Status refused(Reason::kLogInvalid, "the cosignature by " + key.name + " does not verify");
    if (signature.signature.size() != kSignatureSizeBytes) return refused;
    ByteReader reader(signature.signature);
    const uint64_t seconds = reader.U64();
    if (seconds == 0 || seconds > static_cast<uint64_t>(INT64_MAX)) return refused;
    const std::string message = SignedMessage(note.text, static_cast<int64_t>(seconds));
    if (!VerifySignature(key.public_key, message, reader.Rest()).ok()) return refused;
    latest = std::max(latest.value_or(0), static_cast<int64_t>(seconds));
  }
  return latest;
}

Status CheckWitnessKeys(const std::vector<WitnessKey>& keys) {
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (keys[i].public_key == keys[j].public_key || keys[i].name == keys[j].name) {
        return Status(Reason::kInvalidArgument, "the witnesses " + keys[j].name + " and " + keys[i].name +
                                                    " are one: they share a name or a public key");
      }
    }
  }
  return Status::Ok();
}

Result<std::vector<CosignedBy>> Cosigners(std::string_view note, const std::vector<WitnessKey>& keys) {
  RETURN_IF_ERROR(CheckWitnessKeys(keys));
  ASSIGN_OR_RETURN(const NoteParts parts, SplitNote(note));
  std::vector<CosignedBy> cosigners;
  for (const WitnessKey& key : keys) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> seconds, VerifyCosignature(parts, key));
    if (seconds.has_value()) cosigners.push_back({key.name, *seconds});
  }
  return cosigners;
}

}  // namespace strongroom
