#include "crypto/internal/x509.h"

#include "base/encoding.h"

namespace strongroom::internal {
namespace {

constexpr size_t kPemLineCharacters = 64;

bool IsSpace(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

}  // namespace

// By hand, because OpenSSL's reader asks at the terminal for the passphrase of a block that says it is encrypted.
Result<Bytes> PemBlock(ByteView text, std::string_view label, size_t limit_bytes) {
  const Status refused(Reason::kInvalidArgument, "there is no PEM block of " + std::string(label));
  if (text.size() > limit_bytes) return Status(Reason::kInvalidArgument, "the PEM text is too long");
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  const size_t from = text.find(begin);
  if (from == ByteView::npos) return refused;
  const size_t until = text.find(end, from + begin.size());
  if (until == ByteView::npos) return refused;
  std::string base64;
  for (const char c : text.substr(from + begin.size(), until - from - begin.size())) {
    if (!IsSpace(c)) base64.push_back(c);
  }
  const Result<Bytes> der = Base64Decode(base64);  // refuses headers: they hold a colon
  if (!der.ok() || der->empty()) return refused;
  return *der;
}

std::string PemText(ByteView der, std::string_view label) {
  const std::string base64 = Base64Encode(der);
  std::string text = "-----BEGIN " + std::string(label) + "-----\n";
  for (size_t at = 0; at < base64.size(); at += kPemLineCharacters) {
    text.append(base64, at, kPemLineCharacters).append("\n");
  }
  return text.append("-----END ").append(label).append("-----\n");
}

CertificatePtr CertificateFromDer(ByteView der) {
  const unsigned char* at = AsU8(der);
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  ERR_clear_error();
  if (certificate == nullptr || at != AsU8(der) + der.size()) return nullptr;
  return certificate;
}

Bytes DerOf(const X509* certificate) { return Written<const X509*>(i2d_X509, certificate); }

}  // namespace strongroom::internal
