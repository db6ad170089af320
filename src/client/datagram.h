// One UDP datagram to one address.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/status.h"

namespace strongroom {

// The system took it; whether it arrives nobody says.  kServerUnreachable: no such name, no route, or too large.
Status SendDatagram(const std::string& host, const std::string& port, ByteView bytes);

}  // namespace strongroom
