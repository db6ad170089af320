// The way between a caller and the simulated vault: the product's own HTTP server over the world's keeper, on a real
// socket, whose connection may be lost at any byte of a request or of its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "access/open_vault.h"
#include "base/clock.h"
#include "http/api_authenticator.h"
#include "http/listener.h"
#include "http/router.h"

namespace strongroom {

struct WireAnswer {
  int status = 0;  // 0: none came
  std::string body;
  std::string etag;
  size_t size_bytes = 0;  // with its header

  // A member of the body, or of the first of its "results", or of that one's "problem"; empty: there is none.
  std::string Text(std::string_view member) const;
};

// One thread.
class Wire {
 public:
  // Both must outlive this.  `api_key`: of whoever calls.
  static Result<std::unique_ptr<Wire>> Open(VaultKeeper& keeper, const Clock& clock, std::string api_key);

  // A request as it goes over the wire, of one connection.  `headers`: whole lines, each with its line end.
  std::string Request(std::string_view method, std::string_view path, std::string_view body,
                      std::string_view headers = {}) const;
  // Sends it and reads the answer.
  WireAnswer Ask(std::string_view request) const;
  // Sends its first `sent` bytes, reads `read` bytes of the answer (none unless the request is whole), and the
  // connection is lost: closed, or with `reset` cut off.  On return the server has let go of it.
  void AskAndLose(std::string_view request, size_t sent, size_t read, bool reset) const;

 private:
  Wire(VaultKeeper& keeper, const Clock& clock, std::string api_key)
      : authenticator_(keeper, clock), api_key_(std::move(api_key)) {}
  void WaitUntilAlone() const;

  Router router_;
  ApiAuthenticator authenticator_;
  const std::string api_key_;
  mutable uint64_t connections_ = 0;    // made so far
  std::unique_ptr<Listener> listener_;  // last: it ends before what it uses
};

}  // namespace strongroom
