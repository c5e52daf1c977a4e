// SPDX-License-Identifier: Apache-2.0
#include "lab/huge_page_pool.h"

#include <fstream>

namespace nobounce::lab {
namespace {

constexpr const char* kReserved = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
constexpr const char* kFree = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
constexpr std::uint64_t kPageBytes = std::uint64_t{2} << 20;

std::uint64_t pages_for(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes;
}

std::uint64_t pages_in(const char* file) {
  std::uint64_t pages = 0;
  std::ifstream(file) >> pages;
  return pages;
}

void set_aside(std::uint64_t pages) {
  std::ofstream(kReserved) << pages << std::flush;
}

}  // namespace

bool reserve_huge_pages(std::uint64_t bytes) {
  const std::uint64_t wanted = pages_for(bytes);
  set_aside(wanted);
  if (pages_in(kReserved) >= wanted) return true;
  set_aside(0);
  return false;
}

bool provide_huge_pages(std::uint64_t bytes) {
  const std::uint64_t wanted = pages_for(bytes);
  const std::uint64_t free = pages_in(kFree);
  if (free >= wanted) return true;
  set_aside(pages_in(kReserved) + wanted - free);
  return pages_in(kFree) >= wanted;
}

}  // namespace nobounce::lab
