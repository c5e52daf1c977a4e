// SPDX-License-Identifier: Apache-2.0
// The provider "udmabuf": host memory dressed as device memory, a dma-buf made of a memfd's pages.
// For hosts without an accelerator, and for tests. The CPU sees it through the memfd, whose pages
// (unlike those of a mapped dma-buf) can also be pinned for MSG_ZEROCOPY and io_uring.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "memory/region.h"
#include "memory/region_memfd.h"

namespace nobounce::memory {

inline constexpr std::string_view kUdmabuf = "udmabuf";

/// Where the host keeps what the provider needs; tests point these elsewhere.
struct UdmabufOptions {
  std::string device = "/dev/udmabuf";
  std::string size_limit = "/sys/module/udmabuf/parameters/size_limit_mb";
  std::string meminfo = "/proc/meminfo";
  std::string huge_page_pool{kHugePagePool};
  bool huge_pages = false;
};

/// A region of `size` bytes rounded up to pages (huge ones where asked for), all allocated, mapped
/// and zero. Errors: kInvalidArgument (size), kUnsupported (no such device, no huge pages: the
/// probe and its fix are named), kPermission, kExhausted (above the module's limit: its file, value
/// and fix; not enough memory or huge pages).
Result<std::unique_ptr<Region>> open_udmabuf(std::uint64_t size,
                                             const UdmabufOptions& options = {});

}  // namespace nobounce::memory
