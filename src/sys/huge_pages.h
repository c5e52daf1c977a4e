// SPDX-License-Identifier: Apache-2.0
// The kernel's pools of huge pages. Source: Documentation/admin-guide/mm/hugetlbpage.rst.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace nobounce::sys {

struct HugePages {
  std::uint64_t page_bytes = 0;
  std::uint64_t total = 0;
  std::uint64_t free = 0;
};

/// One entry a page size, by rising size; none where the kernel has no huge pages. Errors: those of
/// reading `directory`; kProtocol for a file or a name in it that is no number.
Result<std::vector<HugePages>> read_huge_pages(
    const std::string& directory = "/sys/kernel/mm/hugepages");

}  // namespace nobounce::sys
