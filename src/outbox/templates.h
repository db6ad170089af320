// The words of notices: data, one template per kind, in English, Swedish and Chinese (templates_data.cc).
//
// The subject of a mail is fixed text: it takes no parameter, so that nothing personal can ever stand in one.  `text`
// is what goes everywhere; `advice` is added in mail, where there is room.  Parameters stand as {name}.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "outbox/notice.h"

namespace strongroom {

enum class ParameterType : uint8_t {
  kWord,     // of our own vocabulary: [a-z0-9._-], at most 64; no five digits in a row
  kNumber,   // at most 9 digits
  kTime,     // as FormatTime writes it; shown as "2026-11-22 06:05 UTC"
  kNetwork,  // an IP address or network
  kLabel,    // what a colleague or a device is called: at most 64 bytes of text, no '@', no five digits in a row
  kCode,     // a one-time code: 4 to 12 digits or capital letters.  A secret: goes to SMS alone
  kLink,     // https://…, at most 300 bytes, no '@'.  May hold a secret: goes to mail alone
  kNote,     // a checkpoint of a log, a signed note of at most 2,048 bytes: too long for SMS
};

// Of a syslog message (RFC 5424 section 6.2.1): how loud it is.
enum class Severity : uint8_t { kAlert = 1, kWarning = 4, kNotice = 5, kInformational = 6 };

struct TemplateParameter {
  std::string_view name;
  ParameterType type = ParameterType::kWord;
};

struct TemplateText {
  std::string_view subject;
  std::string_view text;
  std::string_view advice;
};

struct NoticeTemplate {
  static constexpr size_t kMaxParameters = 4;
  std::string_view kind;
  Severity severity = Severity::kNotice;
  TemplateParameter parameters[kMaxParameters];  // up to the first without a name
  TemplateText texts[3];                         // in the order of Language
};

std::span<const NoticeTemplate> AllTemplates();
const NoticeTemplate* FindTemplate(std::string_view kind);  // null when there is none

// kInvalidArgument: no such kind, a parameter missing, twice, unknown or not of its type, or a channel the kind must
// not take.  The message names the parameter and never its value.
Status CheckNotice(const Notice& notice);

struct NoticeWords {
  std::string subject;
  std::string text;
  std::string advice;
};

// Precondition: CheckNotice() of the notice the item was made of.  A template that has changed since shows parameters
// it does not find as "?".
NoticeWords Render(const NoticeTemplate& words, Language language, const NoticeParameters& parameters);

}  // namespace strongroom
