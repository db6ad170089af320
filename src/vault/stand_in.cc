#include "vault/stand_in.h"

#include "vault/record.h"

namespace strongroom {
namespace {

constexpr std::string_view kAssociatedData = "strongroom stand-in v1";
constexpr int kValues = 10;  // what a customer has who gave a name, an address and a card

}  // namespace

StandIn::StandIn(Random& random) : aead_(SecretBytes::Generate(32, random)) {
  Record record;
  for (int i = 1; i <= kValues; ++i) record.Add(static_cast<FieldId>(i), "as long as values usually are");
  const Result<PlainBytes> content = record.Encode();
  if (!content.ok()) return;
  const Result<Bytes> sealed = aead_.Seal(content->view(), kAssociatedData, random);
  if (sealed.ok()) sealed_ = *sealed;
}

void StandIn::Work() const {
  const Result<Bytes> content = aead_.Open(sealed_, kAssociatedData);
  if (!content.ok()) return;
  Record::Parse(*content).status().IgnoreError();  // only the time it takes is of interest
}

}  // namespace strongroom
