// Headers of age files from anywhere: parsed or refused, never more read than there is.  What parses is written in one
// way only, so the parsed text is a prefix of the input that parses to itself; no forged file opens.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/age.h"

using namespace strongroom;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SeededRandom random(1);
  static const AgeKeys* const keys = [] {
    auto* made = new AgeKeys;
    made->identities.push_back(AgeIdentity::Generate(random));
    return made;
  }();
  const Bytes text(reinterpret_cast<const char*>(data), size);
  const Result<AgeHeader> header = AgeHeader::Parse(text);
  if (header.ok()) {
    if (header->size > size || header->mac_from >= header->size || header->mac.size() != 32) std::abort();
    const Result<AgeHeader> again = AgeHeader::Parse(ByteView(text).substr(0, header->size));
    if (!again.ok() || again->stanzas.size() != header->stanzas.size()) std::abort();
    if (AgeHeader::Parse(ByteView(text).substr(0, header->size - 1)).ok()) std::abort();
  }
  size_t at = 0;
  const AgeSource source = [&](char* buffer, size_t wanted) -> Result<size_t> {
    const size_t some = std::min(wanted, text.size() - at);
    std::copy_n(text.data() + at, some, buffer);
    at += some;
    return some;
  };
  const Result<std::unique_ptr<AgeReader>> opened = AgeReader::Open(source, *keys);
  if (opened.ok()) std::abort();
  AgeRecipient::Parse(text).status().IgnoreError();
  if (const auto identities = ParseAgeIdentities(text); identities.ok() && identities->empty()) std::abort();
  return 0;
}
