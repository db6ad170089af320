// Whatever a browser sends: both ceremonies answer, and nobody gets in without the private key.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "base/json.h"
#include "factors/webauthn.h"

namespace {

using namespace strongroom;

RelyingParty Party() {
  RelyingParty party;
  party.id = "example.org";
  party.origins = {"https://example.org"};
  party.allow_cross_origin = true;
  party.require_user_verification = false;
  party.allow_unverified_attestation = true;
  return party;
}

// RFC 6979, A.2.5: a point whose private key no input holds.
StoredPasskey Victim() {
  return {
      "id",
      *HexDecode("a501020326200121582060fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb62258207903fe10"
                 "08b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"),
      0, false, "handle"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in(ByteView(reinterpret_cast<const char*>(data), size));
  const Bytes first(in.Raw(in.U16() % (in.remaining() + 1)));
  const Bytes second(in.Raw(in.U8() % (in.remaining() + 1)));
  const Bytes third(in.Rest());
  const Bytes challenge(16, 'c');
  VerifyRegistration(Party(), challenge, {second, first, third, {}}).status().IgnoreError();
  // The same attestation object behind client data that is right.
  const Bytes good =
      R"({"type":"webauthn.create","challenge":"Y2NjY2NjY2NjY2NjY2NjYw","origin":"https://example.org"})";
  VerifyRegistration(Party(), challenge, {second, good, third, {}}).status().IgnoreError();
  if (VerifyAssertion(Party(), challenge, Victim(), {"id", first, second, third, ""}).ok()) abort();
  const auto json = JsonDocument::Parse(ByteView(reinterpret_cast<const char*>(data), size));
  if (json.ok()) {
    ParseRegistrationResponse(json->root()).status().IgnoreError();
    ParseAssertionResponse(json->root()).status().IgnoreError();
  }
  return 0;
}
