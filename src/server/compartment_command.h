// `strongroom compartment add`: the command around server/add_compartment.h.
#pragma once

#include "cli/cli.h"

namespace strongroom {

void AddCompartmentCommand(CommandLine& line);

}  // namespace strongroom
