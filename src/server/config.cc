#include "server/config.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace strongroom {
namespace {

using Setter = std::function<bool(std::string_view)>;  // false: not a value it takes

template <typename T>
Setter Number(T& out, int64_t lowest, int64_t highest) {
  return [&out, lowest, highest](std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < lowest || value > highest) return false;
    out = static_cast<T>(value);
    return true;
  };
}

// Nothing, or so much at least.
template <typename T>
Setter ZeroOr(T& out, int64_t lowest, int64_t highest) {
  return [&out, set = Number(out, lowest, highest)](std::string_view text) {
    if (text != "0") return set(text);
    out = 0;
    return true;
  };
}

Setter Text(std::string& out) {
  return [&out](std::string_view text) {
    out = std::string(text);
    return true;
  };
}

Setter Flag(bool& out) {
  return [&out](std::string_view text) {
    out = text == "true";
    return text == "true" || text == "false";
  };
}

Setter Networks(std::vector<IpNetwork>& out) {
  return [&out](std::string_view text) {
    out.clear();
    while (!text.empty()) {
      const size_t comma = text.find(',');
      const std::optional<IpNetwork> network = IpNetwork::Parse(text.substr(0, comma));
      if (!network.has_value()) return false;
      out.push_back(*network);
      text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return true;
  };
}

// Entries with commas between, none of them empty; an empty text is an empty list.
Setter List(std::vector<std::string>& out) {
  return [&out](std::string_view text) {
    out.clear();
    for (bool more = !text.empty(); more;) {
      const size_t comma = text.find(',');
      out.emplace_back(text.substr(0, comma));
      more = comma != std::string_view::npos;
      text = more ? text.substr(comma + 1) : std::string_view();
      if (out.back().empty()) return false;
    }
    return true;
  };
}

Setter Recipients(std::vector<AgeRecipient>& out) {
  return [&out](std::string_view text) {
    std::vector<std::string> entries;
    if (!List(entries)(text)) return false;
    out.clear();
    for (const std::string& entry : entries) {
      const Result<AgeRecipient> recipient = AgeRecipient::Parse(entry);
      if (!recipient.ok()) return false;
      out.push_back(*recipient);
    }
    return true;
  };
}

Setter OneOf(std::string& out, std::vector<std::string_view> choices) {
  return [&out, choices = std::move(choices)](std::string_view text) {
    out = std::string(text);
    return std::find(choices.begin(), choices.end(), text) != choices.end();
  };
}

// Room for a compartment's name behind it (store/postgres_store.h).
Setter SchemaPrefix(std::string& out) {
  return [&out](std::string_view text) {
    out = std::string(text);
    return !text.empty() && text.size() <= 20 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  };
}

// Every setting once: its name in the file (and, in capitals behind STRONGROOM_, in the environment) and what it takes.
std::map<std::string, std::pair<Setter, std::string>> Settings(ServerConfig& config) {
  return {
      {"data_dir", {Text(config.data_dir), "a directory"}},
      {"key_dir", {Text(config.key_dir), "a directory"}},
      {"data_store", {Text(config.data_store), "a PostgreSQL address"}},
      {"key_store", {Text(config.key_store), "a PostgreSQL address"}},
      {"data_store_next", {Text(config.data_store_next), "a PostgreSQL address, or directory"}},
      {"key_store_next", {Text(config.key_store_next), "a PostgreSQL address, or directory"}},
      {"data_stores", {List(config.data_stores), "compartment=address entries, with commas between"}},
      {"key_stores", {List(config.key_stores), "compartment=address entries, with commas between"}},
      {"data_stores_next", {List(config.data_stores_next), "compartment=address entries, with commas between"}},
      {"key_stores_next", {List(config.key_stores_next), "compartment=address entries, with commas between"}},
      {"store_schema", {SchemaPrefix(config.store_schema), "1 to 20 of a-z, 0-9 and '-'"}},
      {"server_number", {Number(config.server_number, 0, 64), "0 to 64"}},
      {"address", {Text(config.address), "an IP address"}},
      {"port", {Number(config.port, 0, 65535), "0 to 65535"}},
      {"plaintext", {Flag(config.plaintext), "true or false"}},
      {"plaintext_port", {Number(config.plaintext_port, 0, 65535), "0 to 65535"}},
      {"certificate_file", {Text(config.certificate_file), "a PEM file"}},
      {"key_file", {Text(config.key_file), "a PEM file"}},
      {"breach_filter", {Text(config.breach_filter), "a file"}},
      {"allow_tls12", {Flag(config.allow_tls12), "true or false"}},
      {"trusted_proxies", {Networks(config.trusted_proxies), "networks like 10.0.0.0/8, with commas between"}},
      {"io_threads", {Number(config.io_threads, 1, 256), "1 to 256"}},
      {"worker_threads", {Number(config.worker_threads, 1, 1024), "1 to 1024"}},
      {"max_connections", {Number(config.max_connections, 1, 1'000'000), "1 to 1000000"}},
      {"max_body_bytes", {Number(config.max_body_bytes, 1024, 256 << 20), "1024 to 268435456"}},
      {"requests_per_second", {Number(config.requests_per_second, 0, 1'000'000), "0 to 1000000"}},
      {"block_cache_mebibytes", {Number(config.block_cache_mebibytes, 8, 1 << 20), "8 to 1048576"}},
      {"shutdown_seconds", {Number(config.shutdown_seconds, 0, 600), "0 to 600"}},
      {"epoch_rotate_days", {Number(config.epoch_rotate_days, 0, 3650), "0 to 3650"}},
      {"epoch_keep_days", {Number(config.epoch_keep_days, 0, 3650), "0 to 3650"}},
      {"erasure_undo_days", {Number(config.erasure_undo_days, 0, 30), "0 to 30"}},
      {"log_keep_days", {ZeroOr(config.log_keep_days, 90, 36'500), "0, or 90 to 36500"}},
      {"log_hold", {Flag(config.log_hold), "true or false"}},
      {"share_acknowledge_days", {Number(config.share_acknowledge_days, 0, 3650), "0 to 3650"}},
      {"erasure_certificate_days", {Number(config.erasure_certificate_days, 0, 3650), "0 to 3650"}},
      {"outbox.smtp_host", {Text(config.outbox.smtp_host), "a name or address"}},
      {"outbox.smtp_port", {Number(config.outbox.smtp_port, 1, 65535), "1 to 65535"}},
      {"outbox.smtp_tls",
       {OneOf(config.outbox.smtp_tls, {"starttls", "implicit", "off"}), "starttls, implicit or off"}},
      {"outbox.smtp_user", {Text(config.outbox.smtp_user), "a name"}},
      {"outbox.smtp_password_file", {Text(config.outbox.smtp_password_file), "a file"}},
      {"outbox.mail_from", {Text(config.outbox.mail_from), "an address"}},
      {"outbox.mail_to", {List(config.outbox.mail_to), "addresses, with commas between"}},
      {"outbox.sms_url", {Text(config.outbox.sms_url), "an https:// address"}},
      {"outbox.sms_method", {OneOf(config.outbox.sms_method, {"POST", "PUT"}), "POST or PUT"}},
      {"outbox.sms_header_file", {Text(config.outbox.sms_header_file), "a file"}},
      {"outbox.sms_body", {Text(config.outbox.sms_body), "a text with {to} and {text}"}},
      {"log_export.webhooks", {List(config.log_export.webhooks), "name=https://... entries, with commas between"}},
      {"log_export.webhook_secret_files",
       {List(config.log_export.webhook_secret_files), "name=FILE entries, with commas between"}},
      {"log_export.syslog", {List(config.log_export.syslog), "name=tls://host:port entries, with commas between"}},
      {"log_export.ca_file", {Text(config.log_export.ca_file), "a PEM file"}},
      {"log_export.customers", {Flag(config.log_export.customers), "true or false"}},
      {"outbox.webhooks", {List(config.outbox.webhooks), "name=https://... entries, with commas between"}},
      {"outbox.webhook_secret_files",
       {List(config.outbox.webhook_secret_files), "name=FILE entries, with commas between"}},
      {"outbox.syslog", {List(config.outbox.syslog), "name=tls://host:port entries, with commas between"}},
      {"outbox.ca_file", {Text(config.outbox.ca_file), "a PEM file"}},
      {"outbox.language", {OneOf(config.outbox.language, {"en", "sv", "zh"}), "en, sv or zh"}},
      {"backup.directory", {Text(config.backup.directory), "a directory"}},
      {"backup.recipients",
       {Recipients(config.backup.recipients),
        "public keys age1..., as 'strongroom backup keygen' prints them, with commas between"}},
      {"backup.keys_keep_days", {Number(config.backup.keys_keep_days, 1, 3650), "1 to 3650"}},
      {"backup.stale_after_days", {Number(config.backup.stale_after_days, 1, 3650), "1 to 3650"}},
      {"lock.pkcs11_module", {Text(config.lock.pkcs11_module), "a library"}},
      {"lock.pkcs11_token", {Text(config.lock.pkcs11_token), "a token's label"}},
      {"lock.pkcs11_key", {Text(config.lock.pkcs11_key), "a key's label"}},
      {"lock.tpm_tcti", {Text(config.lock.tpm_tcti), "a way to a TPM, like device:/dev/tpmrm0"}},
      {"lock.pin_file", {Text(config.lock.pin_file), "a file"}},
      {"lock.device_timeout_seconds", {Number(config.lock.device_timeout_seconds, 1, 300), "1 to 300"}},
      {"witness.urls", {List(config.witness.urls), "name=https://... entries, with commas between"}},
      {"witness.keys", {List(config.witness.keys), "name=VKEY entries, with commas between"}},
      {"witness.quorum", {Number(config.witness.quorum, 0, 100), "0 to 100"}},
      {"witness.interval_seconds", {Number(config.witness.interval_seconds, 1, 86'400), "1 to 86400"}},
      {"witness.told_every_hours", {Number(config.witness.told_every_hours, 0, 8760), "0 to 8760"}},
      {"witness.stale_after_hours", {Number(config.witness.stale_after_hours, 1, 8760), "1 to 8760"}},
      {"witness.ca_file", {Text(config.witness.ca_file), "a PEM file"}},
      {"witness.public_log", {Flag(config.witness.public_log), "true or false"}},
  };
}

std::string EnvironmentName(std::string name) {
  for (char& c : name) c = static_cast<char>(c == '.' ? '_' : c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return "STRONGROOM_" + name;
}

Result<std::string> TextOf(const toml::node& node, const std::string& name) {
  if (const auto text = node.value<std::string>(); node.is_string() && text.has_value()) return *text;
  if (const auto number = node.value<int64_t>(); node.is_integer() && number.has_value())
    return std::to_string(*number);
  if (const auto flag = node.value<bool>(); node.is_boolean() && flag.has_value())
    return std::string(*flag ? "true" : "false");
  if (const toml::array* array = node.as_array(); array != nullptr) {
    std::string joined;
    for (const toml::node& item : *array) {
      const auto text = item.value<std::string>();
      if (!text.has_value()) return Status(Reason::kConfigInvalid, "'" + name + "' takes a list of texts");
      joined += (joined.empty() ? "" : ",") + *text;
    }
    return joined;
  }
  return Status(Reason::kConfigInvalid, "'" + name + "' takes a text, a number, true or false, or a list of texts");
}

using SettingTable = std::map<std::string, std::pair<Setter, std::string>>;

// The members of a table; a table inside, [section], has settings named "section.member".
Status Apply(const toml::table& table, const std::string& section, const SettingTable& settings,
             const std::string& path) {
  for (const auto& [key, node] : table) {
    const std::string name = section + std::string(key.str());
    if (const toml::table* inner = node.as_table(); inner != nullptr && section.empty()) {
      RETURN_IF_ERROR(Apply(*inner, name + ".", settings, path));
      continue;
    }
    const auto setting = settings.find(name);
    if (setting == settings.end())
      return Status(Reason::kConfigInvalid, path + " has the unknown member '" + name + "'");
    ASSIGN_OR_RETURN(const std::string text, TextOf(node, name));
    if (!setting->second.first(text))
      return Status(Reason::kConfigInvalid, "'" + name + "' in " + path + " takes " + setting->second.second);
  }
  return Status::Ok();
}

}  // namespace

Result<std::map<std::string, std::string>> StoresApart(const std::string& setting,
                                                       const std::vector<std::string>& entries) {
  std::map<std::string, std::string> apart;
  for (const std::string& entry : entries) {
    const size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == entry.size() || name.empty() ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
      return Status(Reason::kConfigInvalid, "'" + setting + "' takes entries like 'vip=host=db2 dbname=strongroom'");
    std::string address = entry.substr(equals + 1);
    for (size_t at = 0; (at = address.find("%2C", at)) != std::string::npos; ++at) address.replace(at, 3, ",");
    if (!apart.emplace(name, std::move(address)).second)
      return Status(Reason::kConfigInvalid, "'" + setting + "' names '" + name + "' twice");
  }
  return apart;
}

Status CheckStorePlaces(const ServerConfig& config) {
  const bool all_move = !config.data_store_next.empty() || !config.key_store_next.empty();
  bool apart = false;
  for (const auto& [setting, entries] : {std::pair{"data_stores", &config.data_stores},
                                         {"key_stores", &config.key_stores},
                                         {"data_stores_next", &config.data_stores_next},
                                         {"key_stores_next", &config.key_stores_next}}) {
    RETURN_IF_ERROR(StoresApart(setting, *entries).status());
    apart = apart || !entries->empty();
  }
  if (apart && all_move)
    return Status(Reason::kConfigInvalid,
                  "data_store_next and key_store_next move every store, and cannot go together with settings that name "
                  "single ones (data_stores, key_stores, data_stores_next, key_stores_next)");
  // In the directory lies who is not named, and nothing says of a single one that it lies there.
  for (const auto& [setting, entries, store] :
       {std::tuple{"data_stores_next", &config.data_stores_next, &config.data_store},
        {"key_stores_next", &config.key_stores_next, &config.key_store}}) {
    ASSIGN_OR_RETURN(const auto moves, StoresApart(setting, *entries));
    for (const auto& [room, address] : moves) {
      if (address == "directory" && !store->empty())
        return Status(Reason::kConfigInvalid, "'" + std::string(setting) + "' moves '" + room +
                                                  "' to the directory, where the others do not lie: move all of them");
    }
  }
  return Status::Ok();
}

Result<ServerConfig> LoadConfig(const std::string& path) {
  ServerConfig config;
  const auto settings = Settings(config);
  if (!path.empty()) {
    const toml::parse_result file = toml::parse_file(path);
    if (!file) {
      return Status(Reason::kConfigInvalid, path + ":" + std::to_string(file.error().source().begin.line) + ": " +
                                                std::string(file.error().description()));
    }
    RETURN_IF_ERROR(Apply(file.table(), "", settings, path));
  }
  for (const auto& [name, setting] : settings) {
    const std::string variable = EnvironmentName(name);
    const char* text = std::getenv(variable.c_str());
    if (text != nullptr && !setting.first(text))
      return Status(Reason::kConfigInvalid, variable + " takes " + setting.second);
  }
  RETURN_IF_ERROR(CheckStorePlaces(config));
  // A certificate says that an erasure is beyond recall when the epoch's keys are gone: no key set may outlive them.
  if (!config.backup.directory.empty() && config.backup.keys_keep_days > config.epoch_keep_days)
    return Status(Reason::kConfigInvalid, "backup.keys_keep_days may not be more than epoch_keep_days");
  return config;
}

}  // namespace strongroom
