#include "factors/testing/test_authenticator.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstdlib>

#include "base/encoding.h"
#include "base/json_writer.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

// A test has nothing to say when the machine cannot sign.
void Demand(bool holds) {
  if (!holds) std::abort();
}

Bytes CborBytes(ByteView bytes) {
  Bytes out;
  ByteWriter writer(out);
  if (bytes.size() < 24) {
    writer.U8(static_cast<uint8_t>(0x40 + bytes.size()));
  } else if (bytes.size() < 256) {
    writer.U8(0x58);
    writer.U8(static_cast<uint8_t>(bytes.size()));
  } else {
    writer.U8(0x59);
    writer.U16(static_cast<uint16_t>(bytes.size()));
  }
  writer.Raw(bytes);
  return out;
}

Bytes CborText(std::string_view text) {
  Demand(text.size() < 24);
  return static_cast<char>(0x60 + text.size()) + std::string(text);
}

}  // namespace

TestAuthenticator::TestAuthenticator(std::string rp_id_given, std::string origin_given)
    : rp_id(std::move(rp_id_given)), origin(std::move(origin_given)), key_(EVP_EC_gen("P-256")) {
  Demand(key_ != nullptr);
  SystemRandom random;
  credential_id = random.Take(32);
}

TestAuthenticator::~TestAuthenticator() { EVP_PKEY_free(key_); }

Bytes TestAuthenticator::CosePublicKey() const {
  Bytes point(65, '\0');
  size_t size_bytes = 0;
  Demand(EVP_PKEY_get_octet_string_param(key_, "pub", AsU8(point), point.size(), &size_bytes) == 1 && size_bytes == 65);
  // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
  return *HexDecode("a5010203262001215820") + point.substr(1, 32) + *HexDecode("225820") + point.substr(33);
}

Bytes TestAuthenticator::ClientData(std::string_view type, ByteView challenge) const {
  Bytes out;
  JsonWriter json(out);
  json.BeginObject().String("type", behaviour.type.empty() ? type : behaviour.type);
  json.String("challenge", Base64UrlEncode(challenge)).String("origin", origin).EndObject();
  out.insert(out.size() - 1, behaviour.more_client_data);
  return out;
}

Bytes TestAuthenticator::AuthenticatorBytes(bool with_credential) {
  const auto flags = static_cast<uint8_t>((behaviour.user_present ? 0x01 : 0) | (behaviour.user_verified ? 0x04 : 0) |
                                          (behaviour.backup_eligible ? 0x08 : 0) | (behaviour.backed_up ? 0x10 : 0) |
                                          (with_credential ? 0x40 : 0) | (behaviour.extensions.empty() ? 0 : 0x80));
  counter += behaviour.counter_step;
  Bytes out;
  ByteWriter writer(out);
  writer.Raw(View(Sha256(rp_id)));
  writer.U8(flags);
  writer.U32(counter);
  if (with_credential) {
    writer.Raw(Bytes(16, '\x5a'));
    writer.U16(static_cast<uint16_t>(credential_id.size()));
    writer.Raw(credential_id);
    writer.Raw(CosePublicKey());
  }
  writer.Raw(behaviour.extensions);
  return out;
}

Bytes TestAuthenticator::Sign(ByteView message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Bytes signature(80, '\0');
  size_t size_bytes = signature.size();
  Demand(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_) == 1);
  Demand(EVP_DigestSign(context, AsU8(signature), &size_bytes, AsU8(message), message.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size_bytes);
  if (behaviour.sign_wrongly) signature.back() = static_cast<char>(signature.back() ^ 1);
  return signature;
}

RegistrationResponse TestAuthenticator::Register(ByteView challenge) {
  RegistrationResponse response;
  response.credential_id = credential_id;
  response.client_data_json = ClientData("webauthn.create", challenge);
  response.transports = {"internal", "hybrid"};
  const Bytes data = AuthenticatorBytes(true);
  Bytes statement = "\xa0";
  if (behaviour.self_attestation) {
    const Bytes signature = Sign(Bytes(data).append(View(Sha256(response.client_data_json))));
    statement = "\xa2" + CborText("alg") + "\x26" + CborText("sig") + CborBytes(signature);
  }
  response.attestation_object = "\xa3" + CborText("fmt") + CborText(behaviour.self_attestation ? "packed" : "none") +
                                CborText("attStmt") + statement + CborText("authData") + CborBytes(data);
  return response;
}

AssertionResponse TestAuthenticator::Assert(ByteView challenge) {
  AssertionResponse response;
  response.credential_id = credential_id;
  response.client_data_json = ClientData("webauthn.get", challenge);
  response.authenticator_data = AuthenticatorBytes(false);
  response.signature = Sign(Bytes(response.authenticator_data).append(View(Sha256(response.client_data_json))));
  response.user_handle = behaviour.user_handle;
  return response;
}

std::string TestAuthenticator::ToJson(const RegistrationResponse& response) {
  std::string out;
  JsonWriter json(out);
  const std::string id = Base64UrlEncode(response.credential_id);
  json.BeginObject().String("id", id).String("rawId", id).String("type", "public-key");
  json.String("authenticatorAttachment", "platform").Key("clientExtensionResults").BeginObject().EndObject();
  json.Key("response").BeginObject().String("clientDataJSON", Base64UrlEncode(response.client_data_json));
  json.String("attestationObject", Base64UrlEncode(response.attestation_object)).Key("transports").BeginArray();
  for (const std::string& transport : response.transports) json.String(transport);
  json.EndArray().EndObject().EndObject();
  return out;
}

std::string TestAuthenticator::ToJson(const AssertionResponse& response) {
  std::string out;
  JsonWriter json(out);
  const std::string id = Base64UrlEncode(response.credential_id);
  json.BeginObject().String("id", id).String("rawId", id).String("type", "public-key");
  json.Key("clientExtensionResults").BeginObject().EndObject();
  json.Key("response").BeginObject().String("clientDataJSON", Base64UrlEncode(response.client_data_json));
  json.String("authenticatorData", Base64UrlEncode(response.authenticator_data));
  json.String("signature", Base64UrlEncode(response.signature));
  if (!response.user_handle.empty()) json.String("userHandle", Base64UrlEncode(response.user_handle));
  json.EndObject().EndObject();
  return out;
}

}  // namespace strongroom
