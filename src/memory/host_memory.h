// SPDX-License-Identifier: Apache-2.0
// The provider "host": plain memory of this host, a memfd without a dma-buf. Every kernel has it;
// no NIC can be given it, so paths devmem refuse it. Its pages can be pinned, and it is what the
// other paths are measured with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "memory/region.h"
#include "memory/region_memfd.h"

namespace nobounce::memory {

inline constexpr std::string_view kHost = "host";

/// Where the host keeps what the provider needs; tests point these elsewhere.
struct HostMemoryOptions {
  std::string meminfo = "/proc/meminfo";
  std::string huge_page_pool{kHugePagePool};
  bool huge_pages = false;
};

/// A region of `size` bytes rounded up to pages (huge ones where asked for), all allocated, mapped
/// and zero. Errors: kInvalidArgument (size), kExhausted (not enough memory or huge pages, with
/// figures and fix), kUnsupported (no huge pages in this kernel).
Result<std::unique_ptr<Region>> open_host_memory(std::uint64_t size,
                                                 const HostMemoryOptions& options = {});

}  // namespace nobounce::memory
