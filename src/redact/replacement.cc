#include "redact/replacement.h"

#include <algorithm>
#include <array>

#include "redact/marks.h"
#include "redact/text.h"

namespace strongroom::redact {
namespace {

using detect::Finding;
using detect::Kind;

constexpr std::array<std::string_view, 6> kModeNames = {"block", "mask", "label", "numbered", "surrogate", "token"};
// Distinct values that get a number of their own; the label of any more is without one.  Bounds the memory.
constexpr size_t kMostNumbers = 1'000'000;

// `keep` characters at the end, when all of them are ASCII letters or digits.
std::string_view LastCharacters(std::string_view value, size_t keep) {
  if (value.size() < keep) return {};
  const std::string_view last = value.substr(value.size() - keep);
  return std::all_of(last.begin(), last.end(), IsAlnum) ? last : std::string_view();
}

// The last characters of a number, none of a short one.
void MaskNumber(std::string_view value, size_t most, std::string& out) {
  const auto count = static_cast<size_t>(std::count_if(value.begin(), value.end(), IsAlnum));
  out += kMaskMark;
  // Separators inside the last four would leave a mark that is not recognised: then fewer stay.
  std::string_view last = LastCharacters(value, count >= 9 ? most : count >= 7 ? 2 : 0);
  if (last.empty() && count >= 9) last = LastCharacters(value, 2);
  out += last;
}

// "Anna Lind" is "A••• L•••", "王小明" is "王•••".
void MaskWords(std::string_view value, std::string& out) {
  for (size_t at = 0; at < value.size();) {
    const CodePoint first = CodePointAt(value.substr(at));
    if (IsBlank(first.value)) {
      out.append(value.substr(at, first.size));
      at += first.size;
      continue;
    }
    size_t end = at + first.size;
    while (end < value.size() && !IsBlank(CodePointAt(value.substr(end)).value)) {
      end += CodePointAt(value.substr(end)).size;
    }
    const bool letter = IsWordCharacter(first.value) && !(first.value < 0x80 && IsDigit(value[at]));
    if (letter && end > at + first.size) out.append(value.substr(at, first.size));
    out += kMaskMark;
    at = end;
  }
}

std::string_view FirstLetter(std::string_view text) {
  if (text.size() < 3) return {};
  const CodePoint first = CodePointAt(text);
  return IsWordCharacter(first.value) ? text.substr(0, first.size) : std::string_view();
}

void MaskEmail(std::string_view value, std::string& out) {
  const size_t at = value.rfind('@');
  const size_t dot = value.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) {
    out += kMaskMark;
    return;
  }
  out.append(FirstLetter(value.substr(0, at))).append(kMaskMark).append("@");
  out.append(FirstLetter(value.substr(at + 1, dot - at - 1))).append(kMaskMark);
  const std::string_view top = value.substr(dot + 1);
  if (top.size() >= 2 && top.size() <= 24 && std::all_of(top.begin(), top.end(), IsLetter))
    out.append(value.substr(dot));
}

// Whether a domain's last part stands behind the dots that an address's mask ends in: it would be read as the mask's
// own.
bool GoesOnAsDomain(std::string_view mask, std::string_view behind) {
  return mask.ends_with(kMaskMark) && behind.size() > 1 && behind[0] == '.' && IsLetter(behind[1]);
}

}  // namespace

std::string_view NameOf(Mode mode) { return kModeNames[static_cast<size_t>(mode)]; }

std::optional<Mode> ModeOf(std::string_view name) {
  const auto* found = std::find(kModeNames.begin(), kModeNames.end(), name);
  if (found == kModeNames.end()) return std::nullopt;
  return static_cast<Mode>(found - kModeNames.begin());
}

void AppendBlocks(std::string_view value, std::string& out) {
  bool any = false;
  for (size_t at = 0; at < value.size();) {
    const CodePoint c = CodePointAt(value.substr(at));
    if (IsBlank(c.value)) {
      out.append(value.substr(at, c.size));
    } else if (!IsUnseen(c.value)) {
      out += kBlockMark;
      any = true;
    }
    at += c.size;
  }
  if (!any) out += kBlockMark;
}

void AppendMask(Kind kind, std::string_view value, bool glued, std::string& out) {
  if (glued) {
    out += kGluedMask;
    return;
  }
  switch (kind) {
    case Kind::kPerson:
    case Kind::kStreetAddress:
    case Kind::kLocation:
    case Kind::kOrganization:
      return MaskWords(value, out);
    case Kind::kEmail:
      return MaskEmail(value, out);
    case Kind::kIban:
      if (value.size() > 2 && IsUpper(value[0]) && IsUpper(value[1])) out.append(value.substr(0, 2));
      return MaskNumber(value, 4, out);
    case Kind::kCreditCard:
    case Kind::kPhone:
    case Kind::kUsSsn:
      return MaskNumber(value, 4, out);
    case Kind::kNationalId:
      return MaskNumber(value, 2, out);
    case Kind::kDate:
    case Kind::kDateOfBirth:
    case Kind::kAge:
    case Kind::kUrl:
    case Kind::kIpAddress:
    case Kind::kMacAddress:
    case Kind::kSecret:
      out += kMaskMark;
      return;
  }
}

bool IsGlued(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && Sticks(CodePointAt(text.substr(CodePointBefore(text, begin))).value)) return true;
  return end < text.size() && Sticks(CodePointAt(text.substr(end)).value);
}

void AppendLabel(Kind kind, std::string& out) { out.append("[").append(detect::NameOf(kind)).append("]"); }

Status Replacer::AppendNumbered(const Finding& finding, std::string_view value, std::string& out) {
  if (stand_ins_ == nullptr) return Status(Reason::kInternal, "Labels cannot be numbered without a key.");
  const uint64_t value_hash = stand_ins_->HashOf(finding.kind, value);
  auto known = numbers_.find(value_hash);
  if (known == numbers_.end() && numbers_.size() < kMostNumbers) {
    known = numbers_.emplace(value_hash, ++next_number_[static_cast<size_t>(finding.kind)]).first;
  }
  AppendLabel(finding.kind, out);
  if (known == numbers_.end()) return Status::Ok();
  out.pop_back();
  out.append("_").append(std::to_string(known->second)).append("]");
  return Status::Ok();
}

Status Replacer::AppendToken(const Finding& finding, std::string_view value, std::string& out) {
  if (tokenizer_ == nullptr) return Status(Reason::kInternal, "There is no vault to ask for tokens.");
  ASSIGN_OR_RETURN(const std::string token, tokenizer_->Tokenize(finding, value));
  const auto fits = [](char c) { return IsAlnum(c) || c == '-' || c == '_'; };
  if (token.empty() || token.size() > 60 || !std::all_of(token.begin(), token.end(), fits)) {
    return Status(Reason::kInternal, "A token has another form than expected.");
  }
  out.append("[").append(detect::NameOf(finding.kind)).append(" ").append(token).append("]");
  return Status::Ok();
}

Status Replacer::Append(const Finding& finding, std::string_view text, std::string& out) {
  const std::string_view value = text.substr(finding.begin, finding.end - finding.begin);
  switch (mode_) {
    case Mode::kBlock:
      AppendBlocks(value, out);
      return Status::Ok();
    case Mode::kMask: {
      const size_t before = out.size();
      AppendMask(finding.kind, value, IsGlued(text, finding.begin, finding.end), out);
      if (finding.kind == Kind::kEmail &&
          GoesOnAsDomain(std::string_view(out).substr(before), text.substr(finding.end))) {
        out.resize(before);
        out += kGluedMask;
      }
      return Status::Ok();
    }
    case Mode::kLabel:
      AppendLabel(finding.kind, out);
      return Status::Ok();
    case Mode::kNumberedLabel:
      return AppendNumbered(finding, value, out);
    case Mode::kStandIn:
      if (stand_ins_ == nullptr) return Status(Reason::kInternal, "Stand-ins need a key.");
      stand_ins_->Append(finding.kind, value, out);
      return Status::Ok();
    case Mode::kToken:
      return AppendToken(finding, value, out);
  }
  return Status(Reason::kInternal, "unknown mode");
}

}  // namespace strongroom::redact
