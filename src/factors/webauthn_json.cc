// The JSON on either side of the browser's navigator.credentials (WebAuthn Level 3, 5.1.8 to 5.1.10).
#include <utility>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "factors/webauthn.h"

namespace strongroom {
namespace {

constexpr size_t kMostTransports = 8;
constexpr size_t kMostTransportLength = 32;
constexpr size_t kMostClientDataBytes = 8192;
constexpr size_t kMostAttestationBytes = 64 * 1024;
constexpr size_t kMostAuthenticatorDataBytes = 16 * 1024;
constexpr size_t kMostSignatureBytes = 1024;  // RSA of 8192 bits

void WriteDescriptors(JsonWriter& json, std::string_view name, const std::vector<PasskeyDescriptor>& descriptors) {
  json.Key(name).BeginArray();
  for (const PasskeyDescriptor& descriptor : descriptors) {
    json.BeginObject().String("type", "public-key").String("id", Base64UrlEncode(descriptor.id));
    if (!descriptor.transports.empty()) {
      json.Key("transports").BeginArray();
      for (const std::string& transport : descriptor.transports) json.String(transport);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

std::string_view UserVerification(const RelyingParty& party) {
  return party.require_user_verification ? "required" : "preferred";
}

// The member as bytes, at least one and at most `most_bytes`.
Result<Bytes> GetBytes(JsonValue object, std::string_view name, size_t most_bytes) {
  ASSIGN_OR_RETURN(const std::string_view text, object.GetString(name));
  if (text.empty() || text.size() > most_bytes / 3 * 4 + 4) {
    return Status(Reason::kInvalidArgument,
                  object.Path() + "." + std::string(name) + " must have 1 to " + std::to_string(most_bytes) + " bytes");
  }
  Result<Bytes> bytes = Base64UrlDecode(text);
  if (!bytes.ok()) {
    return Status(Reason::kInvalidArgument, object.Path() + "." + std::string(name) + " must be base64url, not padded");
  }
  return bytes;
}

// "id" and "rawId" are the same in JSON, and must be; "type" has one value.
Result<Bytes> GetCredentialId(JsonValue object, Reason failure) {
  ASSIGN_OR_RETURN(const std::string_view type, object.GetString("type"));
  if (type != "public-key") return Status(failure, "the credential is not a public key");
  ASSIGN_OR_RETURN(Bytes id, GetBytes(object, "rawId", kPasskeyIdMaxBytes));
  ASSIGN_OR_RETURN(const std::string_view same_id, object.GetString("id"));
  if (Base64UrlEncode(id) != same_id) return Status(failure, "the credential's id and rawId differ");
  return id;
}

// Kept to be sent back to the browser: what is not a short word is dropped, as it helps nobody.
std::vector<std::string> ReadTransports(JsonValue array) {
  std::vector<std::string> transports;
  for (const JsonValue item : array) {
    const Result<std::string_view> word = item.AsString();
    if (!word.ok() || word->empty() || word->size() > kMostTransportLength) continue;
    if (transports.size() < kMostTransports) transports.emplace_back(*word);
  }
  return transports;
}

}  // namespace

std::string RegistrationOptionsJson(const RelyingParty& party, const PasskeyUser& user, ByteView challenge,
                                    const std::vector<PasskeyDescriptor>& exclude) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("rp").BeginObject().String("id", party.id).String("name", party.name).EndObject();
  json.Key("user").BeginObject().String("id", Base64UrlEncode(user.handle)).String("name", user.name);
  json.String("displayName", user.display_name).EndObject();
  json.String("challenge", Base64UrlEncode(challenge));
  json.Key("pubKeyCredParams").BeginArray();
  for (const CoseAlgorithm algorithm : party.algorithms) {
    json.BeginObject().String("type", "public-key").Int("alg", static_cast<int64_t>(algorithm)).EndObject();
  }
  json.EndArray().Int("timeout", party.timeout_millis);
  WriteDescriptors(json, "excludeCredentials", exclude);
  // requireResidentKey is what browsers of Level 1 understand.
  json.Key("authenticatorSelection").BeginObject().String("residentKey", "preferred");
  json.Bool("requireResidentKey", false).String("userVerification", UserVerification(party)).EndObject();
  json.String("attestation", "none").EndObject();
  return out;
}

std::string AuthenticationOptionsJson(const RelyingParty& party, ByteView challenge,
                                      const std::vector<PasskeyDescriptor>& allow) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().String("challenge", Base64UrlEncode(challenge)).Int("timeout", party.timeout_millis);
  json.String("rpId", party.id);
  WriteDescriptors(json, "allowCredentials", allow);
  json.String("userVerification", UserVerification(party)).EndObject();
  return out;
}

Result<RegistrationResponse> ParseRegistrationResponse(JsonValue object) {
  RETURN_IF_ERROR(object.ExpectObject());
  RegistrationResponse response;
  ASSIGN_OR_RETURN(response.credential_id, GetCredentialId(object, Reason::kFactorInvalid));
  ASSIGN_OR_RETURN(const JsonValue inner, object.GetObject("response"));
  ASSIGN_OR_RETURN(response.client_data_json, GetBytes(inner, "clientDataJSON", kMostClientDataBytes));
  ASSIGN_OR_RETURN(response.attestation_object, GetBytes(inner, "attestationObject", kMostAttestationBytes));
  ASSIGN_OR_RETURN(const std::optional<JsonValue> transports, inner.OptArray("transports"));
  if (transports) response.transports = ReadTransports(*transports);
  return response;
}

Result<AssertionResponse> ParseAssertionResponse(JsonValue object) {
  RETURN_IF_ERROR(object.ExpectObject());
  AssertionResponse response;
  ASSIGN_OR_RETURN(response.credential_id, GetCredentialId(object, Reason::kFactorRefused));
  ASSIGN_OR_RETURN(const JsonValue inner, object.GetObject("response"));
  ASSIGN_OR_RETURN(response.client_data_json, GetBytes(inner, "clientDataJSON", kMostClientDataBytes));
  ASSIGN_OR_RETURN(response.authenticator_data, GetBytes(inner, "authenticatorData", kMostAuthenticatorDataBytes));
  ASSIGN_OR_RETURN(response.signature, GetBytes(inner, "signature", kMostSignatureBytes));
  ASSIGN_OR_RETURN(const std::optional<std::string_view> handle, inner.OptString("userHandle"));
  if (handle && !handle->empty()) {
    ASSIGN_OR_RETURN(response.user_handle, GetBytes(inner, "userHandle", kUserHandleMaxBytes));
  }
  return response;
}

}  // namespace strongroom
