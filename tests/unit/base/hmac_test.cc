// SPDX-License-Identifier: Apache-2.0
// Vectors: RFC 4231.
#include "base/hmac.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace nobounce {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string hex(const Digest& digest) {
  std::string text;
  for (const std::byte octet : digest)
    text += fmt::format("{:02x}", std::to_integer<unsigned>(octet));
  return text;
}

TEST(Hmac, GivesThePublishedDigests) {
  EXPECT_EQ(hex(hmac_sha256(bytes(std::string(20, '\x0b')), {bytes("Hi There")})),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(bytes("Jefe"), {bytes("what do ya want for nothing?")})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, TakesPiecesAsOneMessage) {
  EXPECT_EQ(hmac_sha256(bytes("Jefe"), {bytes("what do ya "), {}, bytes("want for nothing?")}),
            hmac_sha256(bytes("Jefe"), {bytes("what do ya want for nothing?")}));
}

TEST(Hmac, ComparesWholeDigests) {
  EXPECT_TRUE(equal_in_constant_time(bytes("abc"), bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(bytes("abc"), bytes("abd")));
  EXPECT_FALSE(equal_in_constant_time(bytes("abc"), bytes("ab")));
}

}  // namespace
}  // namespace nobounce
