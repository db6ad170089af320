// The inside of backup sets from anywhere, encrypted as anybody can who has the recipient: read to a proven end or
// refused, never more remembered than one row.  What is read to its end and written again is the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>

#include "backup/set_reader.h"
#include "backup/set_writer.h"

using namespace strongroom;

namespace {

AgeSource From(const Bytes& text) {
  return [&text, at = size_t{0}](char* buffer, size_t wanted) mutable -> Result<size_t> {
    const size_t some = std::min(wanted, text.size() - at);
    std::copy_n(text.data() + at, some, buffer);
    at += some;
    return some;
  };
}

AgeSink Into(Bytes& out) {
  return [&out](ByteView bytes) {
    out.append(bytes);
    return Status::Ok();
  };
}

// A full set's rows, written again.
void WriteAgain(const SetReader& read, const std::vector<SetRow>& rows, const AgeRecipient& recipient, Random& random) {
  Bytes again;
  const auto writer = SetWriter::Start(read.header(), {recipient}, random, Into(again));
  if (!writer.ok()) std::abort();
  size_t next = 0;
  for (const std::string& room : read.header().rooms) {
    if (!(*writer)->BeginRoom(room).ok()) std::abort();
    for (; next < rows.size() && rows[next].room == room; ++next) {
      if (!(*writer)->PutRow(rows[next].key, *rows[next].value).ok()) std::abort();
    }
    if (!(*writer)->EndRoom().ok()) std::abort();
  }
  if (next != rows.size() || !(*writer)->Finish().ok() || (*writer)->totals() != read.totals()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SeededRandom random(1);
  static const AgeIdentity& identity = *new AgeIdentity(AgeIdentity::Generate(random));
  static const AgeKeys& keys = [&]() -> const AgeKeys& {
    auto* made = new AgeKeys;
    made->identities.push_back(*AgeIdentity::Parse(ExposeSecret(identity.Encode())));
    return *made;
  }();
  const Bytes plain(reinterpret_cast<const char*>(data), size);
  SetHeader::Parse(plain).status().IgnoreError();
  Bytes sealed;
  const auto writer = AgeWriter::Start(std::vector<AgeRecipient>{identity.recipient()}, random, Into(sealed));
  if (!writer.ok() || !(*writer)->Write(plain).ok() || !(*writer)->Finish().ok()) std::abort();
  const Result<std::unique_ptr<SetReader>> reader = SetReader::Open(From(sealed), keys);
  if (!reader.ok()) return 0;
  std::vector<SetRow> rows;
  while (true) {
    Result<std::optional<SetRow>> row = (*reader)->Next();
    if (!row.ok()) {
      if ((*reader)->Next().ok()) std::abort();  // a set that failed stays failed
      return 0;
    }
    if (!row->has_value()) break;
    rows.push_back(**std::move(row));
  }
  if ((*reader)->header().full()) WriteAgain(**reader, rows, identity.recipient(), random);
  return 0;
}
