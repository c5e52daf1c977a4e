// SPDX-License-Identifier: Apache-2.0
// The check that a sender makes before the kernel reads an extent by its address.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "memory/region.h"

namespace nobounce::path {

/// Error: kInvalidArgument for an extent that leaves a region of `region_size` bytes.
inline Status require_inside(memory::Extent extent, std::uint64_t region_size) {
  if (range_fits(extent.offset, extent.length, region_size)) return {};
  return fail({.code = Code::kInvalidArgument,
               .operation = "send",
               .object = "an extent",
               .cause = "it lies outside of the region",
               .fix = {}});
}

}  // namespace nobounce::path
