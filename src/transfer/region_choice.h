// SPDX-License-Identifier: Apache-2.0
// The region of a transfer: by the provider that was named, or the best that this host has.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "memory/region.h"
#include "transfer/choice.h"
#include "transfer/options.h"

namespace nobounce::transfer {

struct ChosenRegion {
  std::unique_ptr<memory::Region> region;
  std::vector<PassedOver> passed_over;  ///< Better providers, and what opening them said.
};

/// Device memory in disguise first, as more paths can use it; then plain host memory. Errors: those
/// of the provider that was named, or of the last.
Result<ChosenRegion> choose_region(const CommonOptions& options, std::uint64_t bytes);

}  // namespace nobounce::transfer
