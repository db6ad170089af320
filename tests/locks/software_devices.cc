#include "tests/locks/software_devices.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace strongroom {
namespace {

// A socket bound to this port of the loopback, or to any free one; -1 when it is taken.
int Bind(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

int PortOf(int fd) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// The first of two neighbouring free ports: the way to swtpm takes the second for granted.
int TwoFreePorts() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int first = Bind(0);
    const int port = PortOf(first);
    const int second = port < 65535 ? Bind(port + 1) : -1;
    close(first);
    if (second < 0) continue;
    close(second);
    return port;
  }
  return 0;
}

}  // namespace

SoftToken::SoftToken() {
  const std::string tokens = directory_.Path("tokens");
  std::filesystem::create_directory(tokens);
  std::ofstream(directory_.Path("softhsm2.conf"))
      << "directories.tokendir = " << tokens << "\nobjectstore.backend = file\n";
  const auto made = RunProgram(
      {"softhsm2-util", "--init-token", "--free", "--label", "strongroom", "--so-pin", "13579135", "--pin", kPin},
      {environment()});
  EXPECT_TRUE(made.ok() && made->exit_code == 0) << "softhsm2-util: " << (made.ok() ? made->err : "");
}

void SoftToken::PlugIn() const { setenv("SOFTHSM2_CONF", directory_.Path("softhsm2.conf").c_str(), 1); }

LockConfig SoftToken::Config() {
  LockConfig config;
  config.pkcs11_module = kModule;
  config.pkcs11_token = "strongroom";
  return config;
}

SoftTpm::SoftTpm() : port_(TwoFreePorts()) {
  const auto at = [](int port) { return "type=tcp,bindaddr=127.0.0.1,port=" + std::to_string(port); };
  auto started = ChildProcess::Start({"swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + directory_.path(), "--server",
                                      at(port_), "--ctrl", at(port_ + 1), "--flags", "not-need-init,startup-clear"},
                                     directory_.Path("out"), directory_.Path("err"));
  EXPECT_TRUE(started.ok());
  if (!started.ok()) return;
  process_ = std::move(*started);
  constexpr int kPolls = 1'000;
  for (int poll = 0; poll < kPolls && process_->Running(); ++poll) {
    const int taken = Bind(port_ + 1);
    if (taken < 0) return;
    close(taken);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "swtpm does not listen; is the package swtpm installed?";
}

LockConfig SoftTpm::Config() const {
  LockConfig config;
  config.tpm_tcti = "swtpm:host=127.0.0.1,port=" + std::to_string(port_);
  return config;
}

}  // namespace strongroom
