// SPDX-License-Identifier: Apache-2.0
// Sha256: a running SHA-256 over bytes that come in pieces (libcrypto's, which uses the CPU's own
// instructions where it has them).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace nobounce {

/// Move-only; thread-compatible; of no use once moved from. Throws std::bad_alloc where libcrypto
/// has no memory, as any container does.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  /// The digest of all bytes so far as 64 hex digits; more bytes may follow.
  [[nodiscard]] std::string hex_digest() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace nobounce
