// SPDX-License-Identifier: Apache-2.0
#include "base/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <vector>

namespace nobounce {

Digest hmac_sha256(std::span<const std::byte> key,
                   std::initializer_list<std::span<const std::byte>> pieces) {
  std::vector<std::byte> whole;
  for (const auto& piece : pieces)
    whole.insert(whole.end(), piece.begin(), piece.end());
  Digest digest{};
  unsigned length = 0;
  const auto* made = ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(whole.data()), whole.size(),
                            reinterpret_cast<unsigned char*>(digest.data()), &length);
  // It fails only for want of memory; a digest that stands for nothing must not exist.
  if (made == nullptr || length != digest.size()) throw std::bad_alloc();
  return digest;
}

bool equal_in_constant_time(std::span<const std::byte> one, std::span<const std::byte> other) {
  return one.size() == other.size() && ::CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace nobounce
