#include "access/messenger.h"

#include <algorithm>
#include <map>

#include "outbox/outbox.h"

namespace strongroom {
namespace {

constexpr size_t kMaxLabelBytes = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// As templates.h asks of a label; a name that could be an address or a number is not repeated.
bool MayBeLabel(std::string_view name) {
  size_t run = 0;
  for (const char c : name) {
    run = IsDigit(c) ? run + 1 : 0;
    if (run >= 5 || c == '@' || static_cast<uint8_t>(c) < 0x20 || c == 0x7f) return false;
  }
  return !name.empty() && name.size() <= kMaxLabelBytes;
}

}  // namespace

std::string Messenger::LabelOf(const std::optional<Person>& person) {
  return person.has_value() && MayBeLabel(person->name) ? person->name : "?";
}

std::vector<Person> Messenger::ThoseWhoCould(const PolicySet& policy, const PolicyQuestion& question,
                                             const IpAddress& address, PrincipalId but_not) const {
  std::vector<Person> all = people_.All();
  std::erase_if(all, [&](const Person& person) {
    return person.id == but_not || !person.active || !CouldAsk(policy, AtTheirBest(person, address), question);
  });
  return all;
}

Status Messenger::Tell(SealedBatch& batch, std::string_view kind, const std::vector<Person>& people, bool to_house,
                       const MessageParameters& parameters) const {
  if (outbox_ == nullptr) return Status::Ok();
  std::map<Language, std::vector<Destination>> by_language;
  for (const Person& person : people) {
    const Destination to{NoticeChannel::kMail, person.email};
    if (person.email.empty() || !outbox_->Knows(to).ok()) continue;
    by_language[LanguageFromName(person.language).value_or(Language::kEnglish)].push_back(to);
  }
  Notice notice;
  notice.kind = std::string(kind);
  notice.parameters = parameters;
  for (auto& [language, destinations] : by_language) {
    notice.language = language;
    notice.to = std::move(destinations);
    RETURN_IF_ERROR(outbox_->Put(batch, notice));
  }
  if (!to_house) return Status::Ok();
  notice.language = Language::kEnglish;
  notice.to.clear();
  notice.to_house = true;
  return outbox_->Put(batch, notice);
}

}  // namespace strongroom
