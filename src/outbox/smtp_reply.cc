#include "outbox/smtp_reply.h"

#include <strings.h>

#include <algorithm>
#include <utility>

namespace strongroom {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status Odd(const char* what) {
  return Status(Reason::kServerUnreachable, std::string("The answer is no SMTP: ") + what + ".");
}

}  // namespace

std::string SmtpReply::EnhancedCode() const {
  if (lines.empty()) return {};
  const std::string_view first =
      std::string_view(lines.front()).substr(0, std::min(lines.front().find(' '), lines.front().size()));
  const bool shaped = first.size() >= 5 && first.size() <= 9 && IsDigit(first[0]) && first[1] == '.' &&
                      IsDigit(first.back()) && std::count(first.begin(), first.end(), '.') == 2 &&
                      first.find("..") == std::string_view::npos &&
                      std::all_of(first.begin(), first.end(), [](char c) { return IsDigit(c) || c == '.'; });
  return shaped ? std::string(first) : std::string();
}

bool SmtpReply::Offers(std::string_view keyword, std::string* parameters) const {
  for (size_t i = 1; i < lines.size(); ++i) {  // the first line greets
    const std::string& line = lines[i];
    const size_t end = std::min(line.find(' '), line.size());
    if (end != keyword.size() || strncasecmp(line.data(), keyword.data(), end) != 0) continue;
    if (parameters != nullptr) *parameters = line.substr(std::min(end + 1, line.size()));
    return true;
  }
  return false;
}

Status SmtpReplyParser::TakeLine(std::string_view line) {
  const bool shaped = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && IsDigit(line[1]) && IsDigit(line[2]) &&
                      (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!shaped) return Odd("a line does not begin with a code");
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (!reply_.lines.empty() && code != reply_.code) return Odd("two codes in one reply");
  if (reply_.lines.size() >= kMaxLines) return Odd("it has too many lines");
  reply_.code = code;
  reply_.lines.emplace_back(line.substr(std::min<size_t>(4, line.size())));
  whole_ = line.size() == 3 || line[3] == ' ';
  return Status::Ok();
}

Result<bool> SmtpReplyParser::Feed(ByteView piece) {
  input_.append(piece);
  size_t at = 0;
  while (!whole_) {
    const std::string_view rest = std::string_view(input_).substr(at);
    const size_t end = rest.substr(0, kMaxLineBytes).find('\n');
    if (end == std::string_view::npos) {
      if (rest.size() >= kMaxLineBytes) return Odd("a line is too long");
      break;
    }
    if (end == 0 || rest[end - 1] != '\r') return Odd("a line ends without CR");
    RETURN_IF_ERROR(TakeLine(rest.substr(0, end - 1)));
    at += end + 1;
  }
  input_.erase(0, at);
  return whole_;
}

SmtpReply SmtpReplyParser::Take() {
  whole_ = false;
  return std::exchange(reply_, {});
}

}  // namespace strongroom
