// SPDX-License-Identifier: Apache-2.0
// Mapping: the owner of one mmap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"

namespace nobounce::sys {

/// Owns a shared mapping of a file descriptor and unmaps it. Move-only.
class Mapping {
 public:
  enum class Access { kRead, kReadWrite };

  /// Maps `length` bytes of `fd` from `offset` (a multiple of the page size). The mapping outlives
  /// the descriptor. Errors: those of mmap, with `object` named.
  static Result<Mapping> map(int fd, std::uint64_t offset, std::size_t length, Access access,
                             std::string object);

  Mapping() = default;
  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      unmap();
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  ~Mapping() { unmap(); }

  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

 private:
  explicit Mapping(std::span<std::byte> bytes) : bytes_(bytes) {}
  void unmap();

  std::span<std::byte> bytes_;
};

}  // namespace nobounce::sys
