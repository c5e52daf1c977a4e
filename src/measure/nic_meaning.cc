// SPDX-License-Identifier: Apache-2.0
#include "measure/nic_meaning.h"

#include <fmt/format.h>

#include <array>

namespace nobounce::measure {
namespace {

struct Meaning {
  std::string_view driver;
  std::string_view name;  // Without the number of the queue.
  NicCounter counter;
};

// From the drivers of Linux 7.3. Where a driver has a counter for all queues and one for each, the
// former stands here alone.
constexpr std::array kMeanings = {
    Meaning{"gve", "rx_dropped", NicCounter::kRxDropped},
    Meaning{"gve", "rx_queue_drop_cnt", NicCounter::kRxDropped},
    Meaning{"gve", "rx_drops_packet_over_mru", NicCounter::kRxDropped},
    Meaning{"gve", "rx_drops_invalid_checksum", NicCounter::kRxDropped},
    Meaning{"gve", "rx_no_buffers_posted", NicCounter::kRxNoBuffer},
    Meaning{"gve", "rx_buf_alloc_fail", NicCounter::kRxNoBuffer},
    Meaning{"gve", "rx_hsplit_pkt", NicCounter::kRxHeaderSplitPackets},
    Meaning{"gve", "rx_hsplit_unsplit_pkt", NicCounter::kRxNotSplitPackets},
    Meaning{"mlx5_core", "rx_discards_phy", NicCounter::kRxDropped},
    Meaning{"mlx5_core", "rx_wqe_err", NicCounter::kRxDropped},
    Meaning{"mlx5_core", "rx_out_of_buffer", NicCounter::kRxNoBuffer},
    Meaning{"mlx5_core", "rx_buff_alloc_err", NicCounter::kRxNoBuffer},
    Meaning{"mlx5_core", "rx_lro_packets", NicCounter::kRxCoalescedPackets},
    Meaning{"mlx5_core", "rx_gro_packets", NicCounter::kRxCoalescedPackets},
    Meaning{"mlx5_core", "rx_hds_nosplit_packets", NicCounter::kRxNotSplitPackets},
    Meaning{"bnxt_en", "rx_total_ring_discards", NicCounter::kRxDropped},
    Meaning{"bnxt_en", "rx_total_oom_discards", NicCounter::kRxNoBuffer},
    Meaning{"bnxt_en", "rx_total_buf_errors", NicCounter::kRxNoBuffer},
    Meaning{"bnxt_en", "rx_tpa_pkt", NicCounter::kRxCoalescedPackets},
    Meaning{"bnxt_en", "tpa_packets", NicCounter::kRxCoalescedPackets},
};

/// "rx_bytes[3]" and "[3]: rx_bytes" → "rx_bytes".
std::string_view without_queue(std::string_view name) {
  constexpr std::string_view kBehind = "]: ";
  if (name.starts_with('[')) {
    const std::size_t end = name.find(kBehind);
    return end == std::string_view::npos ? name : name.substr(end + kBehind.size());
  }
  return name.ends_with(']') ? name.substr(0, name.rfind('[')) : name;
}

}  // namespace

std::string_view name_of(NicCounter counter) {
  switch (counter) {
    case NicCounter::kRxDropped:
      return "rx_dropped";
    case NicCounter::kRxNoBuffer:
      return "rx_no_buffer";
    case NicCounter::kRxCoalescedPackets:
      return "rx_coalesced_packets";
    case NicCounter::kRxHeaderSplitPackets:
      return "rx_header_split_packets";
    case NicCounter::kRxNotSplitPackets:
      return "rx_not_split_packets";
  }
  return "?";
}

std::optional<NicCounter> meaning_of(std::string_view driver, std::string_view name) {
  const std::string_view plain = without_queue(name);
  for (const Meaning& meaning : kMeanings) {
    if (meaning.driver == driver && meaning.name == plain) return meaning.counter;
  }
  return std::nullopt;
}

Figure<std::uint64_t> sum_of(NicCounter counter, std::string_view driver, const Counts& counts) {
  std::uint64_t sum = 0;
  bool is_told = false;
  for (const auto& [name, value] : counts) {
    if (meaning_of(driver, name) != counter) continue;
    is_told = true;
    sum += value;
  }
  if (is_told) return sum;
  return NotAvailable{
      fmt::format("no counter of driver {} is known to mean {}", driver, name_of(counter))};
}

}  // namespace nobounce::measure
