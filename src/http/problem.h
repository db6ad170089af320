// From Status to an HTTP answer: RFC 9457 problem details, by one table.
#pragma once

#include <string_view>

#include "base/status.h"
#include "http/exchange.h"

namespace strongroom {

// The HTTP status of a canonical code; total.
int HttpStatusOf(Code code);

// "Not Found"; "" for numbers nobody uses.
std::string_view ReasonPhrase(int http_status);

// application/problem+json {type, title, status, code, detail, request_id}.  `detail` is the status' message, except
// where the fault is ours (kInternal, kCorrupt): then it is generic, and the request id leads to the log.
Response ProblemResponse(const Status& status, std::string_view request_id);

// `detail` as above: what may be told of a failure.
std::string_view ProblemDetail(const Status& status);

}  // namespace strongroom
