// People at the command line: sign in with password and second factor, confirm, sign out.
#include <unistd.h>

#include <utility>

#include "base/encoding.h"
#include "base/wipe.h"
#include "cli/commands.h"
#include "cli/staff_session.h"
#include "cli/table.h"
#include "crypto/ecdh.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom {
namespace {

struct LoginOptions {
  std::string name;
  std::string password_file;
  std::string factor = "totp";
};

Bytes JsonOf(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  Bytes body;
  JsonWriter json(body);
  json.BeginObject();
  for (const auto& [name, value] : members) json.String(name, value);
  json.EndObject();
  return body;
}

// Wiped when it was sent: it holds what was typed.
Result<Answer> CallOnce(Session& session, std::string_view path, Bytes body, const ClientHeaders& headers = {}) {
  Result<Answer> answer = session.CallAsNobody("POST", path, body, headers);
  WipeText(body);
  return answer;
}

Result<std::string> TextOf(const Answer& answer, std::string_view member) {
  ASSIGN_OR_RETURN(const std::string_view text, answer.root().GetString(member));
  return std::string(text);
}

// The browser that knows this account keeps its mark from one login to the next.
ClientHeaders DeviceHeaders(const std::string& session_file) {
  const Result<std::optional<StaffSession>> before = StaffSession::Load(session_file);
  if (!before.ok() || !before->has_value() || (*before)->device_mark.empty()) return {};
  return {{"Cookie", "__Host-strongroom-device=" + (*before)->device_mark}};
}

Result<StaffSession> SessionOf(Session& session, const Answer& done, const EcdhP256& pair, const std::string& name) {
  StaffSession made;
  made.server = session.ServerAddress();
  made.name = name;
  ASSIGN_OR_RETURN(made.session_id, TextOf(done, "session_id"));
  ASSIGN_OR_RETURN(const std::string text, TextOf(done, "proof_public"));
  ASSIGN_OR_RETURN(const Bytes server_public, Base64UrlDecode(text));
  ASSIGN_OR_RETURN(const SecretBytes shared, pair.Agree(server_public));
  made.proof_key = HkdfWithSalt(ExposeSecret(shared), View(Sha256(made.session_id)), "strongroom session proof v1", 32);
  made.cookie = CookieSetBy(done.response, "__Host-strongroom");
  made.device_mark = CookieSetBy(done.response, "__Host-strongroom-device");
  if (made.cookie.empty()) return Status(Reason::kInternal, "the server gave no session");
  return made;
}

Result<Answer> GiveFactor(Session& session, const LoginOptions& options, std::string_view transaction,
                          const ClientHeaders& headers) {
  if (options.factor == "sms") {
    RETURN_IF_ERROR(
        CallOnce(session, "/v1/sign-in:send-code", JsonOf({{"transaction", transaction}}), headers).status());
  }
  ASSIGN_OR_RETURN(std::string code, session.Secret("", options.factor == "recovery" ? "Recovery code" : "Code"));
  Bytes body = JsonOf({{"transaction", transaction}, {"kind", options.factor}, {"code", code}});
  WipeText(code);
  return CallOnce(session, "/v1/sign-in:factor", std::move(body), headers);
}

Result<ExitCode> Login(Session& session, const LoginOptions& options) {
  const std::string file = session.StaffSessionPath();
  if (file.empty()) return Status(Reason::kInvalidArgument, "set STRONGROOM_SESSION_FILE to where the session is kept");
  ASSIGN_OR_RETURN(const std::string name, session.PersonalValue(options.name, "Name"));
  ASSIGN_OR_RETURN(std::string password, session.Secret(options.password_file, "Password"));
  const ClientHeaders headers = DeviceHeaders(file);
  SystemRandom random;
  const EcdhP256 pair = EcdhP256::Generate(random);
  const std::string point = Base64UrlEncode(View(pair.public_point()));
  Bytes body = JsonOf({{"name", name}, {"password", password}, {"proof_public", point}});
  WipeText(password);
  ASSIGN_OR_RETURN(Answer step, CallOnce(session, "/v1/sign-in", std::move(body), headers));
  ASSIGN_OR_RETURN(const std::string transaction, TextOf(step, "transaction"));
  ASSIGN_OR_RETURN(step, GiveFactor(session, options, transaction, headers));
  ASSIGN_OR_RETURN(std::string next, TextOf(step, "next"));
  if (next == "question") {
    ASSIGN_OR_RETURN(const std::string question, TextOf(step, "question"));
    ASSIGN_OR_RETURN(std::string answer, session.Secret("", Printable(question)));
    Bytes given = JsonOf({{"transaction", transaction}, {"answer", answer}});
    WipeText(answer);
    ASSIGN_OR_RETURN(step, CallOnce(session, "/v1/sign-in:question", std::move(given), headers));
  }
  ASSIGN_OR_RETURN(const StaffSession made, SessionOf(session, step, pair, name));
  RETURN_IF_ERROR(made.Save(file));
  session.PrintLine("signed in as " + Printable(name));
  session.Note("The session is kept in " + file + "; 'strongroom logout' ends it.");
  return ExitCode::kOk;
}

Result<ExitCode> Logout(Session& session) {
  const std::string file = session.StaffSessionPath();
  ASSIGN_OR_RETURN(std::optional<StaffSession> kept, StaffSession::Load(file));
  if (!kept.has_value()) {
    session.PrintLine("nobody is signed in");
    return ExitCode::kOk;
  }
  const Result<Answer> ended = session.Call("DELETE", "/v1/session");
  // The mark stays: the next login from here is from a known place.
  kept->cookie.clear();
  kept->proof_key = SecretBytes(32);
  RETURN_IF_ERROR(kept->Save(file));
  if (!ended.ok() && ended.reason() != Reason::kSessionEnded) return ended.status();
  session.PrintLine("signed out");
  return ExitCode::kOk;
}

Result<ExitCode> WhoAmI(Session& session) {
  ASSIGN_OR_RETURN(const Answer answer, session.Call("GET", "/v1/session"));
  if (session.json()) {
    session.PrintJson(answer);
    return ExitCode::kOk;
  }
  ASSIGN_OR_RETURN(const JsonValue me, answer.root().GetObject("me"));
  session.Print(MembersOf(me));
  session.Print(MembersOf(answer.root(), {"me", "may"}));
  return ExitCode::kOk;
}

// A fresh factor, for what policy asks one for.
Result<ExitCode> Confirm(Session& session, const LoginOptions& options) {
  const std::string file = session.StaffSessionPath();
  ASSIGN_OR_RETURN(std::optional<StaffSession> kept, StaffSession::Load(file));
  if (!kept.has_value()) return Status(Reason::kSessionEnded, "nobody is signed in; run 'strongroom login'");
  const bool password = options.factor == "password";
  ASSIGN_OR_RETURN(std::string secret, session.Secret("", password ? "Password" : "Code"));
  Bytes body = JsonOf({{"kind", options.factor}, {password ? "password" : "code", secret}});
  WipeText(secret);
  const Result<Answer> answer = session.Call("POST", "/v1/session:step-up", body);
  WipeText(body);
  if (!answer.ok()) return answer.status();
  kept->cookie = CookieSetBy(answer->response, "__Host-strongroom");
  if (kept->cookie.empty()) return Status(Reason::kInternal, "the server gave no new cookie");
  RETURN_IF_ERROR(kept->Save(file));
  session.PrintLine("confirmed");
  return ExitCode::kOk;
}

}  // namespace

void AddLoginCommands(CommandLine& line) {
  auto login = std::make_shared<LoginOptions>();
  line.Add("login", "Sign in as a person: password and second factor")
      .OptionalPositional("NAME", login->name, "the name you sign in with; asked for when it is left out")
      .Text("--password-file", login->password_file, "FILE", "the password on its first line; default: asked for")
      .Choice("--factor", login->factor, {"totp", "sms", "recovery"}, "the second factor; passkeys need a browser")
      .Example("strongroom login ada")
      .Note(
          "The session is kept in STRONGROOM_SESSION_FILE, else in ~/.config/strongroom/session, readable by you "
          "alone.\n"
          "Commands use it for the server it was made with, unless an API key is given.")
      .Run([login](Session& session) { return Login(session, *login); });
  line.Add("logout", "End the session of 'login'").Example("strongroom logout").Run(Logout);
  line.Add("whoami", "Who is signed in, since when, and what is overdue").Example("strongroom whoami").Run(WhoAmI);
  auto confirm = std::make_shared<LoginOptions>();
  line.Add("confirm", "Show a second factor again, for what needs a fresh one")
      .Choice("--factor", confirm->factor, {"totp", "recovery", "password"}, "what is shown")
      .Example("strongroom confirm")
      .Run([confirm](Session& session) { return Confirm(session, *confirm); });
}

}  // namespace strongroom
