// The commands of this layer, by noun.  Each function adds its noun's verbs; the options of a verb live as long as its
// run function.
#pragma once

#include "cli/cli.h"

namespace strongroom {

void AddOperationsCommands(CommandLine& line, const CliHooks& hooks);  // status unlock lock doctor fsck
void AddCatalogueCommands(CommandLine& line);
void AddCustomerCommands(CommandLine& line);
void AddFileCommands(CommandLine& line);  // customer file
void AddTokenCommands(CommandLine& line);
void AddImportCommand(CommandLine& line);
void AddExportCommand(CommandLine& line);
void AddAuditCommands(CommandLine& line);
void AddKeyCommands(CommandLine& line);
void AddLoginCommands(CommandLine& line);  // login logout whoami confirm
void AddPolicyCommands(CommandLine& line);
void AddStaffCommands(CommandLine& line);
void AddRegisterCommands(CommandLine& line);
void AddReviewCommands(CommandLine& line);  // review score access
void AddBreachCommands(CommandLine& line);
void AddDeviceCommands(CommandLine& line);
void AddOutboxCommands(CommandLine& line);
void AddShareCommands(CommandLine& line);  // share acknowledge; below lock
void AddEpochCommands(CommandLine& line);
void AddErasureCommands(CommandLine& line);
void AddApprovalCommands(CommandLine& line);  // approval budget
void AddDetectCommand(CommandLine& line);
void AddRedactCommand(CommandLine& line);
void AddScanCommands(CommandLine& line);

}  // namespace strongroom
