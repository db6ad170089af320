#include "factors/webauthn.h"

#include <algorithm>
#include <utility>

#include "crypto/hash.h"
#include "crypto/secret.h"
#include "factors/authenticator_data.h"
#include "factors/cbor.h"
#include "factors/client_data.h"

namespace strongroom {
namespace {

Status Invalid(std::string message) { return {Reason::kFactorInvalid, std::move(message)}; }
Status Refused(std::string message) { return {Reason::kFactorRefused, std::move(message)}; }

// A parser's words under the ceremony's reason.
Status As(Reason reason, const Status& status) {
  return status.reason() == Reason::kInternal ? status : Status(reason, status.message());
}

// 7.1 steps 14 to 19, 7.2 steps 17 to 21.
Status CheckFlags(const RelyingParty& party, const AuthenticatorData& data, Reason failure) {
  if (!EqualInConstantTime(data.rp_id_hash, View(Sha256(party.id)))) {
    return {failure, "the passkey was used for another site"};
  }
  if (!data.user_present) return {failure, "the authenticator saw nobody present"};
  if (party.require_user_verification && !data.user_verified) {
    return {failure, "the authenticator must ask for a finger, a face or a PIN"};
  }
  if (data.backed_up && !data.backup_eligible) return {failure, "the authenticator contradicts itself about back-ups"};
  return Status::Ok();
}

// 6.5.4: "fmt", "attStmt", "authData".
struct AttestationObject {
  std::string_view format;
  ByteView statement;  // CBOR
  ByteView authenticator_data;
};

Result<AttestationObject> ParseAttestationObject(ByteView bytes) {
  CborReader cbor(bytes);
  AttestationObject object;
  CborMap map(cbor);
  while (map.Next()) {
    if (map.IsText("fmt")) {
      object.format = cbor.Text();
    } else if (map.IsText("authData")) {
      object.authenticator_data = cbor.ByteString();
    } else if (map.IsText("attStmt") && cbor.NextIsMap()) {
      const size_t from = cbor.position();
      cbor.Skip();
      object.statement = cbor.Since(from);
    } else {
      return Invalid("the attestation object has a member that does not belong there");
    }
  }
  const Status read = cbor.Finish("the attestation object");
  if (!read.ok()) return As(Reason::kFactorInvalid, read);
  if (map.size() != 3) return Invalid("the attestation object lacks a member");
  return object;
}

struct PackedStatement {
  int64_t algorithm = 0;
  ByteView signature;
  bool has_certificates = false;
};

// 8.2.  Read by us once already as a whole, so it is well-formed; members may still be of the wrong kind.
Result<PackedStatement> ParsePackedStatement(ByteView bytes) {
  CborReader cbor(bytes);
  PackedStatement statement;
  for (CborMap map(cbor); map.Next();) {
    if (map.IsText("alg")) {
      statement.algorithm = cbor.Int();
    } else if (map.IsText("sig")) {
      statement.signature = cbor.ByteString();
    } else {
      statement.has_certificates = statement.has_certificates || map.IsText("x5c");
      cbor.Skip();
    }
  }
  const Status read = cbor.Finish("the attestation statement");
  if (!read.ok()) return As(Reason::kFactorInvalid, read);
  return statement;
}

// 7.1 steps 21 to 24: "none" and self-attestation; what a certificate would have to vouch for is nobody's word here.
Result<Attestation> JudgeAttestation(const RelyingParty& party, const AttestationObject& object, const CoseKey& key,
                                     ByteView client_data_hash) {
  const Status unverified = Invalid("attestation of this kind is not accepted: ask for none");
  if (object.format == "none") {
    CborReader statement(object.statement);
    if (statement.Map() != 0) return Invalid("an attestation of kind none must be empty");
    return Attestation::kNone;
  }
  if (object.format == "packed") {
    ASSIGN_OR_RETURN(const PackedStatement statement, ParsePackedStatement(object.statement));
    if (!statement.has_certificates) {
      const Bytes signed_bytes = Bytes(object.authenticator_data).append(client_data_hash);
      if (statement.algorithm != static_cast<int64_t>(key.algorithm) ||
          !key.key.Verify(signed_bytes, statement.signature)) {
        return Invalid("the passkey did not sign its own attestation");
      }
      return Attestation::kSelf;
    }
  }
  if (!party.allow_unverified_attestation) return unverified;
  return Attestation::kUnverified;
}

// The new credential's key, when it is the credential that the browser named and of an algorithm that was asked for.
Result<CoseKey> CheckedKey(const RelyingParty& party, const RegistrationResponse& response,
                           const AuthenticatorData& data) {
  if (!data.credential) return Invalid("the authenticator sent no credential");
  if (data.credential->id != response.credential_id) {
    return Invalid("the browser and the authenticator name different credentials");
  }
  size_t size_bytes = 0;
  ASSIGN_OR_RETURN(CoseKey key, ParseCoseKey(data.credential->public_key, &size_bytes));
  if (std::find(party.algorithms.begin(), party.algorithms.end(), key.algorithm) == party.algorithms.end()) {
    return Invalid("the passkey is of an algorithm that was not asked for");
  }
  return key;
}

}  // namespace

Result<NewPasskey> VerifyRegistration(const RelyingParty& party, ByteView challenge,
                                      const RegistrationResponse& response) {
  RETURN_IF_ERROR(
      CheckClientData(party, "webauthn.create", challenge, response.client_data_json, Reason::kFactorInvalid));
  ASSIGN_OR_RETURN(const AttestationObject object, ParseAttestationObject(response.attestation_object));
  const Result<AuthenticatorData> data = ParseAuthenticatorData(object.authenticator_data);
  if (!data.ok()) return As(Reason::kFactorInvalid, data.status());
  RETURN_IF_ERROR(CheckFlags(party, *data, Reason::kFactorInvalid));
  ASSIGN_OR_RETURN(const CoseKey key, CheckedKey(party, response, *data));
  const Digest client_data_hash = Sha256(response.client_data_json);
  NewPasskey passkey;
  ASSIGN_OR_RETURN(passkey.attestation, JudgeAttestation(party, object, key, View(client_data_hash)));
  passkey.id = Bytes(data->credential->id);
  passkey.public_key = Bytes(data->credential->public_key);
  passkey.algorithm = key.algorithm;
  passkey.sign_count = data->sign_count;
  passkey.aaguid = data->credential->aaguid;
  passkey.user_verified = data->user_verified;
  passkey.backup_eligible = data->backup_eligible;
  passkey.backed_up = data->backed_up;
  passkey.transports = response.transports;
  return passkey;
}

Result<VerifiedAssertion> VerifyAssertion(const RelyingParty& party, ByteView challenge, const StoredPasskey& passkey,
                                          const AssertionResponse& response) {
  if (response.credential_id != passkey.id) return Refused("another passkey was used than the one looked up");
  if (!response.user_handle.empty() && response.user_handle != passkey.user_handle) {
    return Refused("the passkey belongs to somebody else");
  }
  RETURN_IF_ERROR(CheckClientData(party, "webauthn.get", challenge, response.client_data_json, Reason::kFactorRefused));
  const Result<AuthenticatorData> data = ParseAuthenticatorData(response.authenticator_data);
  if (!data.ok()) return As(Reason::kFactorRefused, data.status());
  RETURN_IF_ERROR(CheckFlags(party, *data, Reason::kFactorRefused));
  if (data->backup_eligible != passkey.backup_eligible) {
    return Refused("the passkey changed whether it may be backed up, which none does");
  }
  size_t size_bytes = 0;
  const Result<CoseKey> key = ParseCoseKey(passkey.public_key, &size_bytes);
  if (!key.ok() || size_bytes != passkey.public_key.size()) {
    return Status(Reason::kDataCorrupt, "the stored public key of a passkey cannot be read");
  }
  const Bytes signed_bytes = Bytes(response.authenticator_data).append(View(Sha256(response.client_data_json)));
  if (!key->key.Verify(signed_bytes, response.signature)) return Refused("the passkey's signature is not right");
  VerifiedAssertion verified;
  verified.sign_count = data->sign_count;
  verified.sign_count_regressed =
      (data->sign_count != 0 || passkey.sign_count != 0) && data->sign_count <= passkey.sign_count;
  verified.user_verified = data->user_verified;
  verified.backed_up = data->backed_up;
  return verified;
}

}  // namespace strongroom
