// SHA-256 (FIPS 180-4) of what comes piece by piece.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace strongroom {

// One thread.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();
  void Add(ByteView bytes);
  // Of all that was added since the beginning or the last Finish(); begins anew.
  Digest Finish();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

}  // namespace strongroom
