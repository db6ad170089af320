// Notice: something that must be told, to whom and how; and OutboxItem, one of its deliveries as the queue keeps it.
//
// A notice names its words by kind (templates.h) and carries parameters for them.  It is about the house and its staff:
// no value of a customer is ever in one, and nothing personal at all in the subject of a mail.  Parameters have types
// that hold no more than they say, so that a value in the wrong place is refused rather than sent.
//
// The item's binary form is docs/formats/outbox.md.  It is sealed at rest: an address is personal data of its owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"

namespace strongroom {

// Numbers are part of the format.
enum class NoticeChannel : uint8_t { kMail = 1, kSms = 2, kWebhook = 3, kSyslog = 4 };
std::string_view NameOf(NoticeChannel channel);  // "mail"
std::optional<NoticeChannel> ChannelFromName(std::string_view name);

enum class Language : uint8_t { kEnglish = 1, kSwedish = 2, kChinese = 3 };
std::string_view NameOf(Language language);  // "en", "sv", "zh"
std::optional<Language> LanguageFromName(std::string_view name);

struct Destination {
  NoticeChannel channel = NoticeChannel::kMail;
  std::string to;  // a mail address; a number like +46701234567; the configured name of a webhook or syslog server
  bool operator==(const Destination&) const = default;
};

// kInvalidArgument, without repeating the address.  Mail: local@domain in ASCII (RFC 5321 section 4.1.2, no quoted
// local parts); SMS: E.164; webhook and syslog: a name of [a-z0-9-].
Status CheckDestination(const Destination& destination);
// "a…@example.com", "…67", a name as it is: what an operator may see of it.
std::string MaskedRecipient(const Destination& destination);

using NoticeParameters = std::vector<std::pair<std::string, std::string>>;

struct Notice {
  std::string kind;             // of a template: "new-device"
  std::vector<Destination> to;  // each is delivered on its own
  bool to_house = false;        // also to whom the configuration names for the house, in the house's language
  Language language = Language::kEnglish;
  NoticeParameters parameters;  // those the template names, no other
  UnixMillis expires_at = 0;    // not sent any more from then on (a one-time code); 0: never
};

using NoticeId = std::array<uint8_t, 16>;        // 6 bytes of time in milliseconds, 10 random ones
std::string FormatNoticeId(const NoticeId& id);  // 32 hexadecimal digits
Result<NoticeId> ParseNoticeId(std::string_view text);

struct OutboxItem {
  enum class State : uint8_t { kWaiting = 1, kDead = 2 };

  NoticeId id{};  // what a receiver knows repeats by
  State state = State::kWaiting;
  Destination to;
  std::string kind;
  Language language = Language::kEnglish;
  NoticeParameters parameters;
  UnixMillis created_at = 0;
  UnixMillis expires_at = 0;
  UnixMillis due_at = 0;     // not tried before
  uint32_t attempts = 0;     // begun
  std::string last_failure;  // our own words: "smtp 451 at RCPT"

  bool operator==(const OutboxItem&) const = default;
  Bytes Encode() const;
  static Result<OutboxItem> Decode(ByteView bytes);  // kDataCorrupt; strict
};

std::string_view NameOf(OutboxItem::State state);  // "waiting", "dead"

}  // namespace strongroom
