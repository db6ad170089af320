// Leptonica's pictures, owned: each is destroyed when its owner goes.
#pragma once

#include <allheaders.h>

#include <memory>

namespace strongroom::scans {

struct PixDestroy {
  void operator()(Pix* pix) const { pixDestroy(&pix); }
};
struct BoxaDestroy {
  void operator()(Boxa* boxes) const { boxaDestroy(&boxes); }
};
using PixPtr = std::unique_ptr<Pix, PixDestroy>;
using BoxaPtr = std::unique_ptr<Boxa, BoxaDestroy>;

// Of a row of an 8-bit picture; Leptonica keeps samples in the order of a machine word.
inline uint32_t* Row(Pix* pix, int y) { return pixGetData(pix) + static_cast<ptrdiff_t>(y) * pixGetWpl(pix); }

}  // namespace strongroom::scans
