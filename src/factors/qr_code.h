// QR codes (ISO/IEC 18004) as SVG, by libqrencode.
#pragma once

#include "base/status.h"
#include "crypto/secret.h"

namespace strongroom {

// An SVG document of one path, dark on light whatever the page's theme, with the quiet zone of four modules that
// readers need.  It is as secret as `text`: libqrencode's own copy is overwritten.  Error correction M; 1 to 1,000
// bytes, otherwise kInvalidArgument.  Any thread.
Result<SecretBytes> QrCodeSvg(const SecretBytes& text);

}  // namespace strongroom
