#include "factors/jose.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/hash.h"

namespace strongroom {
namespace {

constexpr size_t kMostSetBytes = 64 * 1024;
constexpr size_t kMostKeys = 64;
constexpr size_t kMostTokenBytes = 16 * 1024;
constexpr size_t kVerifierBytes = 32;  // 43 characters, the least that RFC 7636 allows and all that 256 bits need

Status Failed(std::string message) { return {Reason::kSingleSignOnFailed, std::move(message)}; }

// The member's text, or empty: absent, null and of another type are the same to whoever looks for a usable key.
std::string_view TextOf(JsonValue object, std::string_view name) {
  const std::optional<JsonValue> member = object.Find(name);
  if (!member) return {};
  const Result<std::string_view> text = member->AsString();
  return text.ok() ? *text : std::string_view();
}

Bytes BytesOf(JsonValue object, std::string_view name) {
  Result<Bytes> bytes = Base64UrlDecode(TextOf(object, name));
  return bytes.ok() ? std::move(*bytes) : Bytes();
}

bool MayVerify(JsonValue key) {
  if (key.Find("d") || key.Find("k")) return false;  // private or symmetric: nothing to trust
  if (key.Find("use") && TextOf(key, "use") != "sig") return false;
  const std::optional<JsonValue> operations = key.Find("key_ops");
  if (!operations) return true;
  for (const JsonValue operation : *operations) {
    const Result<std::string_view> name = operation.AsString();
    if (name.ok() && *name == "verify") return true;
  }
  return false;
}

Result<PublicKey> KeyOf(JsonValue key) {
  const std::string_view type = TextOf(key, "kty"), curve = TextOf(key, "crv");
  if (type == "RSA") return PublicKey::FromRsa(BytesOf(key, "n"), BytesOf(key, "e"));
  if (type == "EC" && curve == "P-256") {
    return PublicKey::FromEcPoint(SignatureAlgorithm::kEs256, BytesOf(key, "x"), BytesOf(key, "y"));
  }
  if (type == "OKP" && curve == "Ed25519") {
    return PublicKey::FromEdwards(SignatureAlgorithm::kEd25519, BytesOf(key, "x"));
  }
  return Failed("the key is of a kind that is not used here");
}

struct Parts {
  std::string_view header, payload, signature, signed_text;
};

Result<Parts> Split(std::string_view token) {
  const size_t first = token.find('.'), last = token.rfind('.');
  if (token.size() > kMostTokenBytes || first == std::string_view::npos || first == last ||
      token.find('.', first + 1) != last) {
    return Failed("the token is not a JWS in compact form, or longer than 16 KiB");
  }
  return Parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
               token.substr(0, last)};
}

struct Header {
  SignatureAlgorithm algorithm = SignatureAlgorithm::kEs256;
  std::optional<std::string> key_id;
};

Result<Header> ReadHeader(std::string_view encoded) {
  const Result<Bytes> text = Base64UrlDecode(encoded);
  if (!text.ok()) return Failed("the token's header is not base64url");
  const Result<JsonDocument> document = JsonDocument::ParseObject(*text, {.max_depth = 4, .max_values = 64});
  if (!document.ok()) return Failed("the token's header is not a JSON object");
  const JsonValue root = document->root();
  // RFC 7515, 4.1.11: what is critical and not understood must be refused; nothing is understood.  RFC 7797 likewise.
  if (root.Find("crit") || root.Find("b64")) return Failed("the token's header demands an extension");
  const std::optional<SignatureAlgorithm> algorithm = JoseAlgorithm(TextOf(root, "alg"));
  if (!algorithm) return Failed("the token is signed with an algorithm that is not accepted");
  Header header;
  header.algorithm = *algorithm;
  if (root.Find("kid")) header.key_id = std::string(TextOf(root, "kid"));
  return header;
}

}  // namespace

std::optional<SignatureAlgorithm> JoseAlgorithm(std::string_view name) {
  if (name == "ES256") return SignatureAlgorithm::kEs256;
  if (name == "RS256") return SignatureAlgorithm::kRs256;
  if (name == "EdDSA") return SignatureAlgorithm::kEd25519;
  return std::nullopt;
}

Result<JwkSet> JwkSet::Parse(ByteView json) {
  const Result<JsonDocument> document = JsonDocument::ParseObject(json, {.max_depth = 8, .max_bytes = kMostSetBytes});
  if (!document.ok()) return Failed("the provider's key set cannot be read: " + document.status().message());
  const Result<JsonValue> array = document->root().GetArray("keys");
  if (!array.ok() || array->size() > kMostKeys) return Failed("the provider's key set has no list of at most 64 keys");
  JwkSet set;
  for (const JsonValue item : *array) {
    if (!item.IsObject() || !MayVerify(item)) continue;
    Result<PublicKey> key = KeyOf(item);
    if (!key.ok()) continue;
    if (item.Find("alg") && JoseAlgorithm(TextOf(item, "alg")) != key->algorithm()) continue;
    set.keys_.push_back({std::string(TextOf(item, "kid")), std::move(*key)});
  }
  if (set.keys_.empty()) return Failed("the provider's key set has no key that can be used here");
  return set;
}

const PublicKey* JwkSet::Find(std::optional<std::string_view> key_id, SignatureAlgorithm algorithm) const {
  const PublicKey* found = nullptr;
  for (const Entry& entry : keys_) {
    if (entry.key.algorithm() != algorithm || (key_id && entry.key_id != *key_id)) continue;
    if (found != nullptr) return nullptr;  // which of the two would be a guess
    found = &entry.key;
  }
  return found;
}

Result<Bytes> VerifyJws(std::string_view token, const JwkSet& keys) {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  ASSIGN_OR_RETURN(const Header header, ReadHeader(parts.header));
  const Result<Bytes> signature = Base64UrlDecode(parts.signature);
  Result<Bytes> payload = Base64UrlDecode(parts.payload);
  if (!signature.ok() || !payload.ok()) return Failed("the token's payload or signature is not base64url");
  const PublicKey* key = keys.Find(header.key_id, header.algorithm);
  if (key == nullptr) return Failed("the token names no key of the provider's set: fetch the set again");
  if (!key->Verify(parts.signed_text, *signature, EcdsaForm::kFixedWidth)) {
    return Failed("the token's signature is not right");
  }
  return payload;
}

Pkce MakePkce(Random& random) {
  Bytes drawn = random.Take(kVerifierBytes);
  Bytes text = Base64UrlEncode(drawn);
  Pkce pkce{SecretBytes::CopyOf(text), PkceChallenge(text)};
  WipeString(drawn);
  WipeString(text);
  return pkce;
}

std::string PkceChallenge(std::string_view verifier) { return Base64UrlEncode(View(Sha256(verifier))); }

}  // namespace strongroom
