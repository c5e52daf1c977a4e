// SPDX-License-Identifier: Apache-2.0
// What of Impairments a wire can do.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "emulator/wire/wire.h"

namespace nobounce::emulator::wire {
namespace {

Status refuse(std::string object, std::string cause, std::string fix) {
  return fail({.code = Code::kInvalidArgument,
               .operation = "give a wire",
               .object = std::move(object),
               .cause = std::move(cause),
               .fix = std::move(fix)});
}

}  // namespace

Status check(const Impairments& impairments) {
  struct Probability {
    std::string_view name;
    double value;
  };
  const std::array probabilities = {
      Probability{"loss", impairments.loss}, Probability{"reorder", impairments.reorder},
      Probability{"duplicate", impairments.duplicate}, Probability{"corrupt", impairments.corrupt}};
  for (const Probability& probability : probabilities) {
    // Written so that what is not a number is refused, too.
    if (probability.value >= 0 && probability.value <= 1) continue;
    return refuse(fmt::format("{} of {}", probability.name, probability.value),
                  "it is not a probability", "give one from 0 to 1");
  }
  const std::uint64_t rate = impairments.rate_bits_per_s;
  if (rate != 0 && (rate < kMinRateBitsPerS || rate > kMaxRateBitsPerS)) {
    return refuse(
        fmt::format("rate of {} bit/s", rate), "no line has it",
        fmt::format("give {} to {}, or 0 for no rate", kMinRateBitsPerS, kMaxRateBitsPerS));
  }
  if (impairments.delay_ns > kMaxDelayNs) {
    return refuse(fmt::format("delay of {} ns", impairments.delay_ns), "it is above an hour",
                  fmt::format("give at most {}", kMaxDelayNs));
  }
  if (impairments.jitter_ns > impairments.delay_ns) {
    return refuse(fmt::format("jitter of {} ns", impairments.jitter_ns),
                  fmt::format("the delay that it is around is {} ns", impairments.delay_ns),
                  "give at most the delay");
  }
  if (impairments.reorder > 0 && impairments.delay_ns == 0 && rate == 0) {
    return refuse(fmt::format("reorder of {}", impairments.reorder),
                  "without a delay or a rate no frame waits that another could overtake",
                  "give a delay as well");
  }
  return {};
}

}  // namespace nobounce::emulator::wire
