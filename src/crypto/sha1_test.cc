#include "crypto/sha1.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace strongroom {
namespace {

// FIPS 180-4 examples, and the concatenation of parts.
TEST(Sha1, GivesThePublishedDigests) {
  EXPECT_EQ(HexEncode(View(Sha1({"abc"}))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HexEncode(View(Sha1({"a", "", "bc"}))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(HexEncode(View(Sha1({}))), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

// RFC 2202, test cases 1, 2 and 6.
TEST(HmacSha1, GivesThePublishedCodes) {
  EXPECT_EQ(HexEncode(View(HmacSha1(SecretBytes::CopyOf(Bytes(20, '\x0b')), "Hi There"))),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(HexEncode(View(HmacSha1(SecretBytes::CopyOf("Jefe"), "what do ya want for nothing?"))),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(HexEncode(View(HmacSha1(SecretBytes::CopyOf(Bytes(80, '\xaa')),
                                    "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

}  // namespace
}  // namespace strongroom
