#include "http/problem.h"

#include "base/json_writer.h"

namespace strongroom {

std::string_view ProblemDetail(const Status& status) {
  const Code code = status.code();
  if (code == Code::kInternal) return "The server failed. Give the request id to whoever runs it.";
  if (code == Code::kCorrupt) {
    return "Stored data did not pass its checks. Give the request id to whoever runs the server.";
  }
  // The engine's own words name directories; they are the operator's, who finds them in the server's output.
  if (status.reason() == Reason::kStorageFull || status.reason() == Reason::kStorageUnavailable) {
    return InfoOf(status.reason()).title;
  }
  return status.message();
}

int HttpStatusOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 200;
    case Code::kInvalid:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kNotAllowed:
      return 405;
    case Code::kConflict:
      return 409;
    case Code::kGone:
      return 410;
    case Code::kTooLarge:
      return 413;
    case Code::kUnsupported:
      return 415;
    case Code::kPreconditionFailed:
      return 412;
    case Code::kPreconditionRequired:
      return 428;
    case Code::kTimeout:
      return 408;
    case Code::kExhausted:
      return 429;
    case Code::kUnavailable:
      return 503;
    case Code::kCorrupt:
      return 500;
    case Code::kInternal:
      return 500;
  }
  return 500;
}

std::string_view ReasonPhrase(int http_status) {
  switch (http_status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

Response ProblemResponse(const Status& status, std::string_view request_id) {
  const ReasonInfo& info = InfoOf(status.reason());
  Response response;
  // RFC 6585 section 5 has a status of its own for this one reason.
  response.status = status.reason() == Reason::kHeaderTooLarge ? 431 : HttpStatusOf(info.code);
  response.content_type = "application/problem+json";
  response.body.reserve(320);
  JsonWriter json(response.body);
  json.BeginObject().Key("type").String("/docs/errors/" + std::string(info.wire_code));
  json.String("title", info.title).Int("status", response.status).String("code", info.wire_code);
  json.String("detail", ProblemDetail(status)).String("request_id", request_id).EndObject();
  if (info.code == Code::kUnauthenticated) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace strongroom
