// SPDX-License-Identifier: Apache-2.0
#include "bench/lines.h"

#include <fmt/format.h>

#include <limits>

#include "bench/shape.h"

namespace nobounce::bench {
namespace {

HostNic nic_of_lab(std::uint64_t pair, int host) {
  return {.name = fmt::format("eth{}", pair),
          .v4 = fmt::format("10.0.{}.{}", pair, host),
          .v6 = fmt::format("fd00:{:x}::{}", pair, host)};
}

}  // namespace

std::set<std::string> families_of(std::span<const HostNic> nics) {
  std::set<std::string> families = {"v4", "v6"};
  for (const HostNic& nic : nics)
    std::erase_if(families, [&nic](const std::string& one) { return nic.address(one).empty(); });
  return families;
}

Lines lines_of_lab(std::uint64_t pairs) {
  Lines lines;
  for (std::uint64_t pair = 0; pair < pairs; ++pair) {
    lines.a.push_back(nic_of_lab(pair, 1));
    lines.b.push_back(nic_of_lab(pair, 2));
  }
  return lines;
}

bool has_room_for_flows(std::uint16_t port) {
  return port + kMostFlows - 1 <= std::numeric_limits<std::uint16_t>::max();
}

}  // namespace nobounce::bench
