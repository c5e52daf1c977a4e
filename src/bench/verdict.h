// SPDX-License-Identifier: Apache-2.0
// Verdicts: what pairs of interleaved runs of two cells say, in figures and in words. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/figure.h"
#include "bench/statistics.h"

namespace nobounce::bench {

/// A cell as verdicts speak of it.
struct Contender {
  std::size_t id = 0;
  std::string name;                  ///< "devmem → devmem", with what tells it from the other.
  std::vector<nlohmann::json> runs;  ///< Those that count.
};

struct Verdict {
  std::size_t first = 0;   ///< What is judged, by its cell.
  std::size_t second = 0;  ///< What it is compared with.
  Figure<Ratio> throughput{};
  Figure<Ratio> cpu{};  ///< CPU seconds a byte.
  std::string words{};
};

/// Pairs the runs of the same round.
Verdict judge(const Contender& first, const Contender& second, std::uint64_t seed);

nlohmann::json to_json(const Ratio& ratio);
nlohmann::json to_json(const Verdict& verdict);

}  // namespace nobounce::bench
