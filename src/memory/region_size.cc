// SPDX-License-Identifier: Apache-2.0
#include "memory/region_size.h"

#include <fmt/format.h>

#include "base/size.h"
#include "sys/procfs.h"
#include "sys/system_constants.h"

namespace nobounce::memory {

Result<std::uint64_t> whole_pages(std::string_view provider, std::uint64_t size,
                                  sys::PageKind pages) {
  if (size == 0 || size > kMaxRegionBytes) {
    return fail({.code = Code::kInvalidArgument,
                 .operation = "open region",
                 .object = fmt::format("{} of {}", provider, format_size(size)),
                 .cause = fmt::format("a region has 1 byte to {}", format_size(kMaxRegionBytes)),
                 .fix = {}});
  }
  const std::uint64_t page =
      pages == sys::PageKind::kHuge ? sys::kHugePageBytes : sys::page_size_bytes();
  return (size + page - 1) / page * page;
}

Status require_host_memory(std::string_view provider, std::uint64_t size,
                           const std::string& meminfo) {
  const auto available = sys::read_available_memory(meminfo);
  if (!available || size <= *available) return {};
  return fail({.code = Code::kExhausted,
               .operation = "open region",
               .object = fmt::format("{} of {}", provider, format_size(size)),
               .cause = fmt::format("the host has {} available ({}, MemAvailable)",
                                    format_size(*available), meminfo),
               .fix = "ask for a smaller region or free memory"});
}

}  // namespace nobounce::memory
