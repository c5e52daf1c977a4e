// SPDX-License-Identifier: Apache-2.0
// What the streams of one run say together. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "bench/streams.h"

namespace nobounce::bench {

/// A stream, and what figures_of() says of it.
struct StreamRun {
  Stream stream;
  nlohmann::json figures;
};

/// One run of all of them, not empty, in the same words, and its `streams`. Its time is that from
/// the first byte of any to the last byte of any, so that it can't gain by streams that run alone.
/// What processes used and counted is added up; what the machine's CPUs did is that of the stream
/// that took longest, in its time. `fairness` is there where there are several.
nlohmann::json figures_of_streams(const std::vector<StreamRun>& streams);

/// Jain's index: 1 where all have the same, 1/n where one has all. `shares` are not negative; 1 of
/// none.
double fairness_of(std::span<const double> shares);

}  // namespace nobounce::bench
