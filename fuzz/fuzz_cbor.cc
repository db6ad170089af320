// Whatever the bytes: the CBOR reader answers and reads only what is there; authenticator data and COSE keys that parse
// keep inside of their input.
#include <cstdint>
#include <cstdlib>

#include "factors/authenticator_data.h"
#include "factors/cbor.h"
#include "factors/cose_key.h"

using strongroom::ByteView;

namespace {

void CheckInside(ByteView part, ByteView whole) {
  if (part.empty()) return;
  if (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  strongroom::CborReader cbor(bytes);
  cbor.Skip();
  if (cbor.position() > size) abort();
  // What was skipped is an item: it reads again, alone, with nothing left over.
  if (!cbor.failed()) {
    strongroom::CborReader again(cbor.Since(0));
    again.Skip();
    if (!again.Finish("it").ok()) abort();
  }
  size_t key_size_bytes = 0;
  if (strongroom::ParseCoseKey(bytes, &key_size_bytes).ok() && key_size_bytes > size) abort();
  const auto parsed = strongroom::ParseAuthenticatorData(bytes);
  if (parsed.ok() && parsed->credential) {
    CheckInside(parsed->credential->id, bytes);
    CheckInside(parsed->credential->public_key, bytes);
  }
  return 0;
}
