// SPDX-License-Identifier: Apache-2.0
#include "measure/bmc_power.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace nobounce::measure {
namespace {

constexpr std::uint8_t kGroupExtension = 0x2c;
constexpr std::uint8_t kGetPowerReading = 0x02;
constexpr std::byte kDcmi{0xdc};
constexpr std::byte kSystemPower{0x01};

// Completion code, group, watts now, least, most and mean, time, period, state.
constexpr std::size_t kAnswerBytes = 19;
constexpr std::size_t kStateAt = 18;
constexpr std::byte kMeasures{0x40};

Error unusable(Code code, std::string cause) {
  return {.code = code,
          .operation = "read",
          .object = "the BMC's power",
          .cause = std::move(cause),
          .fix = {}};
}

}  // namespace

Result<double> parse_dcmi_power(std::span<const std::byte> answer) {
  if (answer.empty()) return fail(unusable(Code::kProtocol, "its answer is empty"));
  if (answer[0] != std::byte{0})
    return fail(
        unusable(Code::kUnsupported,
                 fmt::format("it refuses DCMI's Get Power Reading (completion code {:#04x})",
                             std::to_integer<unsigned>(answer[0]))));
  if (answer.size() < kAnswerBytes || answer[1] != kDcmi)
    return fail(unusable(Code::kProtocol, "its answer is none to DCMI's Get Power Reading"));
  if ((answer[kStateAt] & kMeasures) == std::byte{0})
    return fail(unusable(Code::kUnsupported, "it does not measure power at present"));
  return std::to_integer<unsigned>(answer[2]) + 256 * std::to_integer<unsigned>(answer[3]);
}

Result<Watts> read_bmc_watts(sys::Ipmi& ipmi) {
  static constexpr std::array kRequest = {kDcmi, kSystemPower, std::byte{0}, std::byte{0}};
  NB_ASSIGN(const auto answer, ipmi.ask(kGroupExtension, kGetPowerReading, kRequest));
  NB_ASSIGN(const double watts, parse_dcmi_power(answer));
  return Watts{{"dcmi", watts}};
}

}  // namespace nobounce::measure
