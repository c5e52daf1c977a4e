// SPDX-License-Identifier: Apache-2.0
// Vectors: FIPS 180-4 examples, published by NIST.
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace nobounce {
namespace {

std::string digest_of(std::string_view text) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex_digest();
}

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest_of(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TakesBytesInPiecesAndGoesOnAfterADigest) {
  Sha256 hash;
  const std::string_view text = "abc";
  for (const char& letter : text) {
    hash.update(std::as_bytes(std::span(&letter, 1)));
    EXPECT_EQ(hash.hex_digest(),
              digest_of(text.substr(0, static_cast<std::size_t>(&letter - text.data() + 1))));
  }
}

TEST(Sha256, MovesWithItsState) {
  const std::string_view text = "abc";
  Sha256 first;
  first.update(std::as_bytes(std::span(text.substr(0, 1))));
  Sha256 second = std::move(first);
  second.update(std::as_bytes(std::span(text.substr(1))));
  EXPECT_EQ(second.hex_digest(), digest_of("abc"));
}

}  // namespace
}  // namespace nobounce
