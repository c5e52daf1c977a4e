// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256 (RFC 2104, FIPS 198-1), by libcrypto: a digest that only a holder of the key can
// make.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

namespace nobounce {

using Digest = std::array<std::byte, 32>;

/// Of the pieces, one after the other. They are not told apart: whoever needs that makes their
/// lengths part of what is digested. Throws std::bad_alloc where libcrypto has no memory.
Digest hmac_sha256(std::span<const std::byte> key,
                   std::initializer_list<std::span<const std::byte>> pieces);

/// Takes as long for any two of the same length, so that a guess is told nothing by its time.
bool equal_in_constant_time(std::span<const std::byte> one, std::span<const std::byte> other);

}  // namespace nobounce
