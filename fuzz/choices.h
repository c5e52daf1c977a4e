// SPDX-License-Identifier: Apache-2.0
// Choices: a fuzzer's input, read as decisions. What is asked for after its end is 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace nobounce::fuzz {

class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> input) : left_(input) {}

  [[nodiscard]] bool any_left() const { return !left_.empty(); }

  /// An integer of all its bits.
  template <typename T>
  T number() {
    T value = 0;
    const std::size_t count = std::min(sizeof value, left_.size());
    if (count != 0) std::memcpy(&value, left_.data(), count);
    left_ = left_.subspan(count);
    return value;
  }

  /// Below `bound`, which is not 0.
  std::uint32_t below(std::uint32_t bound) {
    if (bound <= 256) return number<std::uint8_t>() % bound;
    return number<std::uint32_t>() % bound;
  }
  bool once_in(std::uint32_t n) { return below(n) == n - 1; }

  /// Up to `most` bytes, which end with the input.
  std::span<const std::byte> bytes(std::size_t most) {
    const auto taken = std::as_bytes(left_.first(std::min(most, left_.size())));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> left_;
};

}  // namespace nobounce::fuzz
