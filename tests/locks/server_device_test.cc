// The real binary with a lock in hardware: made, served, unlocked by PIN, and alive whatever the module does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/json_writer.h"
#include "server/testing/test_place.h"
#include "server_process.h"
#include "tests/locks/software_devices.h"

namespace strongroom {
namespace {

using testing::HasSubstr;

class ServerDeviceTest : public testing::Test {
 protected:
  ServerDeviceTest() {
    vault_.config.data_dir = directory_.Path("data");
    PutIntoTestEngine(vault_.config);
    vault_.config_file = directory_.Path("strongroom.toml");
    std::ofstream(directory_.Path("pin")) << SoftToken::kPin << "\n";
  }
  void Configure(const std::string& lock) {
    std::ofstream(vault_.config_file, std::ios::trunc)
        << "data_dir = \"" << vault_.config.data_dir << "\"\nport = 0\ndata_store = \"" << vault_.config.data_store
        << "\"\nkey_store = \"" << vault_.config.key_store << "\"\nstore_schema = \"" << vault_.config.store_schema
        << "\"\n[lock]\n"
        << lock;
  }
  static std::string Pkcs11(const std::string& module, const std::string& more = {}) {
    return "pkcs11_module = \"" + module + "\"\npkcs11_token = \"strongroom\"\ndevice_timeout_seconds = 3\n" + more;
  }
  ProgramOutput Init(const std::vector<std::string>& lock) {
    std::vector<std::string> arguments = {LOCKS_SERVER, "init", "--config", vault_.config_file};
    arguments.insert(arguments.end(), lock.begin(), lock.end());
    return *RunProgram(arguments, {token_.environment()});
  }
  void Serve() {
    server_.reset();
    auto started = ServerProcess::Start(LOCKS_SERVER, vault_, directory_.path(), {token_.environment()});
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = std::move(*started);
  }
  Reason Unlock(const std::string& pin) {
    vault_.passphrase = pin;
    return server_->Unlock(vault_).reason();
  }
  bool Locked() {
    const auto status = server_->MakeClient("")->Call("GET", "/v1/status");
    EXPECT_TRUE(status.ok()) << "the server does not live";
    return status.ok() && status->body.find("\"locked\":true") != Bytes::npos;
  }

  TempDir directory_;
  SoftToken token_;
  MadeVault vault_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ServerDeviceTest, OpensWithThePinAndLivesWhateverTheModuleDoes) {
  Configure(Pkcs11(SoftToken::kModule));
  const ProgramOutput made = Init({"--lock", "pkcs11", "--passphrase-file", directory_.Path("pin")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  Serve();
  EXPECT_TRUE(Locked());
  EXPECT_EQ(Unlock("000000"), Reason::kUnlockFailed);
  EXPECT_TRUE(Locked());
  EXPECT_EQ(Unlock(SoftToken::kPin), Reason::kOk);
  EXPECT_FALSE(Locked());
  for (const char* const module : {ABORTING_MODULE, HANGING_MODULE, CHATTERING_MODULE, "/nowhere/module.so"}) {
    Configure(Pkcs11(module));
    Serve();
    EXPECT_EQ(Unlock(SoftToken::kPin), kLockDeviceFailed) << module;
    EXPECT_TRUE(Locked()) << module;
  }
}

TEST_F(ServerDeviceTest, APinFileOpensItAtTheStartAndAWrongOneIsTriedOnce) {
  Configure(Pkcs11(SoftToken::kModule, "pin_file = \"" + directory_.Path("pin") + "\"\n"));
  ASSERT_EQ(Init({"--lock", "pkcs11", "--passphrase-file", directory_.Path("pin")}).exit_code, 0);
  Serve();
  EXPECT_FALSE(Locked());
  std::ofstream(directory_.Path("pin"), std::ios::trunc) << "000000\n";
  Serve();
  EXPECT_TRUE(Locked());
  EXPECT_EQ(Unlock(SoftToken::kPin), Reason::kOk);
}

TEST_F(ServerDeviceTest, ATpmWithoutAPinStartsWithoutPeopleAndInitSaysWhatThatMeans) {
  const SoftTpm tpm;
  Configure("tpm_tcti = \"" + tpm.Config().tpm_tcti + "\"\n");
  const ProgramOutput made = Init({"--lock", "tpm"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("does not survive theft of the machine"));
  Serve();
  EXPECT_FALSE(Locked());
  const SoftTpm another;
  Configure("tpm_tcti = \"" + another.Config().tpm_tcti + "\"\n");
  Serve();
  EXPECT_TRUE(Locked());
}

}  // namespace
}  // namespace strongroom
