// The API's JSON forms of people who sign in.
#pragma once

#include <vector>

#include "access/staff_service.h"
#include "base/json.h"
#include "base/json_writer.h"

namespace strongroom {

// {"name", "display_name"?, "email"?, "phone"?, "language"?, "roles": [{"role", "until"?}], "purposes"?, "networks"?}.
// Strict; what is within the members is checked by Staff.
Result<StaffInvitation> StaffInvitationFromJson(const JsonValue& json);
// The member "roles", as above.
Result<std::vector<RoleGrant>> RoleGrantsFromJson(const JsonValue& json);
Result<std::vector<std::string>> PurposesFromJson(const JsonValue& json);
// {"register", "version", "valid_until"?}
Result<RegisterMark> RegisterMarkFromJson(const JsonValue& json);

// Nothing of what signs the person in.
void AppendStaffJson(JsonWriter& json, const StaffMember& member);
// With the code, for the one time it is shown.
void AppendInvitedJson(JsonWriter& json, const Invited& invited);

}  // namespace strongroom
