// What strangers send of devices: certificate requests, reports, and the keys inside of them; and the record that is
// kept.
#include <cstdlib>
#include <string_view>

#include "access/device_posture.h"
#include "access/device_record.h"
#include "crypto/certificate_request.h"
#include "crypto/public_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace strongroom;  // NOLINT(google-build-using-namespace): one function
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // What is taken of a request is a key that can be read again.
  const Result<Bytes> key = PublicKeyOfRequest(bytes);
  if (key.ok() && !PublicKey::FromSubjectPublicKeyInfo(*key).ok()) std::abort();
  PublicKey::FromSubjectPublicKeyInfo(bytes).status().IgnoreError();
  const Result<PostureReport> report = PostureReport::Parse(bytes);
  if (report.ok() && report->os.size() > DeviceRecord::kMaxTextBytes) std::abort();
  const Result<DeviceRecord> record = DeviceRecord::Decode(bytes);
  if (record.ok() && record->Encode() != bytes) std::abort();
  return 0;
}
