// SPDX-License-Identifier: Apache-2.0
// Bit rates, durations and probabilities as people write them: "10G", "50us", "1%". Units are
// powers of ten; sizes in bytes, whose units are powers of two, are in size.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nobounce {

/// Bits a second from a number with an optional k, M, G or T, and an optional "bit", "bit/s" or
/// "bps" after it: "10G", "2.5Gbit/s", "100 Mbit". Errors: kInvalidArgument for anything else, for
/// a sign, for less than a bit and for more than 1000 Tbit/s.
Result<std::uint64_t> parse_bit_rate(std::string_view text);

/// Nanoseconds from a number with ns, us, ms or s: "50us", "1.5ms"; "0" needs no unit. Errors:
/// kInvalidArgument for anything else, for a sign and for more than an hour.
Result<std::uint64_t> parse_duration_ns(std::string_view text);

/// From 0 to 1: "1%", "0.01". Errors: kInvalidArgument for anything else.
Result<double> parse_probability(std::string_view text);

/// "10 Gbit/s", "2.5 Mbit/s": the largest unit of which there is one, three digits after the point
/// at most.
std::string format_bit_rate(std::uint64_t bits_per_s);
/// "50 us", "1.5 ms", likewise.
std::string format_duration(std::uint64_t ns);
/// "1%", likewise.
std::string format_probability(double probability);

}  // namespace nobounce
