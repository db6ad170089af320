#include "server/compartment_command.h"

#include <memory>

#include "server/add_compartment.h"
#include "server/ask_root_key.h"

namespace strongroom {
namespace {

struct CompartmentOptions {
  std::string config;
  std::string data;
  std::string name;
  std::string passphrase_file;
};

Result<ExitCode> Add(Session& session, const CompartmentOptions& options) {
  ASSIGN_OR_RETURN(ServerConfig config, LoadConfig(options.config));
  if (!options.data.empty()) config.data_dir = options.data;
  SystemClock clock;
  SystemRandom random;
  RETURN_IF_ERROR(CheckCompartmentName(options.name));
  ASSIGN_OR_RETURN(const std::unique_ptr<VaultFiles> files, VaultFiles::Open(config, false));
  ASSIGN_OR_RETURN(const SecretBytes root_key,
                   AskRootKey(session, config, options.passphrase_file, *files->office().keys));
  RETURN_IF_ERROR(AddCompartment(*files, root_key, options.name, clock, random));
  session.PrintLine("The vault has a compartment '" + options.name +
                    "' now. Start the server; make a backup of data and keys soon: no copy made before knows it.");
  return ExitCode::kOk;
}

}  // namespace

void AddCompartmentCommand(CommandLine& line) {
  auto options = std::make_shared<CompartmentOptions>();
  line.Group("compartment", "Groups of customers with stores and keys of their own");
  line.Add("compartment add", "Give a vault another compartment, while no server runs")
      .Positional("NAME", options->name, "a group of customers with keys and stores of its own")
      .Text("--config", options->config, "FILE", "the configuration")
      .Text("--vault", options->data, "DIR", "the vault's directory; overrides the configuration")
      .Text("--passphrase-file", options->passphrase_file, "FILE",
            "read what opens the vault from FILE instead of asking: the passphrase, or a share a line")
      .Note("Of several servers over one vault all must have stopped.")
      .Example("strongroom compartment add north --config /etc/strongroom/strongroom.toml")
      .Run([options](Session& session) { return Add(session, *options); });
}

}  // namespace strongroom
