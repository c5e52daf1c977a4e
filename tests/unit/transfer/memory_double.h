// SPDX-License-Identifier: Apache-2.0
// Plain host memory in place of a provider, so that transfers run where there is none.
#pragma once

#include <memory>

#include "unit/memory/plain_region.h"

namespace nobounce::transfer {

inline Result<std::unique_ptr<memory::Region>> open_memory_double(
    std::string_view, const memory::RegionOptions& options) {
  return std::make_unique<memory::PlainRegion>((options.size + 4095) / 4096 * 4096);
}

}  // namespace nobounce::transfer
