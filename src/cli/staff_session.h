// The session of a person at the command line: what `strongroom login` keeps so that the commands after it are theirs.
//
// One file that its owner alone can read (STRONGROOM_SESSION_FILE, else ~/.config/strongroom/session), with the server
// it is for, the cookie, and the key that proves each request (factors/session_proof.h).  A browser keeps that key
// where nothing can read it; a file cannot, so whoever copies it has the session until it ends.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "client/client.h"
#include "crypto/secret.h"

namespace strongroom {

struct StaffSession {
  std::string server;  // the session is sent to no other
  std::string name;    // of the person
  std::string session_id;
  std::string cookie;       // "srs_...", a secret
  std::string device_mark;  // "srd_..."
  SecretBytes proof_key;

  // kFileUnreadable.
  Status Save(const std::string& path) const;
  // Nothing when there is no such file; kFileUnreadable when it is damaged.
  static Result<std::optional<StaffSession>> Load(const std::string& path);
};

// Empty when there is no home.
std::string StaffSessionFile(const std::function<std::optional<std::string>(const std::string& name)>& environment);

// The value that an answer sets a cookie to; empty when it sets none.
std::string CookieSetBy(const ClientResponse& response, std::string_view name);

// `inner` with the session's cookie and proof on every call.  `clock` and `session` must outlive it.
std::unique_ptr<Client> WithSession(std::unique_ptr<Client> inner, const StaffSession& session, const Clock& clock);

}  // namespace strongroom
