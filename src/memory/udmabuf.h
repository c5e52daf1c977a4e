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

namespace nobounce::memory {

inline constexpr std::string_view kUdmabuf = "udmabuf";

/// Where the host keeps what the provider needs; tests point these elsewhere.
struct UdmabufOptions {
  std::string device = "/dev/udmabuf";
  std::string size_limit = "/sys/module/udmabuf/parameters/size_limit_mb";
  std::string meminfo = "/proc/meminfo";
};

/// A region of `size` bytes rounded up to pages, all allocated, mapped and zero.
/// Errors: kInvalidArgument (size), kUnsupported (no such device: the probe and its fix are named),
/// kPermission, kExhausted (above the module's limit: its file, value and fix; not enough memory).
Result<std::unique_ptr<Region>> open_udmabuf(std::uint64_t size,
                                             const UdmabufOptions& options = {});

}  // namespace nobounce::memory
