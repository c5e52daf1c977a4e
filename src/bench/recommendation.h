// SPDX-License-Identifier: Apache-2.0
// What a bench recommends: in which order `--path auto` should try the paths. It begins with
// nobounce's own order and changes it only where enough interleaved pairs of runs have shown that
// one path returns more than another, in no setting less. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "bench/answer.h"
#include "bench/matrix.h"

namespace nobounce::bench {

/// {"criterion", "receive", "send"}: for each direction {"order", "changes", "reasons"}, or why
/// there is none. `machine` is the model's: where a guest had more CPUs than the machine below it
/// nothing is recommended.
nlohmann::json recommendation_of(const std::vector<Judged>& cells, const RoiExponents& exponents,
                                 const nlohmann::json& machine, std::uint64_t seed);

}  // namespace nobounce::bench
