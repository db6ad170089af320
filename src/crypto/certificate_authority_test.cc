#include "crypto/certificate_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto/certificate_request.h"
#include "crypto/device_key.h"
#include "crypto/internal/x509.h"
#include "crypto/public_key.h"

namespace strongroom {
namespace {

using internal::CertificatePtr;
using internal::KeyPtr;
using internal::RequestPtr;
using ::testing::HasSubstr;
using ::testing::Not;
using StorePtr = std::unique_ptr<X509_STORE, internal::FreeWith<X509_STORE_free>>;
using ContextPtr = std::unique_ptr<X509_STORE_CTX, internal::FreeWith<X509_STORE_CTX_free>>;

constexpr UnixMillis kNow = 1'795'327'553'000;  // 2026-11-22T06:05:53Z
constexpr int64_t kDay = 86'400'000;

// What OpenSSL says of the chain at that time, for a purpose; X509_V_OK is good.
int Verdict(ByteView root, ByteView leaf, UnixMillis at, int purpose) {
  const CertificatePtr trusted = internal::CertificateFromDer(root);
  const CertificatePtr shown = internal::CertificateFromDer(leaf);
  const StorePtr store(X509_STORE_new());
  const ContextPtr context(X509_STORE_CTX_new());
  EXPECT_EQ(X509_STORE_add_cert(store.get(), trusted.get()), 1);
  EXPECT_EQ(X509_STORE_CTX_init(context.get(), store.get(), shown.get(), nullptr), 1);
  X509_STORE_CTX_set_time(context.get(), 0, at / 1000);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  return X509_verify_cert(context.get()) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context.get());
}

// A request as other programs make them.
std::string RequestBy(EVP_PKEY* key, const EVP_MD* hash, EVP_PKEY* signer = nullptr, const char* name = "root") {
  const RequestPtr request(X509_REQ_new());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key);
  EXPECT_GT(X509_REQ_sign(request.get(), signer != nullptr ? signer : key, hash), 0);
  return internal::PemText(internal::Written<const X509_REQ*>(i2d_X509_REQ, request.get()), "CERTIFICATE REQUEST");
}

class AuthorityTest : public ::testing::Test {
 protected:
  AuthorityTest() : authority_(*CertificateAuthority::Create(random_, kNow)), key_(*DeviceKey::Generate()) {
    public_key_ = *PublicKeyOfRequest(*key_.RequestPem());
  }
  SystemRandom random_;
  CertificateAuthority authority_;
  DeviceKey key_;
  Bytes public_key_;
};

TEST_F(AuthorityTest, WhatItIssuesIsACertificateOfAClientForAsLongAsItSays) {
  const IssuedCertificate issued = *authority_.Issue(public_key_, "0123456789abcdef", kNow, 90, random_);
  const auto at = [&](UnixMillis time, int purpose = X509_PURPOSE_SSL_CLIENT) {
    return Verdict(authority_.certificate(), issued.der, time, purpose);
  };
  EXPECT_EQ(at(kNow), X509_V_OK);
  EXPECT_EQ(at(kNow + 89 * kDay), X509_V_OK);
  EXPECT_EQ(at(kNow + 91 * kDay), X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(at(kNow - kDay), X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_NE(at(kNow, X509_PURPOSE_SSL_SERVER), X509_V_OK) << "no server may be made of it";
  EXPECT_EQ(issued.not_after, kNow + 90 * kDay);
  EXPECT_EQ(issued.fingerprint, Sha256(issued.der));
  EXPECT_EQ(*PublicKeyOfCertificate(issued.der), public_key_);
  const CertificateAuthority other = *CertificateAuthority::Create(random_, kNow);
  EXPECT_NE(Verdict(other.certificate(), issued.der, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
}

TEST_F(AuthorityTest, ADeviceCannotSignForOthers) {
  const IssuedCertificate issued = *authority_.Issue(public_key_, "d1", kNow, 365, random_);
  const CertificatePtr leaf = internal::CertificateFromDer(issued.der);
  const CertificatePtr root = internal::CertificateFromDer(authority_.certificate());
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
  EXPECT_NE(X509_check_ca(root.get()), 0) << "the control";
  EXPECT_EQ(X509_get_pathlen(root.get()), 0);
  EXPECT_EQ(X509_get_key_usage(leaf.get()), uint32_t{KU_DIGITAL_SIGNATURE});
}

TEST_F(AuthorityTest, OpensAgainWithItsKeyAndNoOther) {
  const Result<CertificateAuthority> again =
      CertificateAuthority::Open(authority_.private_key(), authority_.certificate());
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  const IssuedCertificate issued = *again->Issue(public_key_, "d1", kNow, 90, random_);
  EXPECT_EQ(Verdict(authority_.certificate(), issued.der, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  const CertificateAuthority other = *CertificateAuthority::Create(random_, kNow);
  EXPECT_EQ(CertificateAuthority::Open(other.private_key(), authority_.certificate()).reason(), Reason::kDataCorrupt);
  EXPECT_EQ(CertificateAuthority::Open(SecretBytes::CopyOf("x"), "y").reason(), Reason::kDataCorrupt);
}

TEST_F(AuthorityTest, RefusesDaysAndNamesOutOfRange) {
  EXPECT_TRUE(authority_.Issue(public_key_, "d1", kNow, 90, random_).ok()) << "the control";
  EXPECT_FALSE(authority_.Issue(public_key_, "d1", kNow, 89, random_).ok());
  EXPECT_FALSE(authority_.Issue(public_key_, "d1", kNow, 366, random_).ok());
  EXPECT_FALSE(authority_.Issue(public_key_, "a/CN=b", kNow, 90, random_).ok());
  EXPECT_FALSE(authority_.Issue("no key", "d1", kNow, 90, random_).ok());
  const UnixMillis late = kNow + (CertificateAuthority::kRootDays - 10) * kDay;
  EXPECT_LE(authority_.Issue(public_key_, "d1", late, 365, random_)->not_after, kNow + 3650 * kDay);
}

TEST_F(AuthorityTest, TakesNothingOfARequestButTheKey) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const Bytes info = *PublicKeyOfRequest(RequestBy(key.get(), EVP_sha256(), nullptr, "administrator"));
  const IssuedCertificate issued = *authority_.Issue(info, "d1", kNow, 90, random_);
  EXPECT_THAT(issued.der, Not(HasSubstr("administrator")));
  EXPECT_THAT(issued.der, HasSubstr("d1")) << "the control";
}

TEST_F(AuthorityTest, TakesTheKeysItShouldAndNoOthers) {
  const auto outcome = [](EVP_PKEY* made, const EVP_MD* hash) {
    const KeyPtr key(made);
    return PublicKeyOfRequest(RequestBy(key.get(), hash)).reason();
  };
  EXPECT_EQ(outcome(EVP_EC_gen("P-256"), EVP_sha256()), Reason::kOk);
  EXPECT_EQ(outcome(EVP_EC_gen("P-384"), EVP_sha384()), Reason::kOk);
  EXPECT_EQ(outcome(EVP_RSA_gen(2048), EVP_sha256()), Reason::kOk);
  EXPECT_EQ(outcome(EVP_RSA_gen(1024), EVP_sha256()), Reason::kInvalidArgument) << "too short";
  EXPECT_EQ(outcome(EVP_EC_gen("P-224"), EVP_sha256()), Reason::kInvalidArgument);
  EXPECT_EQ(outcome(EVP_EC_gen("secp256k1"), EVP_sha256()), Reason::kInvalidArgument);
  EXPECT_EQ(outcome(EVP_EC_gen("P-256"), EVP_sha1()), Reason::kInvalidArgument) << "SHA-1";
}

TEST_F(AuthorityTest, TheRequestShowsThatItsMakerHoldsTheKey) {
  const KeyPtr mine(EVP_EC_gen("P-256"));
  const KeyPtr theirs(EVP_EC_gen("P-256"));
  EXPECT_TRUE(PublicKeyOfRequest(RequestBy(theirs.get(), EVP_sha256())).ok()) << "the control";
  EXPECT_FALSE(PublicKeyOfRequest(RequestBy(theirs.get(), EVP_sha256(), mine.get())).ok());
}

TEST_F(AuthorityTest, RefusesWhatIsNoRequest) {
  const std::string good = *key_.RequestPem();
  ASSERT_TRUE(PublicKeyOfRequest("Comment\n" + good).ok());
  EXPECT_FALSE(PublicKeyOfRequest("").ok());
  EXPECT_FALSE(PublicKeyOfRequest(good.substr(0, good.size() - 30)).ok());
  EXPECT_FALSE(PublicKeyOfRequest(CertificatePem(authority_.certificate())).ok());
  std::string encrypted = good;
  encrypted.insert(encrypted.find('\n') + 1, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n");
  EXPECT_FALSE(PublicKeyOfRequest(encrypted).ok()) << "and nobody was asked for a passphrase";
  EXPECT_FALSE(PublicKeyOfRequest(good + std::string(kMaxCertificateRequestBytes, ' ')).ok());
}

TEST_F(AuthorityTest, ADeviceSignsWithTheKeyOfItsCertificate) {
  const IssuedCertificate issued = *authority_.Issue(public_key_, "d1", kNow, 90, random_);
  const PublicKey key = *PublicKey::FromSubjectPublicKeyInfo(*PublicKeyOfCertificate(issued.der));
  const DeviceKey again = *DeviceKey::FromPem(ExposeSecret(key_.Pem()));
  const Bytes signature = *again.Sign("a report");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(key.Verify("a report", signature, EcdsaForm::kFixedWidth));
  EXPECT_FALSE(key.Verify("another report", signature, EcdsaForm::kFixedWidth));
  EXPECT_FALSE(key.Verify("a report", *DeviceKey::Generate()->Sign("a report"), EcdsaForm::kFixedWidth));
  EXPECT_FALSE(DeviceKey::FromPem("no key").ok());
}

}  // namespace
}  // namespace strongroom
