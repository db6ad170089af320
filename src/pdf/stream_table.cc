#include "pdf/stream_table.h"

namespace strongroom::pdf {
namespace {

constexpr size_t kMostKept = size_t{64} << 20;

}  // namespace

uint32_t StreamTable::NumberOf(QPDFObjectHandle stream) {
  const auto [at, added] = numbers_.try_emplace(stream.getObjGen(), size());
  if (added) {
    streams_.emplace_back();
    streams_.back().handle = stream;
  }
  return at->second;
}

std::shared_ptr<const std::string> StreamTable::BytesOf(QPDFObjectHandle stream, Budget& budget) {
  if (const auto known = kept_.find(stream.getObjGen()); known != kept_.end()) return known->second;
  auto bytes = std::make_shared<const std::string>(DecodedStream(stream, budget).bytes);
  if (kept_bytes_ + bytes->size() <= kMostKept) {
    kept_bytes_ += bytes->size();
    kept_.emplace(stream.getObjGen(), bytes);
  }
  return bytes;
}

}  // namespace strongroom::pdf
