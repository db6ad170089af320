#include "crypto/certificate_authority.h"

#include <openssl/ec.h>
#include <time.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/internal/x509.h"
#include "crypto/public_key.h"

namespace strongroom {
namespace {

using internal::BignumPtr;
using internal::CertificateFromDer;
using internal::CertificatePtr;
using internal::ExtensionPtr;
using internal::KeyPtr;

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int64_t kClockSkewMillis = 5 * 60'000;  // a device whose clock is a little behind
constexpr size_t kSerialBytes = 16;

Status Failed(const char* what) {
  ERR_clear_error();
  return Status(Reason::kInternal, std::string("cannot make a certificate: ") + what);
}

// RFC 5280 section 4.1.2.2: positive, at most 20 octets, unpredictable.
bool SetSerial(X509* certificate, Random& random) {
  Bytes serial = random.Take(kSerialBytes);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
  const BignumPtr number(BN_bin2bn(AsU8(serial), kSerialBytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetTime(ASN1_TIME* time, UnixMillis at) { return ASN1_TIME_adj(time, at / 1000, 0, 0) != nullptr; }

bool SetCommonName(X509_NAME* name, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

// `value` is one of our own constants.
bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool AddRootExtensions(X509* root) {
  return AddExtension(root, root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         AddExtension(root, root, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         AddExtension(root, root, NID_ext_key_usage, "clientAuth") &&
         AddExtension(root, root, NID_subject_key_identifier, "hash");
}

bool AddLeafExtensions(X509* leaf, X509* root) {
  return AddExtension(leaf, root, NID_basic_constraints, "critical,CA:FALSE") &&
         AddExtension(leaf, root, NID_key_usage, "critical,digitalSignature") &&
         AddExtension(leaf, root, NID_ext_key_usage, "clientAuth") &&
         AddExtension(leaf, root, NID_subject_key_identifier, "hash") &&
         AddExtension(leaf, root, NID_authority_key_identifier, "keyid:always");
}

// All but names and extensions.
Result<CertificatePtr> Begin(EVP_PKEY* key, UnixMillis from, UnixMillis until, Random& random) {
  CertificatePtr made(X509_new());
  if (!made || X509_set_version(made.get(), X509_VERSION_3) != 1 || !SetSerial(made.get(), random) ||
      !SetTime(X509_getm_notBefore(made.get()), from) || !SetTime(X509_getm_notAfter(made.get()), until) ||
      X509_set_pubkey(made.get(), key) != 1) {
    return Failed("its fields");
  }
  return made;
}

KeyPtr KeyFromInfo(ByteView info) {
  const unsigned char* at = AsU8(info);
  KeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));  // NOLINT(google-runtime-int)
  return at == AsU8(info) + info.size() ? std::move(key) : nullptr;
}

UnixMillis EndOf(const X509* certificate) {
  struct tm end = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return int64_t{timegm(&end)} * 1000;
}

bool IsDeviceName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

}  // namespace

void CertificateAuthority::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void CertificateAuthority::FreeCertificate::operator()(x509_st* certificate) const { X509_free(certificate); }

Result<CertificateAuthority> CertificateAuthority::Create(Random& random, UnixMillis now) {
  CertificateAuthority made;
  made.key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (made.key_ == nullptr) return Failed("the authority's key");
  ASSIGN_OR_RETURN(CertificatePtr root,
                   Begin(made.key_.get(), now - kClockSkewMillis, now + kRootDays * kMillisPerDay, random));
  // Two houses have two names: a browser offers what the server's list of authorities names.
  const std::string name = "Strongroom devices " + HexEncode(random.Take(8));
  if (!SetCommonName(X509_get_subject_name(root.get()), name) ||
      X509_set_issuer_name(root.get(), X509_get_subject_name(root.get())) != 1 || !AddRootExtensions(root.get()) ||
      X509_sign(root.get(), made.key_.get(), EVP_sha256()) <= 0) {
    return Failed("the authority's certificate");
  }
  made.certificate_ = internal::DerOf(root.get());
  made.root_.reset(root.release());
  if (made.certificate_.empty()) return Failed("the authority's encoding");
  return made;
}

Result<CertificateAuthority> CertificateAuthority::Open(const SecretBytes& private_key, ByteView certificate) {
  const Status corrupt(Reason::kDataCorrupt, "the authority of devices is damaged");
  CertificateAuthority opened;
  const unsigned char* at = AsU8(ExposeSecret(private_key));
  opened.key_.reset(
      d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(private_key.size())));  // NOLINT(google-runtime-int)
  CertificatePtr root = CertificateFromDer(certificate);
  const bool fits =
      opened.key_ != nullptr && root != nullptr && X509_check_private_key(root.get(), opened.key_.get()) == 1;
  ERR_clear_error();
  if (!fits) return corrupt;
  opened.root_.reset(root.release());
  opened.certificate_ = Bytes(certificate);
  return opened;
}

SecretBytes CertificateAuthority::private_key() const {
  Bytes der = internal::Written<const EVP_PKEY*>(i2d_PrivateKey, key_.get());
  SecretBytes secret = SecretBytes::CopyOf(der);
  WipeString(der);
  return secret;
}

Result<IssuedCertificate> CertificateAuthority::Issue(ByteView public_key, std::string_view device, UnixMillis now,
                                                      int64_t days, Random& random) const {
  if (days < kLeastDays || days > kMostDays) return Status(Reason::kInvalidArgument, "days is 90 to 365");
  if (!IsDeviceName(device)) return Status(Reason::kInvalidArgument, "a device's name is letters, digits and '-'");
  RETURN_IF_ERROR(PublicKey::FromSubjectPublicKeyInfo(public_key).status());
  const KeyPtr key = KeyFromInfo(public_key);
  if (key == nullptr) return Failed("the device's key");
  IssuedCertificate issued;
  issued.not_after = std::min(now + days * kMillisPerDay, EndOf(root_.get())) / 1000 * 1000;
  if (issued.not_after <= now) return Failed("the authority itself has run out");
  ASSIGN_OR_RETURN(const CertificatePtr leaf, Begin(key.get(), now - kClockSkewMillis, issued.not_after, random));
  if (!SetCommonName(X509_get_subject_name(leaf.get()), std::string(device)) ||
      X509_set_issuer_name(leaf.get(), X509_get_subject_name(root_.get())) != 1 ||
      !AddLeafExtensions(leaf.get(), root_.get()) || X509_sign(leaf.get(), key_.get(), EVP_sha256()) <= 0) {
    return Failed("signing it");
  }
  issued.der = internal::DerOf(leaf.get());
  if (issued.der.empty()) return Failed("its encoding");
  issued.fingerprint = Sha256(issued.der);
  return issued;
}

std::string CertificatePem(ByteView der) { return internal::PemText(der, "CERTIFICATE"); }

Result<Bytes> PublicKeyOfCertificate(ByteView der) {
  const CertificatePtr certificate = CertificateFromDer(der);
  if (certificate == nullptr) return Status(Reason::kDataCorrupt, "a device's certificate is damaged");
  Bytes info = internal::Written<const X509_PUBKEY*>(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get()));
  if (info.empty()) return Status(Reason::kDataCorrupt, "a device's certificate holds no key");
  return info;
}

}  // namespace strongroom
