// HousePeople: People over accounts (staff_directory.h) and, until there are any, over keys made for people.
#pragma once

#include "access/api_keys.h"
#include "access/people.h"
#include "access/staff_directory.h"
#include "base/clock.h"

namespace strongroom {

// Any thread.
class HousePeople : public People {
 public:
  // All must outlive this.
  HousePeople(StaffDirectory& directory, const ApiKeys& keys, const Clock& clock)
      : directory_(directory), keys_(keys), clock_(clock) {}

  std::optional<Person> Find(PrincipalId id) const override;
  std::vector<Person> All() const override;
  Status Lock(PrincipalId id, const std::string& why) override;
  Status Unlock(PrincipalId id, const Caller& by) override;

 private:
  Person PersonOf(const StaffMember& member) const;
  Person PersonOf(const ApiKeyInfo& info) const;

  StaffDirectory& directory_;
  const ApiKeys& keys_;
  const Clock& clock_;
};

}  // namespace strongroom
