// The tests' program is also what the product's is: the process that speaks to a device.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string_view>

#include "locks/device_child.h"
#include "locks/device_process.h"
#include "tests/locks/probe.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == strongroom::kLockDeviceArgument) _exit(strongroom::RunLockDevice());
  if (argc == 6 && std::string_view(argv[1]) == strongroom::kProbeArgument) _exit(strongroom::RunProbe(argv + 2));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
