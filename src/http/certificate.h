// A self-signed certificate, so that a new installation speaks TLS before anybody has asked an authority for one.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace strongroom {

// Writes a P-256 key (mode 0600) and a certificate for it, valid for 397 days (the most that browsers accept), with
// the names localhost, 127.0.0.1, ::1 and `names` (DNS names or addresses).  Existing files are not overwritten:
// kConflict-class kAlreadyInitialised.  kInvalidArgument for a name that is neither; kFileUnreadable when a file cannot
// be written.
Status CreateSelfSignedCertificate(const std::string& certificate_file, const std::string& key_file,
                                   const std::vector<std::string>& names);

// SHA-256 of the first certificate in a PEM file, as hex: what a client pins and a person compares.
Result<std::string> CertificateFingerprint(const std::string& certificate_file);

}  // namespace strongroom
