#include "outbox/templates.h"

#include <algorithm>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "base/encoding.h"
#include "policy/principal.h"

namespace strongroom {
namespace {

constexpr size_t kMaxWordBytes = 64;
constexpr size_t kMaxNumberDigits = 9;
constexpr size_t kMaxNoteBytes = 2048;
constexpr size_t kMaxLinkBytes = 300;
constexpr size_t kTooManyDigits = 5;  // in a row: the beginning of a number that means somebody

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Account, card, phone and identity numbers have longer runs than any name of a device or colleague needs.
bool HasLongNumber(std::string_view text) {
  size_t run = 0;
  for (const char c : text) {
    run = IsDigit(c) ? run + 1 : 0;
    if (run >= kTooManyDigits) return true;
  }
  return false;
}

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kMaxWordBytes && !HasLongNumber(text) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNumberDigits && std::all_of(text.begin(), text.end(), IsDigit);
}

// "2026-11-22T06:05:53.123Z", or without the milliseconds.
bool IsTime(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() <= kShape.size() || text.back() != 'Z') return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !IsDigit(text[i]) : text[i] != kShape[i]) return false;
  }
  text = text.substr(kShape.size(), text.size() - kShape.size() - 1);
  return text.empty() || (text.size() == 4 && text[0] == '.' && std::all_of(text.begin() + 1, text.end(), IsDigit));
}

bool IsNetwork(std::string_view text) {
  return IpAddress::Parse(text).has_value() || IpNetwork::Parse(text).has_value();
}

bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxWordBytes && IsValidUtf8(text) && !HasLongNumber(text) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<uint8_t>(c) >= 0x20 && c != 0x7f && c != '@' && c != '{' && c != '}';
         });
}

bool IsCode(std::string_view text) {
  return text.size() >= 4 && text.size() <= 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z'); });
}

bool IsLink(std::string_view text) {
  return text.starts_with("https://") && text.size() <= kMaxLinkBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > 0x20 && c < 0x7f && std::string_view("@{}<>\"\\^`|").find(c) == std::string_view::npos;
         });
}

// Nothing is verified: whoever gets it does that, with a key of their own.
bool IsCheckpointNote(std::string_view text) {
  if (text.size() > kMaxNoteBytes) return false;
  const Result<NoteParts> parts = SplitNote(text);
  return parts.ok() && ParseCheckpoint(parts->text).ok();
}

bool Fits(ParameterType type, std::string_view text) {
  switch (type) {
    case ParameterType::kWord:
      return IsWord(text);
    case ParameterType::kNumber:
      return IsNumber(text);
    case ParameterType::kTime:
      return IsTime(text);
    case ParameterType::kNetwork:
      return IsNetwork(text);
    case ParameterType::kLabel:
      return IsLabel(text);
    case ParameterType::kCode:
      return IsCode(text);
    case ParameterType::kLink:
      return IsLink(text);
    case ParameterType::kNote:
      return IsCheckpointNote(text);
  }
  return false;
}

// Codes and links are secrets: nothing keeps copies of them but the phone or mailbox of whom they are for.
bool MayTake(ParameterType type, NoticeChannel channel) {
  if (type == ParameterType::kCode) return channel == NoticeChannel::kSms;
  if (type == ParameterType::kLink) return channel == NoticeChannel::kMail;
  if (type == ParameterType::kNote) return channel != NoticeChannel::kSms;
  return true;
}

std::span<const TemplateParameter> ParametersOf(const NoticeTemplate& words) {
  size_t count = 0;
  while (count < NoticeTemplate::kMaxParameters && !words.parameters[count].name.empty()) ++count;
  return {words.parameters, count};
}

std::string Shown(ParameterType type, const std::string& value) {
  if (type != ParameterType::kTime) return value;
  return value.substr(0, 10) + " " + value.substr(11, 5) + " UTC";
}

// Each {name} replaced; a value is never looked at again, so that it cannot name another.
std::string Fill(std::string_view text, const NoticeTemplate& words, const NoticeParameters& parameters) {
  std::string filled;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    filled += text.substr(0, open);
    text.remove_prefix(open);
    const size_t close = text.find('}');
    if (text.empty() || close == std::string_view::npos) break;
    const std::string_view name = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    const auto given =
        std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.first == name; });
    const auto known = ParametersOf(words);
    const auto declared = std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.name == name; });
    const bool found = given != parameters.end() && declared != known.end() && Fits(declared->type, given->second);
    filled += found ? Shown(declared->type, given->second) : "?";
  }
  return filled;
}

Status Refused(std::string what) { return Status(Reason::kInvalidArgument, std::move(what)); }

Status CheckChannels(const Notice& notice, const NoticeTemplate& words) {
  for (const TemplateParameter& parameter : ParametersOf(words)) {
    const bool may = std::all_of(notice.to.begin(), notice.to.end(),
                                 [&](const Destination& to) { return MayTake(parameter.type, to.channel); });
    const bool everywhere = MayTake(parameter.type, NoticeChannel::kWebhook);
    if (!may || (notice.to_house && !everywhere)) {
      return Refused("a notice '" + notice.kind + "' holds a secret and must not go this way");
    }
  }
  for (const Destination& to : notice.to) RETURN_IF_ERROR(CheckDestination(to));
  return Status::Ok();
}

}  // namespace

const NoticeTemplate* FindTemplate(std::string_view kind) {
  for (const NoticeTemplate& words : AllTemplates()) {
    if (words.kind == kind) return &words;
  }
  return nullptr;
}

Status CheckNotice(const Notice& notice) {
  const NoticeTemplate* words = FindTemplate(notice.kind);
  if (words == nullptr) return Refused("there is no notice of this kind");
  if (NameOf(notice.language).empty()) return Refused("there is no such language");
  for (const TemplateParameter& parameter : ParametersOf(*words)) {
    const auto named = [&](const auto& one) { return one.first == parameter.name; };
    const auto given = std::find_if(notice.parameters.begin(), notice.parameters.end(), named);
    if (given == notice.parameters.end() || !Fits(parameter.type, given->second)) {
      return Refused("a notice '" + notice.kind + "' needs its parameter '" + std::string(parameter.name) +
                     "', of the type its template says");
    }
  }
  if (notice.parameters.size() != ParametersOf(*words).size()) {
    return Refused("a notice '" + notice.kind + "' has a parameter its template does not know, or one twice");
  }
  return CheckChannels(notice, *words);
}

NoticeWords Render(const NoticeTemplate& words, Language language, const NoticeParameters& parameters) {
  const size_t index = NameOf(language).empty() ? 0 : static_cast<size_t>(language) - 1;
  const TemplateText& text = words.texts[index];
  return {std::string(text.subject), Fill(text.text, words, parameters), Fill(text.advice, words, parameters)};
}

}  // namespace strongroom
