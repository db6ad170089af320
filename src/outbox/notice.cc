#include "outbox/notice.h"

#include <algorithm>
#include <iterator>

#include "base/encoding.h"

namespace strongroom {
namespace {

constexpr uint8_t kFormatVersion = 1;
constexpr std::string_view kChannels[] = {"", "mail", "sms", "webhook", "syslog"};
constexpr std::string_view kLanguages[] = {"", "en", "sv", "zh"};
constexpr size_t kMaxLocalPartBytes = 64;  // RFC 5321 section 4.5.3.1
constexpr size_t kMaxAddressBytes = 254;
constexpr size_t kMaxNameBytes = 64;

template <typename Enum, size_t kCount>
std::string_view NameIn(const std::string_view (&names)[kCount], Enum value) {
  const auto index = static_cast<size_t>(value);
  return index < kCount ? names[index] : "";
}

template <typename Enum, size_t kCount>
std::optional<Enum> FromNameIn(const std::string_view (&names)[kCount], std::string_view name) {
  for (size_t i = 1; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// RFC 5321's Dot-string.
bool IsLocalPart(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLocalPartBytes && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLetterOrDigit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
         });
}

bool IsDomain(std::string_view text) {
  return !text.empty() && IsLetterOrDigit(text.front()) && IsLetterOrDigit(text.back()) &&
         text.find("..") == std::string_view::npos && text.find(".-") == std::string_view::npos &&
         text.find("-.") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLetterOrDigit(c) || c == '-' || c == '.'; });
}

bool IsMailAddress(std::string_view text) {
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && text.size() <= kMaxAddressBytes && IsLocalPart(text.substr(0, at)) &&
         IsDomain(text.substr(at + 1));
}

bool IsPhoneNumber(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string_view NameOf(NoticeChannel channel) { return NameIn(kChannels, channel); }
std::optional<NoticeChannel> ChannelFromName(std::string_view name) {
  return FromNameIn<NoticeChannel>(kChannels, name);
}
std::string_view NameOf(Language language) { return NameIn(kLanguages, language); }
std::optional<Language> LanguageFromName(std::string_view name) { return FromNameIn<Language>(kLanguages, name); }
std::string_view NameOf(OutboxItem::State state) { return state == OutboxItem::State::kDead ? "dead" : "waiting"; }

Status CheckDestination(const Destination& destination) {
  switch (destination.channel) {
    case NoticeChannel::kMail:
      if (IsMailAddress(destination.to)) return Status::Ok();
      return Status(Reason::kInvalidArgument, "mail goes to an address like name@example.com, in ASCII");
    case NoticeChannel::kSms:
      if (IsPhoneNumber(destination.to)) return Status::Ok();
      return Status(Reason::kInvalidArgument, "a text message goes to a number like +46701234567");
    case NoticeChannel::kWebhook:
    case NoticeChannel::kSyslog:
      if (IsName(destination.to)) return Status::Ok();
      return Status(Reason::kInvalidArgument, "a webhook or syslog server is called by its name in the configuration");
  }
  return Status(Reason::kInvalidArgument, "there is no such channel");
}

std::string MaskedRecipient(const Destination& destination) {
  constexpr std::string_view kEllipsis = "…";
  const std::string& to = destination.to;
  if (destination.channel == NoticeChannel::kMail) {
    const size_t at = std::min(to.rfind('@'), to.size());
    return to.substr(0, std::min<size_t>(at, 1)) + std::string(kEllipsis) + to.substr(at);
  }
  if (destination.channel == NoticeChannel::kSms)
    return std::string(kEllipsis) + to.substr(to.size() - std::min<size_t>(2, to.size()));
  return to;
}

std::string FormatNoticeId(const NoticeId& id) { return HexEncode(View(id)); }

Result<NoticeId> ParseNoticeId(std::string_view text) {
  const Result<Bytes> bytes = HexDecode(text);
  NoticeId id{};
  if (!bytes.ok() || bytes->size() != id.size()) {
    return Status(Reason::kInvalidArgument, "a notice's id has 32 hexadecimal digits");
  }
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

Bytes OutboxItem::Encode() const {
  Bytes out;
  ByteWriter writer(out);
  writer.U8(kFormatVersion);
  writer.Raw(View(id));
  writer.U8(static_cast<uint8_t>(state));
  writer.U8(static_cast<uint8_t>(to.channel));
  writer.Prefixed(to.to);
  writer.Prefixed(kind);
  writer.U8(static_cast<uint8_t>(language));
  writer.Varint(parameters.size());
  for (const auto& [name, value] : parameters) {
    writer.Prefixed(name);
    writer.Prefixed(value);
  }
  writer.U64(static_cast<uint64_t>(created_at));
  writer.U64(static_cast<uint64_t>(expires_at));
  writer.U64(static_cast<uint64_t>(due_at));
  writer.U32(attempts);
  writer.Prefixed(last_failure);
  return out;
}

Result<OutboxItem> OutboxItem::Decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kFormatVersion) return Status(Reason::kDataCorrupt, "a queued notice is of an unknown format");
  OutboxItem item;
  const ByteView id = reader.Raw(item.id.size());
  std::copy(id.begin(), id.end(), item.id.begin());
  item.state = static_cast<State>(reader.U8());
  item.to.channel = static_cast<NoticeChannel>(reader.U8());
  item.to.to = std::string(reader.Prefixed());
  item.kind = std::string(reader.Prefixed());
  item.language = static_cast<Language>(reader.U8());
  for (uint64_t left = reader.Varint(); left > 0 && !reader.failed(); --left) {
    std::string name(reader.Prefixed());
    item.parameters.emplace_back(std::move(name), reader.Prefixed());
  }
  item.created_at = static_cast<UnixMillis>(reader.U64());
  item.expires_at = static_cast<UnixMillis>(reader.U64());
  item.due_at = static_cast<UnixMillis>(reader.U64());
  item.attempts = reader.U32();
  item.last_failure = std::string(reader.Prefixed());
  RETURN_IF_ERROR(reader.Finish("a queued notice"));
  const bool known = (item.state == State::kWaiting || item.state == State::kDead) && !NameOf(item.language).empty() &&
                     !NameOf(item.to.channel).empty();
  if (!known) return Status(Reason::kDataCorrupt, "a queued notice holds an impossible value");
  return item;
}

}  // namespace strongroom
