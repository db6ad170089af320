#include "http/head_parser.h"

#include <strings.h>

#include <algorithm>
#include <new>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

namespace strongroom {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr size_t kMaxHeaders = 100;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Headers that decide something: two of them could be read differently by us and by whoever sits in between.
bool MayNotRepeat(http::field name) {
  switch (name) {
    case http::field::host:
    case http::field::authorization:
    case http::field::content_type:
    case http::field::content_length:
    case http::field::content_encoding:
    case http::field::transfer_encoding:
    case http::field::expect:
    case http::field::if_match:
    case http::field::if_none_match:
    case http::field::range:
    case http::field::origin:
    case http::field::cookie:
      return true;
    default:
      return false;
  }
}

}  // namespace

class HeadParser::Beast : public http::basic_parser<true> {
 public:
  ParsedHead* head = nullptr;
  BodySink* sink = nullptr;
  ByteView text;
  Status status;
  uint64_t seen = 0;  // bit set of headers that may not repeat
  bool has_host = false;
  bool in_trailer = false;

 private:
  using error_code = beast::error_code;
  using string_view = beast::string_view;

  void Fail(error_code& ec, std::string message) {
    status = Status(Reason::kMalformedRequest, std::move(message));
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code&) override {
    head->method = View(method);
    head->target = View(target);
    head->http11 = version == 11;
  }

  void on_field_impl(http::field name, string_view name_text, string_view value, error_code& ec) override {
    if (in_trailer) return;  // trailers carry nothing we use (RFC 9110 section 6.5.1)
    // Beast unfolds a folded line in a buffer of its own; RFC 9112 section 5.2 lets a server refuse it.
    if (!value.empty() && (value.data() < text.data() || value.data() >= text.data() + text.size())) {
      return Fail(ec, "A header line is folded.");
    }
    if (head->headers.size() >= kMaxHeaders) return Fail(ec, "The request has more than 100 headers.");
    const std::string_view header = View(name_text);
    if (MayNotRepeat(name) || SameText(header, "Idempotency-Key") || SameText(header, "X-Forwarded-For")) {
      for (const NameValue& earlier : head->headers) {
        if (SameText(earlier.name, header)) return Fail(ec, "The header " + std::string(header) + " occurs twice.");
      }
    }
    switch (name) {
      case http::field::host:
        has_host = true;
        break;
      case http::field::expect:
        if (!SameText(View(value), "100-continue"))
          return Fail(ec, "The only Expect this server knows is 100-continue.");
        head->expect_continue = true;
        break;
      case http::field::transfer_encoding:
        if (!SameText(View(value), "chunked"))
          return Fail(ec, "The only Transfer-Encoding this server takes is chunked.");
        break;
      default:
        break;
    }
    head->headers.push_back({header, View(value)});
  }

  void on_header_impl(error_code& ec) override {
    in_trailer = true;
    if (head->http11 && !has_host) return Fail(ec, "The header Host is missing.");
    head->keep_alive = head->http11 && keep_alive();
    head->chunked = chunked();
    if (head->chunked && !head->http11) return Fail(ec, "HTTP/1.0 has no Transfer-Encoding.");
    if (const auto length = content_length()) head->content_length = *length;
  }

  size_t Deliver(string_view piece, error_code& ec) {
    status = sink->OnBody(View(piece));
    if (!status.ok()) ec = http::error::body_limit;
    return piece.size();
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  size_t on_body_impl(string_view piece, error_code& ec) override { return Deliver(piece, ec); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, string_view piece, error_code& ec) override { return Deliver(piece, ec); }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
};

void HeadParser::Reset() {
  if (beast_ != nullptr) beast_->~Beast();
  beast_ = nullptr;
}

namespace {

// "http://host/path" to "/path" (RFC 9112 section 3.2.2: servers must take it).
Status ReduceTarget(ParsedHead& head) {
  std::string_view& target = head.target;
  if (target.starts_with('/')) return Status::Ok();
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!SameText(target.substr(0, scheme.size()), scheme)) continue;
    const size_t slash = target.find('/', scheme.size());
    if (slash == std::string_view::npos) break;
    target.remove_prefix(slash);
    return Status::Ok();
  }
  return Status(Reason::kMalformedRequest, "The request's target must be a path.");
}

}  // namespace

Status HeadParser::ParseHead(ByteView text, ParsedHead& head) {
  static_assert(sizeof(Beast) <= kStorageBytes);
  Reset();
  beast_ = new (storage_) Beast;
  beast_->head = &head;
  beast_->text = text;
  beast_->header_limit(static_cast<uint32_t>(text.size()) + 1);
  beast_->body_limit(UINT64_MAX);  // the caller counts
  beast::error_code ec;
  size_t used = 0;
  try {
    used = beast_->put(boost::asio::const_buffer(text.data(), text.size()), ec);
  } catch (const std::exception&) {
    return Status(Reason::kMalformedRequest);
  }
  if (!beast_->status.ok()) return beast_->status;
  if (ec || !beast_->is_header_done() || used != text.size()) {
    return Status(Reason::kMalformedRequest, ec ? "The request's header is malformed: " + ec.message() + "."
                                                : "The request's header is malformed.");
  }
  return ReduceTarget(head);
}

Result<HeadParser::Chunks> HeadParser::ParseChunks(ByteView text, BodySink& sink) {
  beast_->sink = &sink;
  // Chunk headers and trailers are held to a limit of their own by the caller's buffer.
  Chunks chunks;
  while (chunks.consumed < text.size() && !beast_->is_done()) {
    beast::error_code ec;
    const ByteView rest = text.substr(chunks.consumed);
    try {
      chunks.consumed += beast_->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    } catch (const std::exception&) {
      return Status(Reason::kMalformedRequest, "The chunked body is malformed.");
    }
    if (!beast_->status.ok()) return beast_->status;
    if (ec == http::error::need_more) break;
    if (ec) return Status(Reason::kMalformedRequest, "The chunked body is malformed: " + ec.message() + ".");
  }
  chunks.done = beast_->is_done();
  return chunks;
}

}  // namespace strongroom
