#include "keys/row_marks.h"

#include <algorithm>

#include "base/encoding.h"

namespace strongroom {
namespace {
constexpr size_t kTailSizeBytes = 8;
}

Bytes RowPrefixOfMark(const Blinder& blinder, const RowMark& mark) {
  Bytes key(1, mark.kind);
  const Block blinded = blinder.rows.Permute(mark.mark);
  key.append(View(blinded));
  return key;
}

Bytes RowKeyOfMark(const Blinder& blinder, const RowMark& mark) {
  Bytes key = RowPrefixOfMark(blinder, mark);
  if (mark.kind == kUniqueKind) return key;
  // The tail is derived, not drawn: the record need not store its rows' keys (docs/decisions/0001).
  Bytes owner;
  ByteWriter(owner).U64(mark.customer);
  const Digest tail = blinder.tails.Compute({ByteView(key).substr(1), owner});
  key.append(View(tail).substr(0, kTailSizeBytes));
  return key;
}

Result<RowMark> MarkOfRowKey(const Blinder& blinder, ByteView row_key, CustomerId customer) {
  RowMark mark;
  mark.kind = row_key.empty() ? '\0' : row_key.front();
  const size_t tail = mark.kind == kReferenceKind ? kTailSizeBytes : 0;
  const bool known = mark.kind == kReferenceKind || mark.kind == kUniqueKind;
  Block blinded;
  if (!known || row_key.size() != 1 + blinded.size() + tail) {
    return Status(Reason::kDataCorrupt, "this is not the key of an index row");
  }
  std::copy_n(row_key.begin() + 1, blinded.size(), blinded.begin());
  mark.mark = blinder.rows.Invert(blinded);
  if (mark.kind == kReferenceKind) mark.customer = customer;
  return mark;
}

}  // namespace strongroom
