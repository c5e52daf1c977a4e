// SPDX-License-Identifier: Apache-2.0
#include "lab/huge_page_pool.h"

#include <fstream>

namespace nobounce::lab {
namespace {

constexpr const char* kReserved = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
constexpr std::uint64_t kPageBytes = std::uint64_t{2} << 20;

std::uint64_t reserved() {
  std::uint64_t pages = 0;
  std::ifstream(kReserved) >> pages;
  return pages;
}

void set_aside(std::uint64_t pages) {
  std::ofstream(kReserved) << pages << std::flush;
}

}  // namespace

bool reserve_huge_pages(std::uint64_t bytes) {
  const std::uint64_t wanted = (bytes + kPageBytes - 1) / kPageBytes;
  set_aside(wanted);
  if (reserved() >= wanted) return true;
  set_aside(0);
  return false;
}

}  // namespace nobounce::lab
