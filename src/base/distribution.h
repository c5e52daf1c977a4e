// SPDX-License-Identifier: Apache-2.0
// Distribution: how many there were of what size: smallest, mean, largest, and a histogram whose
// buckets double. Of fixed size, so that a data path can add to one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace nobounce {

class Distribution {
 public:
  constexpr void add(std::uint64_t value) {
    ++count_;
    sum_ += value;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    ++buckets_[static_cast<std::size_t>(std::bit_width(value))];
  }

  [[nodiscard]] constexpr std::uint64_t count() const { return count_; }
  [[nodiscard]] constexpr std::uint64_t sum() const { return sum_; }
  [[nodiscard]] constexpr std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] constexpr std::uint64_t max() const { return max_; }
  [[nodiscard]] constexpr double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  /// Calls `visit(least, most, count)` for each bucket that something fell into, in rising order:
  /// 0, 1, 2 to 3, 4 to 7, …
  template <typename Visit>
  constexpr void for_each_bucket(Visit&& visit) const {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] == 0) continue;
      const std::uint64_t least = i == 0 ? 0 : std::uint64_t{1} << (i - 1);
      visit(least, i == 0 ? 0 : least + (least - 1), buckets_[i]);
    }
  }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
  std::array<std::uint64_t, 65> buckets_{};
};

}  // namespace nobounce
