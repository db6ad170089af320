// A text gateway and webhook receiver to try things out with: prints what it got, and whether the signature is right.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "http/listener.h"

namespace strongroom {

// Listens on loopback, in clear: nothing else can reach it, and it never sends anything on.
class TestGateway {
 public:
  // `secret`: of the webhook; empty: signatures are not looked at.  `print` is called from several threads, one line a
  // call.  `clock` must outlive this.
  static Result<std::unique_ptr<TestGateway>> Start(uint16_t port, std::string secret, const Clock& clock,
                                                    std::function<void(std::string_view line)> print);
  virtual ~TestGateway() = default;
  virtual uint16_t port() const = 0;
};

}  // namespace strongroom
