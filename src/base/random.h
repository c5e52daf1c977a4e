// SPDX-License-Identifier: Apache-2.0
// Random: a small seeded generator for simulations and test data, the same on every machine. Not
// for secrets.
//
// Two published algorithms by David Blackman and Sebastiano Vigna: SplitMix64 (after Steele, Lea
// and Flood, 2014) to stir a seed, xoshiro256** (2018) for the stream. std::mt19937_64 would do,
// but the standard's distributions differ between libraries, and one seed must replay everything.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace nobounce {

/// The step between two states of SplitMix64: 2^64 divided by the golden ratio.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15;

/// SplitMix64's output function: a bijection that turns any change of a bit into about 32.
constexpr std::uint64_t mix64(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// xoshiro256**. Copyable: a copy replays the rest of the stream. Also a standard
/// UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;

  constexpr explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += kSplitMixStep;
      word = mix64(seed);
    }
  }

  constexpr std::uint64_t next() {
    const std::uint64_t output = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return output;
  }

  /// Uniform in [0, bound), without bias; `bound` must not be 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    // The first 2^64 mod bound outputs would make the low remainders likelier: draw again.
    const std::uint64_t biased = (0 - bound) % bound;
    std::uint64_t output = next();
    while (output < biased)
      output = next();
    return output % bound;
  }

  /// True with that probability: never for 0, always for 1.
  constexpr bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1p-53 < probability;
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  constexpr result_type operator()() { return next(); }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace nobounce
