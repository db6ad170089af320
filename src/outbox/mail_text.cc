#include "outbox/mail_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "base/encoding.h"
#include "outbox/notice.h"

namespace strongroom {
namespace {

constexpr size_t kWordBytes = 36;  // of text in one encoded word: "Subject: " and the word stay within 76 characters
constexpr size_t kLineCharacters = 75;
constexpr char kHex[] = "0123456789ABCDEF";

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) == 0x7f; });
}

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Status CheckMailParts(const MailParts& parts) {
  RETURN_IF_ERROR(CheckDestination({NoticeChannel::kMail, parts.from}));
  RETURN_IF_ERROR(CheckDestination({NoticeChannel::kMail, parts.to}));
  if (HasControl(parts.subject) || HasControl(parts.id) || HasControl(parts.language)) {
    return Status(Reason::kInvalidArgument, "a header of a mail has a control character in it");
  }
  if (!IsValidUtf8(parts.subject) || !IsValidUtf8(parts.body)) return Status(Reason::kInvalidUtf8);
  return Status::Ok();
}

std::string MailDate(UnixMillis time) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t seconds = time / 1000;
  tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "Thu, 01 Jan 1970 00:00:00 +0000";
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", kDays[parts.tm_wday % 7], parts.tm_mday,
                    kMonths[parts.tm_mon % 12], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text, static_cast<size_t>(std::clamp<int>(size, 0, sizeof text - 1))};
}

std::string EncodeHeaderText(std::string_view text) {
  const bool plain = text.find("=?") == std::string_view::npos &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (plain) return std::string(text);
  std::string encoded;
  while (!text.empty()) {
    size_t size = std::min(text.size(), kWordBytes);
    while (size > 1 && size < text.size() && IsContinuation(text[size])) --size;
    encoded += (encoded.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + Base64Encode(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return encoded;
}

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    const bool literal = (c > 0x20 && c < 0x7f && c != '=') || (c == ' ' && !ends_line);
    if (column + (literal ? 1 : 3) > kLineCharacters) {
      out += "=\r\n";
      column = 0;
    }
    if (literal) {
      out.push_back(c);
      ++column;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.append({'=', kHex[byte >> 4], kHex[byte & 15]});
      column += 3;
    }
  }
  return out;
}

std::string ComposeMail(const MailParts& parts) {
  std::string mail;
  AppendHeader(mail, "From", "Strongroom <" + parts.from + ">");
  AppendHeader(mail, "To", "<" + parts.to + ">");
  AppendHeader(mail, "Subject", EncodeHeaderText(parts.subject));
  AppendHeader(mail, "Date", MailDate(parts.created_at));
  AppendHeader(mail, "Message-ID",
               "<" + parts.id + parts.from.substr(std::min(parts.from.rfind('@'), parts.from.size())) + ">");
  AppendHeader(mail, "Auto-Submitted", "auto-generated");  // RFC 3834: no answer of a machine to a machine
  AppendHeader(mail, "Content-Language", parts.language);
  AppendHeader(mail, "MIME-Version", "1.0");
  AppendHeader(mail, "Content-Type", "text/plain; charset=utf-8");
  AppendHeader(mail, "Content-Transfer-Encoding", "quoted-printable");
  return mail + "\r\n" + QuotedPrintable(parts.body) + "\r\n";
}

std::string DotStuffed(std::string_view message) {
  std::string stuffed;
  stuffed.reserve(message.size() + 16);
  bool begins_line = true;
  for (const char c : message) {
    if (begins_line && c == '.') stuffed.push_back('.');
    stuffed.push_back(c);
    begins_line = c == '\n';
  }
  if (!begins_line) stuffed += "\r\n";
  return stuffed + ".\r\n";
}

}  // namespace strongroom
