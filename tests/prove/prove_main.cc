// strongroom_prove [--short]: plays the threat model against a live vault made for it, and prints exactly what each
// attacker obtained.  Ends with 0 when every claim held.
#include <cstdio>
#include <string_view>

#include "stage.h"

int main(int argc, char** argv) {
  const bool is_short = argc == 2 && std::string_view(argv[1]) == "--short";
  if (argc > 2 || (argc == 2 && !is_short)) {
    std::fputs("usage: strongroom_prove [--short]\n", stderr);
    return 2;
  }
  constexpr size_t kFewPeople = 24;
  constexpr size_t kPeople = 200;
  std::printf("Making a vault and filling it through the server ...\n");
  std::fflush(stdout);
  auto made = strongroom::Stage::Make(is_short ? kFewPeople : kPeople);
  if (!made.ok()) {
    std::fprintf(stderr, "strongroom_prove: %s\n", made.status().ToString().c_str());
    return 1;
  }
  strongroom::Stage& stage = **made;
  strongroom::PlayStolenKey(stage);
  strongroom::PlayBribedAgent(stage);
  strongroom::PlayAdministrator(stage);
  strongroom::PlayStolenPassword(stage);
  strongroom::PlayStolenDisk(stage);
  strongroom::PlayStoreAccess(stage);
  strongroom::PlayLogForger(stage);
  strongroom::PlayOneCompartment(stage);
  std::printf("\n%s\n", stage.broken() == 0 ? "Every claim held." : "CLAIMS WERE BROKEN: see above.");
  return stage.broken() == 0 ? 0 : 1;
}
