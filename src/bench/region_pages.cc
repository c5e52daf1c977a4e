// SPDX-License-Identifier: Apache-2.0
#include "bench/region_pages.h"

#include "bench/streams.h"

namespace nobounce::bench {
namespace {

constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20;

std::uint64_t bytes_of_region(const std::string& memory, std::uint64_t bytes) {
  if (!can_be_of_huge_pages(memory)) return 0;
  return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
}

}  // namespace

bool can_be_of_huge_pages(const std::string& memory) {
  return memory == "udmabuf" || memory == "host";
}

std::uint64_t huge_page_bytes_of(const Cell& cell, char host) {
  std::uint64_t bytes = 0;
  for (const Stream& stream : streams_of(cell)) {
    if (*stream.sender_host() == host) bytes += bytes_of_region(cell.tx_memory, cell.message_bytes);
    if (*stream.receiver_host() == host) bytes += bytes_of_region(cell.rx_memory, cell.pool_bytes);
  }
  return bytes;
}

bool has_huge_pages_for(const Field& field, const Cell& cell) {
  if (!field.is_two_machines()) return field.has_huge_pages;
  const auto has = [&cell](const Machine& machine, char host) {
    return machine.huge_page_bytes >= 2 * huge_page_bytes_of(cell, host);
  };
  return has(*field.a, 'a') && has(*field.b, 'b');
}

Cell as_run_on(const Field& field, Cell cell) {
  if (cell.engine == Engine::kNobounce && cell.tuning.region_pages.empty())
    cell.tuning.region_pages = has_huge_pages_for(field, cell) ? "huge" : "small";
  return cell;
}

}  // namespace nobounce::bench
