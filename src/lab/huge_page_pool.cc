// SPDX-License-Identifier: Apache-2.0
#include "lab/huge_page_pool.h"

#include <fstream>

#include "sys/pause.h"

namespace nobounce::lab {
namespace {

constexpr const char* kReserved = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
constexpr const char* kFree = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
constexpr std::uint64_t kPageBytes = std::uint64_t{2} << 20;
constexpr int kLookEveryMs = 50;

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
  const std::uint64_t wanted = (bytes + kPageBytes - 1) / kPageBytes;
  set_aside(wanted);
  if (pages_in(kReserved) >= wanted) return true;
  set_aside(0);
  return false;
}

void await_free_huge_pages(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (pages_in(kFree) < pages_in(kReserved) && std::chrono::steady_clock::now() < deadline)
    sys::pause_for_ms(kLookEveryMs);
}

}  // namespace nobounce::lab
