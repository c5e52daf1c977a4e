// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.h"

#include <algorithm>
#include <array>

#include "base/random.h"

namespace nobounce::fuzz {

std::span<const Target> targets() {
  static constexpr std::array kTargets = {
      Target{"vfio_user", &vfio_user}, Target{"admin_queue", &admin_queue},
      Target{"rings", &rings},         Target{"accelerator", &accelerator},
      Target{"profile", &profile},     Target{"bench_agent", &bench_agent},
  };
  return kTargets;
}

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(targets(), name, &Target::name);
  return found == targets().end() ? nullptr : &*found;
}

std::vector<std::uint8_t> seed_input(std::uint64_t number) {
  Random random(number);
  std::vector<std::uint8_t> input(std::size_t{64} << random.below(6));
  for (std::uint8_t& byte : input)
    byte = static_cast<std::uint8_t>(random.below(256));
  return input;
}

}  // namespace nobounce::fuzz
