// SPDX-License-Identifier: Apache-2.0
// Latencies: how long each of many took, kept as counts in buckets that grow with the value: a
// bucket is never wider than 1/64 of what lies in it, so that a quantile is off by 1.6% at the
// most. Its memory is taken when it is made, so that a data path can add to it.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/figure.h"

namespace nobounce {

class Latencies {
 public:
  Latencies() : counts_(kBuckets) {}

  void add(std::uint64_t ns) {
    ++counts_[bucket_of(ns)];
    ++count_;
    sum_ += ns;
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
  }

  /// What somebody else has kept: so many in the bucket of `ns`. Their extremes and their sum are
  /// for restore_exact().
  void restore(std::uint64_t ns, std::uint64_t count) {
    counts_[bucket_of(ns)] += count;
    count_ += count;
  }
  void restore_exact(std::uint64_t min, std::uint64_t max, std::uint64_t sum) {
    sum_ += sum;
    min_ = std::min(min_, min);
    max_ = std::max(max_, max);
  }

  void add(const Latencies& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      counts_[i] += other.counts_[i];
    count_ += other.count_;
    restore_exact(other.min_, other.max_, other.sum_);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  /// What `part` of them did not exceed, and no bucket more. Missing where they are so few that it
  /// would be the largest by itself: one in a thousand of a hundred.
  [[nodiscard]] Figure<std::uint64_t> quantile(double part) const {
    const double above = static_cast<double>(count_) * (1 - part);
    if (above < 1 - 1e-9)
      return NotAvailable{std::to_string(count_) + " requests are too few for this part of them"};
    // As many as must not be above it, rounded up.
    const auto rank = static_cast<std::uint64_t>(
        std::max(1.0, std::ceil(static_cast<double>(count_) * part - 1e-9)));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      below += counts_[i];
      if (below >= rank) return std::min(most_of(i), max_);
    }
    return max_;
  }

  /// Calls `visit(least, most, count)` for each bucket that something fell into, in rising order.
  template <typename Visit>
  void for_each_bucket(Visit&& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) visit(least_of(i), most_of(i), counts_[i]);
    }
  }

 private:
  // Below 2^(kBits + 1) each value has a bucket; above, each power of two has 2^kBits.
  static constexpr unsigned kBits = 6;
  static constexpr std::size_t kPerOctave = std::size_t{1} << kBits;
  static constexpr unsigned kMostWidth = 42;  // 73 minutes: more counts as that.
  static constexpr std::size_t kBuckets = (kMostWidth - kBits + 1) * kPerOctave;

  static constexpr unsigned shift_of(std::size_t bucket) {
    return bucket < 2 * kPerOctave ? 0 : static_cast<unsigned>(bucket / kPerOctave - 1);
  }
  static std::size_t bucket_of(std::uint64_t ns) {
    ns = std::min(ns, (std::uint64_t{1} << kMostWidth) - 1);
    const auto width = static_cast<unsigned>(std::bit_width(ns));
    const unsigned shift = width > kBits + 1 ? width - kBits - 1 : 0;
    return shift * kPerOctave + static_cast<std::size_t>(ns >> shift);
  }
  static std::uint64_t least_of(std::size_t bucket) {
    const unsigned shift = shift_of(bucket);
    return static_cast<std::uint64_t>(bucket - shift * kPerOctave) << shift;
  }
  static std::uint64_t most_of(std::size_t bucket) {
    return least_of(bucket) + (std::uint64_t{1} << shift_of(bucket)) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
};

}  // namespace nobounce
