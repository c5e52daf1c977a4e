// SPDX-License-Identifier: Apache-2.0
// Round numbers for an axis.
#pragma once

#include <string>
#include <vector>

namespace nobounce::report {

/// From 0 to the first one that is not below `most`, in steps of 1, 2 or 5 times a power of ten,
/// six steps or fewer. {0, 1} where `most` is not above 0.
std::vector<double> ticks_to(double most);

/// As few digits as tell the ticks apart.
std::string words_of_tick(double tick, double step);

}  // namespace nobounce::report
