// An older copy of a vault's schemas, put back: what tests do to the directories of a vault that lies in files.
#pragma once

#include <string>

namespace strongroom {

// What the owner of the database does to a place's stores while nobody has them open: a copy of them all (one a place,
// the newest), that copy put back on one side, a side taken away.  `side`: "data" or "keys".  Precondition and ends as
// NewTestPlace.
void CopyTestPlace(const std::string& schema_begin);
void PutBackTestPlace(const std::string& schema_begin, const std::string& side);
void RemoveTestPlace(const std::string& schema_begin, const std::string& side);

}  // namespace strongroom
