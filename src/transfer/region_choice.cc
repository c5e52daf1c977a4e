// SPDX-License-Identifier: Apache-2.0
#include "transfer/region_choice.h"

#include <array>
#include <string>
#include <utility>

namespace nobounce::transfer {
namespace {

constexpr std::array<std::string_view, 2> kProviderOrder = {"udmabuf", "host"};

}  // namespace

Result<ChosenRegion> choose_region(const CommonOptions& options, std::uint64_t bytes) {
  const memory::RegionOptions wanted{.size = bytes, .huge_pages = options.huge_pages};
  ChosenRegion chosen;
  if (!options.memory.empty()) {
    NB_ASSIGN(chosen.region, options.open_region(options.memory, wanted));
    return chosen;
  }
  for (const std::string_view provider : kProviderOrder) {
    auto region = options.open_region(provider, wanted);
    if (region) {
      chosen.region = std::move(*region);
      break;
    }
    if (provider == kProviderOrder.back()) return fail(std::move(region).error());
    chosen.passed_over.push_back(
        {.name = std::string(provider), .reason = to_string(region.error())});
  }
  return chosen;
}

}  // namespace nobounce::transfer
