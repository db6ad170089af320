// Devices: what the device itself does (its key, its request, its check), and what colleagues do.
#include <sys/stat.h>

#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/device_facts.h"
#include "cli/table.h"
#include "crypto/device_key.h"

namespace strongroom {
namespace {

struct DeviceOptions {
  std::string id;
  std::string person;
  std::string label;
  std::string request_file;
  std::string path = "strongroom-device";
  int64_t days = 365;
  std::vector<std::string> disks;
  std::vector<std::string> signature_files;
  bool yes = false;
};

bool IsThere(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0;
}

Bytes DaysBody(const DeviceOptions& options) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().Int("days", options.days).EndObject();
  return body;
}

// What there is of a device's certificate in an answer is kept beside its key.
Status KeepCertificate(Session& session, const Answer& answer, const std::string& path) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> certificate, answer.root().OptString("certificate"));
  if (!certificate.has_value())
    return Status(Reason::kDeviceRefused, "It has no certificate yet: a colleague grants it.");
  RETURN_IF_ERROR(WriteWholeFile(path + ".crt", *certificate));
  session.Note("The certificate is in " + path + ".crt.");
  return Status::Ok();
}

void Show(Session& session, const Answer& answer) {
  session.json() ? session.PrintJson(answer) : session.Print(MembersOf(answer.root(), {"certificate", "authority"}));
}

Result<ExitCode> List(Session& session, bool own) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", own ? "/v1/me/devices" : "/v1/devices"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue devices, answer.root().GetArray("devices"));
  session.Print(TableOf(devices, {{"ID", "id"},
                                  {"PERSON", "person.name"},
                                  {"LABEL", "label"},
                                  {"STATE", "state"},
                                  {"HEALTHY", "healthy"},
                                  {"EXPIRES", "expires_at"}}));
  return ExitCode::kOk;
}

// Two files, readable by their owner alone; the key never leaves this machine.
Result<std::string> MakeRequest(const std::string& path) {
  for (const char* suffix : {".key", ".csr"}) {
    if (IsThere(path + suffix)) {
      return Status(Reason::kAlreadyInitialised, path + suffix + " exists; name another place with --to.");
    }
  }
  ASSIGN_OR_RETURN(const DeviceKey key, DeviceKey::Generate());
  ASSIGN_OR_RETURN(const std::string request, key.RequestPem());
  RETURN_IF_ERROR(WriteWholeFile(path + ".key", ExposeSecret(key.Pem())));
  RETURN_IF_ERROR(WriteWholeFile(path + ".csr", request));
  return request;
}

Result<ExitCode> Request(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const std::string request, MakeRequest(options.path));
  session.Note("The key is in " + options.path + ".key, the request in " + options.path + ".csr.");
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("label", options.label).String("request", request).EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/devices", body));
  Show(session, answer);
  session.Note("A colleague grants it with 'strongroom device grant ID'; then run 'strongroom device fetch ID'.");
  return ExitCode::kOk;
}

Result<ExitCode> Issue(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const std::string request, ReadWholeFile(options.request_file, 16u << 10));
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("person", options.person).String("label", options.label);
  json.String("request", request).Int("days", options.days).EndObject();
  ASSIGN_OR_RETURN(const Answer answer, session.Call("POST", "/v1/devices:issue", body));
  ASSIGN_OR_RETURN(const std::string_view certificate, answer.root().GetString("certificate"));
  session.json() ? session.PrintJson(answer) : session.Print(certificate);
  return ExitCode::kOk;
}

Result<ExitCode> Grant(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("POST", UrlPath({"v1", "devices", options.id, "grant"}), DaysBody(options)));
  Show(session, answer);
  return ExitCode::kOk;
}

Result<ExitCode> Fetch(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", UrlPath({"v1", "devices", options.id})));
  RETURN_IF_ERROR(KeepCertificate(session, answer, options.path));
  Show(session, answer);
  return ExitCode::kOk;
}

Result<ExitCode> Renew(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const Answer answer,
                   session.Call("POST", UrlPath({"v1", "devices", options.id, "renew"}), DaysBody(options)));
  if (IsThere(options.path + ".key")) RETURN_IF_ERROR(KeepCertificate(session, answer, options.path));
  Show(session, answer);
  return ExitCode::kOk;
}

Result<ExitCode> Revoke(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(const bool sure, session.Confirm(options.yes, "Revoke this device for good, and end its sessions?"));
  if (!sure) return ExitCode::kFailed;
  ASSIGN_OR_RETURN(const Answer answer, session.Call("DELETE", UrlPath({"v1", "devices", options.id})));
  Show(session, answer);
  return ExitCode::kOk;
}

Bytes ReportOf(const Session& session, const DeviceOptions& options, std::string_view nonce) {
  const DeviceFacts facts;
  const std::vector<std::string> disks = options.disks.empty() ? std::vector<std::string>{"/", "/home"} : options.disks;
  const std::vector<std::string> signatures =
      options.signature_files.empty() ? DeviceFacts::UsualSignatureFiles() : options.signature_files;
  const UnixMillis now = session.clock().NowMillis();
  Bytes report;
  JsonWriter json(report);
  json.BeginObject().String("device", options.id).String("nonce", nonce).Int("made_at", now / 1000);
  json.Bool("disk_encrypted", facts.DisksAreEncrypted(disks));
  json.Bool("protection_current", facts.ProtectionIsCurrent(signatures, now));
  json.String("os", facts.System()).EndObject();
  return report;
}

Result<ExitCode> Check(Session& session, const DeviceOptions& options) {
  ASSIGN_OR_RETURN(std::string pem, ReadWholeFile(options.path + ".key", 16u << 10));
  const Result<DeviceKey> key = DeviceKey::FromPem(pem);
  WipeString(pem);
  if (!key.ok()) return key.status();
  ASSIGN_OR_RETURN(const Answer challenge,
                   session.CallAsNobody("POST", UrlPath({"v1", "devices", options.id, "challenge"}), {}, {}));
  ASSIGN_OR_RETURN(const std::string_view nonce, challenge.root().GetString("nonce"));
  const Bytes report = ReportOf(session, options, nonce);
  ASSIGN_OR_RETURN(const Bytes signature, key->Sign(std::string("strongroom posture v1\n").append(report)));
  Bytes body;
  JsonWriter json(body);
  json.BeginObject().String("report", Base64UrlEncode(report)).String("signature", Base64UrlEncode(signature));
  json.EndObject();
  ASSIGN_OR_RETURN(const Answer answer,
                   session.CallAsNobody("POST", UrlPath({"v1", "devices", options.id, "posture"}), body, {}));
  ASSIGN_OR_RETURN(const bool healthy, answer.root().GetBool("healthy"));
  session.json() ? session.PrintJson(answer) : session.PrintLine(report);
  return healthy ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

void AddDeviceCommands(CommandLine& line) {
  line.Group("device", "Computers from which people may work");
  line.Add("device list", "Every device that was requested or enrolled")
      .Example("strongroom device list")
      .Run([](Session& session) { return List(session, false); });
  line.Add("device mine", "One's own devices").Example("strongroom device mine").Run([](Session& session) {
    return List(session, true);
  });
  auto request = std::make_shared<DeviceOptions>();
  line.Add("device request", "Make a key on this device, and ask for its certificate")
      .RequiredText("--label", request->label, "TEXT", "what you call it")
      .Text("--to", request->path, "PATH", "where PATH.key and PATH.csr are written, readable by you alone")
      .Example("strongroom device request --label laptop --to ~/.config/strongroom/laptop")
      .Note("The key never leaves this device. A colleague has to grant the request.")
      .Run([request](Session& session) { return Request(session, *request); });
  auto issue = std::make_shared<DeviceOptions>();
  line.Add("device issue", "Enrol somebody else's device at once, from the request it made")
      .Positional("PERSON", issue->person, "the person's id")
      .RequiredText("--label", issue->label, "TEXT", "what its owner calls it")
      .RequiredText("--request", issue->request_file, "FILE", "the certificate request (PEM)")
      .Number("--days", issue->days, 90, 365, "how long the certificate lasts")
      .Example("strongroom device issue 2549c78a5c9db084 --label laptop --request laptop.csr > laptop.crt")
      .Run([issue](Session& session) { return Issue(session, *issue); });
  auto grant = std::make_shared<DeviceOptions>();
  line.Add("device grant", "Grant what a colleague asked for")
      .Positional("ID", grant->id, "the device's id")
      .Number("--days", grant->days, 90, 365, "how long the certificate lasts")
      .Example("strongroom device grant 0123456789abcdef")
      .Run([grant](Session& session) { return Grant(session, *grant); });
  auto fetch = std::make_shared<DeviceOptions>();
  line.Add("device fetch", "Keep the certificate that was granted beside its key")
      .Positional("ID", fetch->id, "the device's id")
      .Text("--to", fetch->path, "PATH", "the certificate becomes PATH.crt")
      .Example("strongroom device fetch 0123456789abcdef --to ~/.config/strongroom/laptop")
      .Run([fetch](Session& session) { return Fetch(session, *fetch); });
  auto renew = std::make_shared<DeviceOptions>();
  line.Add("device renew", "A new certificate for the key a device has")
      .Positional("ID", renew->id, "the device's id")
      .Number("--days", renew->days, 90, 365, "how long the certificate lasts")
      .Text("--to", renew->path, "PATH", "the certificate becomes PATH.crt, if PATH.key is there")
      .Example("strongroom --device ~/.config/strongroom/laptop device renew 0123456789abcdef")
      .Run([renew](Session& session) { return Renew(session, *renew); });
  auto revoke = std::make_shared<DeviceOptions>();
  line.Add("device revoke", "Take a lost device away for good, and end its sessions")
      .Positional("ID", revoke->id, "the device's id")
      .Flag("--yes", revoke->yes, "do not ask")
      .Example("strongroom device revoke 0123456789abcdef")
      .Run([revoke](Session& session) { return Revoke(session, *revoke); });
  auto check = std::make_shared<DeviceOptions>();
  line.Add("device check", "Report whether this device's disk is encrypted and its protection current")
      .Positional("ID", check->id, "the device's id")
      .Text("--key", check->path, "PATH", "the device's key is PATH.key")
      .Many("--disk", check->disks, "PATH", "must lie on an encrypted disk; default: / and /home")
      .Many("--signatures", check->signature_files, "FILE",
            "the scanner's signatures, to be younger than 7 days; default: ClamAV's daily file")
      .Example("strongroom device check 0123456789abcdef --key ~/.config/strongroom/laptop")
      .Note(
          "Reads /proc, /sys and the age of a file; starts no program. Needs no sign-in: the device's key signs.\n"
          "Run it daily, from cron or a timer. Linux only.")
      .Run([check](Session& session) { return Check(session, *check); });
}

}  // namespace strongroom
