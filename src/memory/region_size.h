// SPDX-License-Identifier: Apache-2.0
// How large a region becomes, and whether this host can spare it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/memfd.h"

namespace nobounce::memory {

/// No device of today has more memory; a larger wish is a slip of the unit.
inline constexpr std::uint64_t kMaxRegionBytes = std::uint64_t{1} << 40;

/// `size` rounded up to whole pages of that kind. Error: kInvalidArgument for 0 and above
/// kMaxRegionBytes.
Result<std::uint64_t> whole_pages(std::string_view provider, std::uint64_t size,
                                  sys::PageKind pages = sys::PageKind::kOrdinary);

/// Asked before a provider takes `size` bytes of host memory for good: those pages can't be swapped
/// or moved, and past the last free page the kernel kills a process rather than say ENOMEM. Error:
/// kExhausted where `meminfo` says that less is available, with both figures. A file that can't be
/// read settles nothing: then the kernel decides.
Status require_host_memory(std::string_view provider, std::uint64_t size,
                           const std::string& meminfo);

}  // namespace nobounce::memory
