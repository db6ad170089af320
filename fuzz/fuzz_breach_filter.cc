// Whatever lies in a breach filter, its digests right or wrong: opening, asking and verifying end in an answer.  And
// whatever stands in a list: a line is read or refused.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "factors/breach_filter.h"
#include "factors/breach_filter_builder.h"
#include "factors/breach_filter_format.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView input(reinterpret_cast<const char*>(data), size);
  BreachFilter::FromBytes(Bytes(input)).status().IgnoreError();

  // Index and body of the input's behind a header that verifies.
  ByteReader in(input);
  const uint8_t value_bits = in.U8(), block_bits = in.U8() % 8, rice_bits = in.U8();
  const uint64_t hashes = in.U16();
  const ByteView rest = in.Rest();
  const size_t index_bytes = ((size_t{1} << block_bits) + 1) * 8;
  if (rest.size() >= index_bytes) {
    Bytes header;
    ByteWriter writer(header);
    writer.Raw(breach::kMagic);
    writer.U32(breach::kVersion);
    writer.U8(value_bits);
    writer.U8(block_bits);
    writer.U8(rice_bits);
    writer.U8(0);
    writer.U64(hashes);
    writer.U64(0);
    writer.U64(1);
    writer.U64(rest.size() - index_bytes);
    writer.Raw(View(breach::NextBodyDigest({}, rest.substr(index_bytes))));
    writer.Raw(View(Sha256({header, rest.substr(0, index_bytes)})));
    const auto filter = BreachFilter::FromBytes(header.append(rest));
    if (filter.ok()) {
      filter->VerifyBody().IgnoreError();
      for (const char* password : {"a", "b", "c", "password"}) {
        static_cast<void>(filter->MayContain(Sha1({password})));
      }
    }
  }

  Sha1Digest hash = {};
  uint64_t count = 0;
  internal::ParseBreachLine("", input, hash, count).IgnoreError();
  internal::ParseBreachLine("21BD1", input, hash, count).IgnoreError();
  return 0;
}
