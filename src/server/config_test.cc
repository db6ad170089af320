// docs/reference/configuration.md lists every setting, with the default it has.
#include "server/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace strongroom {
namespace {

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(STRONGROOM_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Name to default, from the rows "| `name` | takes | default | meaning |".
std::map<std::string, std::string> SettingsOfPage() {
  std::map<std::string, std::string> settings;
  std::istringstream lines(ReadSource("docs/reference/configuration.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(2));
    std::string name;
    std::string takes;
    std::string value;
    std::getline(cells, name, '|');
    std::getline(cells, takes, '|');
    std::getline(cells, value, '|');
    const auto trimmed = [](const std::string& cell) {
      const size_t begin = cell.find_first_not_of(" `");
      return begin == std::string::npos ? std::string() : cell.substr(begin, cell.find_last_not_of(" `") - begin + 1);
    };
    settings[trimmed(name)] = trimmed(value);
  }
  return settings;
}

// From what begins {"name", {Setter(...), "what it takes"}} in config.cc, wherever its lines end.
std::set<std::string> SettingsOfSource() {
  std::set<std::string> names;
  const std::string source = ReadSource("src/server/config.cc");
  const std::regex setting("\\{\"([a-z0-9_.]+)\",\\s*\\{");
  for (std::sregex_iterator found(source.begin(), source.end(), setting), end; found != end; ++found)
    names.insert((*found)[1]);
  return names;
}

TEST(ConfigurationPage, ListsEverySettingAndNoOther) {
  std::set<std::string> listed;
  for (const auto& [name, value] : SettingsOfPage()) listed.insert(name);
  EXPECT_EQ(listed, SettingsOfSource());
  EXPECT_GE(listed.size(), 17u);
}

TEST(ConfigurationPage, ItsDefaultsAreThoseOfTheServer) {
  const std::map<std::string, std::string> page = SettingsOfPage();
  const ServerConfig config;
  EXPECT_EQ(page.at("data_dir"), config.data_dir);
  EXPECT_EQ(page.at("key_dir"), config.key_dir);
  EXPECT_EQ(page.at("data_store"), config.data_store);
  EXPECT_EQ(page.at("key_store"), config.key_store);
  EXPECT_EQ(page.at("data_store_next"), config.data_store_next);
  EXPECT_EQ(page.at("key_store_next"), config.key_store_next);
  EXPECT_TRUE(page.at("data_stores").empty() && config.data_stores.empty());
  EXPECT_TRUE(page.at("key_stores").empty() && config.key_stores.empty());
  EXPECT_TRUE(page.at("data_stores_next").empty() && config.data_stores_next.empty());
  EXPECT_TRUE(page.at("key_stores_next").empty() && config.key_stores_next.empty());
  EXPECT_EQ(page.at("store_schema"), config.store_schema);
  EXPECT_EQ(page.at("address"), config.address);
  EXPECT_EQ(page.at("port"), std::to_string(config.port));
  EXPECT_EQ(page.at("plaintext"), config.plaintext ? "true" : "false");
  EXPECT_EQ(page.at("plaintext_port"), std::to_string(config.plaintext_port));
  EXPECT_EQ(page.at("certificate_file"), config.certificate_file);
  EXPECT_EQ(page.at("key_file"), config.key_file);
  EXPECT_EQ(page.at("breach_filter"), config.breach_filter);
  EXPECT_EQ(page.at("allow_tls12"), config.allow_tls12 ? "true" : "false");
  EXPECT_TRUE(page.at("trusted_proxies").empty());
  EXPECT_EQ(page.at("io_threads"), std::to_string(config.io_threads));
  EXPECT_EQ(page.at("worker_threads"), std::to_string(config.worker_threads));
  EXPECT_EQ(page.at("max_connections"), std::to_string(config.max_connections));
  EXPECT_EQ(page.at("max_body_bytes"), std::to_string(config.max_body_bytes));
  EXPECT_EQ(page.at("requests_per_second"), std::to_string(config.requests_per_second));
  EXPECT_EQ(page.at("block_cache_mebibytes"), std::to_string(config.block_cache_mebibytes));
  EXPECT_EQ(page.at("shutdown_seconds"), std::to_string(config.shutdown_seconds));
  EXPECT_EQ(page.at("log_keep_days"), std::to_string(config.log_keep_days));
  EXPECT_EQ(page.at("log_hold"), config.log_hold ? "true" : "false");
  EXPECT_EQ(page.at("share_acknowledge_days"), std::to_string(config.share_acknowledge_days));
  EXPECT_EQ(page.at("log_export.customers"), config.log_export.customers ? "true" : "false");
  EXPECT_EQ(page.at("outbox.smtp_port"), std::to_string(config.outbox.smtp_port));
  EXPECT_EQ(page.at("outbox.smtp_tls"), config.outbox.smtp_tls);
  EXPECT_EQ(page.at("outbox.sms_method"), config.outbox.sms_method);
  EXPECT_EQ(page.at("outbox.language"), config.outbox.language);
  for (const char* empty : {"smtp_host", "smtp_user", "smtp_password_file", "mail_from", "mail_to", "sms_url",
                            "sms_header_file", "sms_body", "webhooks", "webhook_secret_files", "syslog", "ca_file"}) {
    EXPECT_TRUE(page.at(std::string("outbox.") + empty).empty()) << empty;
  }
}

TEST(Configuration, ACompartmentMayLieElsewhere) {
  const auto apart = StoresApart("data_stores", {"vip=host=db2%2Cdb3 dbname=x", "office=postgresql://db4/y?a=b"});
  ASSERT_TRUE(apart.ok()) << apart.status().ToString();
  EXPECT_EQ(*apart, (std::map<std::string, std::string>{{"office", "postgresql://db4/y?a=b"},
                                                        {"vip", "host=db2,db3 dbname=x"}}));
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"vip"}, {"vip="}, {"=host=db2"}, {"Vip=host=db2"}, {"vip=host=a", "vip=host=b"}}) {
    EXPECT_EQ(StoresApart("data_stores", wrong).reason(), Reason::kConfigInvalid) << wrong.front();
  }
  const std::string path = testing::TempDir() + "strongroom_apart_" + std::to_string(getpid()) + ".toml";
  const auto load = [&path](const std::string& text) {
    std::ofstream(path) << text;
    return LoadConfig(path);
  };
  const std::string lists = "data_stores = [\"vip=host=db2\", \"main=host=db3\"]\nkey_stores = [\"vip=host=k2\"]\n";
  const Result<ServerConfig> config = load(lists);
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->data_stores, (std::vector<std::string>{"vip=host=db2", "main=host=db3"}));
  EXPECT_EQ(load(lists + "data_store_next = \"host=db5\"\n").reason(), Reason::kConfigInvalid) << "a move";
  EXPECT_EQ(load(lists + "key_store_next = \"directory\"\n").reason(), Reason::kConfigInvalid) << "a move";
  EXPECT_EQ(load("key_stores = [\"vip\"]\n").reason(), Reason::kConfigInvalid);

  const std::string moves = "data_stores_next = [\"main=directory\", \"vip=host=db4\"]\n";
  const Result<ServerConfig> moving = load(lists + moves);
  ASSERT_TRUE(moving.ok()) << moving.status().ToString();
  EXPECT_EQ(moving->data_stores_next, (std::vector<std::string>{"main=directory", "vip=host=db4"}));
  EXPECT_EQ(load(moves + "data_store = \"host=db1\"\n").reason(), Reason::kConfigInvalid)
      << "to the directory, where the others do not lie";
  EXPECT_EQ(load(moves + "key_store_next = \"host=k1\"\n").reason(), Reason::kConfigInvalid) << "two moves at once";
  EXPECT_EQ(load("key_stores_next = [\"vip\"]\n").reason(), Reason::kConfigInvalid);
  std::remove(path.c_str());
}

TEST(ConfigurationPage, ItsExampleIsAConfiguration) {
  const std::string page = ReadSource("docs/reference/configuration.md");
  const size_t begin = page.find("```toml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string example = page.substr(begin + 8, page.find("```", begin + 8) - begin - 8);
  const std::string path = testing::TempDir() + "strongroom_config_" + std::to_string(getpid()) + ".toml";
  const auto load = [&path](const std::string& text) {
    std::ofstream(path) << text;
    return LoadConfig(path);
  };
  const Result<ServerConfig> config = load(example);
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->trusted_proxies.size(), 1u);
  EXPECT_EQ(config->outbox.mail_to, std::vector<std::string>{"security@example.com"});
  EXPECT_EQ(config->outbox.webhooks, std::vector<std::string>{"ops=https://hooks.example.com/strongroom"});
  EXPECT_EQ(load("prot = 8443\n" + example).reason(), Reason::kConfigInvalid);
  for (const char* days : {"1", "89", "36501", "-1", "00"}) {
    EXPECT_EQ(load("log_keep_days = \"" + std::string(days) + "\"\n" + example).reason(), Reason::kConfigInvalid)
        << days;
  }
  EXPECT_EQ(load("log_keep_days = 90\nlog_hold = true\n" + example)->log_keep_days, 90);
  EXPECT_EQ(load("log_keep_days = 0\n" + example)->log_keep_days, 0);
  EXPECT_EQ(load(example + "smtp_prot = 25\n").reason(), Reason::kConfigInvalid) << "within the section";
  EXPECT_EQ(load(example + "[outbocks]\nsmtp_port = 25\n").reason(), Reason::kConfigInvalid);
  EXPECT_EQ(load(example + "smtp_tls = \"sometimes\"\n").reason(), Reason::kConfigInvalid);
  EXPECT_EQ(load("[outbox]\nmail_to = [\"\"]\nsmtp_port = 0\n").reason(), Reason::kConfigInvalid);
  EXPECT_EQ(load("port = 65536\n").reason(), Reason::kConfigInvalid);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace strongroom
