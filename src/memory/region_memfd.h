// SPDX-License-Identifier: Apache-2.0
// The memfd behind a region of host memory, of ordinary or of huge pages, and what a user can do
// where there are none left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sys/fd.h"
#include "sys/mapping.h"
#include "sys/memfd.h"

namespace nobounce::memory {

/// Where the kernel keeps the figures of the pool of 2 MiB pages.
inline constexpr std::string_view kHugePagePool = "/sys/kernel/mm/hugepages/hugepages-2048kB";

struct MemfdOptions {
  std::string_view provider;
  sys::PageKind pages = sys::PageKind::kOrdinary;
  std::string meminfo;
  std::string huge_page_pool;
};

constexpr sys::PageKind page_kind(bool huge_pages) {
  return huge_pages ? sys::PageKind::kHuge : sys::PageKind::kOrdinary;
}

/// A memfd of `bytes` (whole pages of their kind), all allocated. Errors: kExhausted with the
/// figure that was too small and what raises it, kUnsupported (no huge pages in this kernel).
Result<sys::Fd> open_region_memfd(std::uint64_t bytes, const MemfdOptions& options);

/// All of it, for reading and writing, every page present.
Result<sys::Mapping> map_region_memfd(const sys::Fd& memfd, std::uint64_t bytes,
                                      std::string_view provider);

}  // namespace nobounce::memory
