// A compartment that a vault gets later in its life.
#pragma once

#include <string>

#include "base/clock.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "server/vault_files.h"

namespace strongroom {

// A vault's compartments, those it began with included: each has a range of buckets, from which its customers' codes
// are drawn, and the ranges of so many are laid out.
inline constexpr size_t kMostCompartments = 15;

// kInvalidArgument: 1 to 32 of a-z, 0-9 and '-', and not "office".
Status CheckCompartmentName(const std::string& name);
// That of the compartment after `infos`, with an id of its own.  kInvalidArgument when there are kMostCompartments.
Result<CompartmentInfo> NextCompartment(const std::vector<CompartmentInfo>& infos, const std::string& name,
                                        Random& random);

// Makes the stores and keys of a compartment and puts it last into the office's list, with a log entry.  No server may
// run; whoever serves next opens it like the others.  Where the stores lie is the configuration's to say (data_stores,
// key_stores name it like any other).  kInvalidArgument: the name is not one, is taken, or there is no room for more.
// kAlreadyInitialised: an earlier attempt broke off and left stores of this name.
Status AddCompartment(VaultFiles& files, const SecretBytes& root_key, const std::string& name, const Clock& clock,
                      Random& random);

}  // namespace strongroom
