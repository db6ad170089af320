// Messenger: tells people what the safeguards do, through the outbox.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/people.h"
#include "base/clock.h"
#include "keys/sealed_batch.h"

namespace strongroom {

class Outbox;
using MessageParameters = std::vector<std::pair<std::string, std::string>>;  // as outbox/notice.h

// Any thread.
class Messenger {
 public:
  // Until Use() nobody can be told.  `people` must outlive this.
  explicit Messenger(const People& people) : people_(people) {}
  // Before the first request; must outlive the last.
  void Use(Outbox* outbox) { outbox_ = outbox; }

  // Adds a notice (outbox/templates.h) to a batch of the office: told if, and only if, it is written.  Mail to each of
  // these people who has an address the configuration knows a way to; and to the house, if asked.  kOutboxFull.
  Status Tell(SealedBatch& batch, std::string_view kind, const std::vector<Person>& people, bool to_house,
              const MessageParameters& parameters) const;
  // The people for whom policy does not refuse `question` outright, without `but_not`.
  std::vector<Person> ThoseWhoCould(const PolicySet& policy, const PolicyQuestion& question, const IpAddress& address,
                                    PrincipalId but_not) const;
  // What a person may be called in a notice.
  static std::string LabelOf(const std::optional<Person>& person);

 private:
  Outbox* outbox_ = nullptr;
  const People& people_;
};

}  // namespace strongroom
