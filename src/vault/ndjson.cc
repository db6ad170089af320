#include "vault/ndjson.h"

#include <algorithm>

#include "vault/normalise_text.h"

namespace strongroom {
NdjsonReader::NdjsonReader(ByteSource source, NdjsonOptions options)
    : window_(std::move(source)), options_(options), position_(options.resume) {}

Result<bool> NdjsonReader::Next(NdjsonRow* row) {
  row->document.reset();
  row->error = Status::Ok();
  bool too_long = false;
  row->line = position_.line;
  row->byte_offset = position_.byte_offset;
  while (true) {
    const std::string_view pending = window_.Pending();
    size_t end = pending.find('\n');
    if (end == std::string_view::npos && !window_.ended()) {
      if (pending.size() > options_.max_row_bytes) {  // pass over it, in pieces, until its end
        too_long = true;
        position_.byte_offset += pending.size();
        window_.Pass(pending.size());
      }
      RETURN_IF_ERROR(window_.Fill());
      continue;
    }
    const bool last = end == std::string_view::npos;
    if (last) end = pending.size();
    if (last && end == 0 && !too_long) return false;
    std::string_view text = pending.substr(0, end);
    if (position_.byte_offset == 0 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = TrimSpace(text);
    const size_t passed = end + (last ? 0 : 1);
    window_.Pass(passed);
    position_.byte_offset += passed;
    ++position_.line;
    if (too_long || text.size() > options_.max_row_bytes) {
      row->error =
          Status(Reason::kValueTooLong, "the row is longer than " + std::to_string(options_.max_row_bytes) + " bytes");
      return true;
    }
    if (text.empty()) {
      row->line = position_.line;
      row->byte_offset = position_.byte_offset;
      continue;
    }
    auto document = JsonDocument::ParseObject(text);
    if (document.ok()) {
      row->document.emplace(*std::move(document));
    } else {
      row->error = document.status();
    }
    return true;
  }
}

}  // namespace strongroom
