// SPDX-License-Identifier: Apache-2.0
#include "bench/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "bench/peers.h"
#include "bench/placement.h"
#include "bench/region_pages.h"
#include "bench/streams.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr std::uint64_t kPageBytes = 4096;
// Headers of IP and of TCP, whose timestamps take their room from the payload.
constexpr std::uint64_t kIpv4Bytes = 20;
constexpr std::uint64_t kIpv6Bytes = 40;
constexpr std::uint64_t kTcpBytes = 20;
constexpr std::uint64_t kTimestampBytes = 12;

std::uint64_t ip_header_bytes(const Cell& cell) {
  return cell.link.address_family == "v6" ? kIpv6Bytes : kIpv4Bytes;
}

/// Calls `each` with `cell` of every length.
template <typename Each>
void for_each_length(const Axes& axes, Cell cell, Each&& each) {
  for (const double seconds : axes.seconds) {
    for (const std::uint64_t runs : axes.runs) {
      cell.seconds = seconds;
      cell.runs = runs;
      each(cell);
    }
  }
}

/// Calls `each` with a cell of `shape` for every setting, without paths: all axes but those of one
/// engine.
template <typename Each>
void for_each_setting(const Axes& axes, const Shape& shape, Each&& each) {
  for (const std::uint64_t mtu : axes.mtu) {
    for (const Cpus cpus : axes.cpus) {
      for (const Gro gro : axes.gro) {
        for (const std::uint64_t gro_max : axes.gro_max_bytes) {
          for (const std::uint64_t gso_max : axes.gso_max_bytes) {
            for (const std::uint64_t message : axes.message_bytes) {
              Cell cell;
              cell.shape = shape;
              cell.mtu = mtu;
              cell.cpus = cpus;
              cell.gro = gro;
              cell.gro_max_bytes = gro_max;
              cell.gso_max_bytes = gso_max;
              cell.message_bytes = message;
              for (const LinkTuning& link : expand(axes.link)) {
                cell.link = link;
                for_each_length(axes, cell, each);
              }
            }
          }
        }
      }
    }
  }
}

bool sends_pages(std::string_view tx_path) {
  return tx_path != "copy";
}

std::optional<std::string> why_memory_fails(const Cell& cell) {
  constexpr const char* kNoPin = "the mapping of a dma-heap has no pages that can be pinned";
  if (cell.paths.tx == "devmem" && cell.tx_memory == "host")
    return "plain host memory has no dma-buf, which path devmem sends from";
  if (cell.paths.rx == "devmem" && cell.rx_memory == "host")
    return "plain host memory has no dma-buf, which path devmem receives into";
  const bool pins = cell.paths.tx == "zerocopy" || cell.paths.tx == "send_zc";
  if (pins && cell.tx_memory == "dma-heap") return kNoPin;
  if (pins && cell.tx_memory == kAcceleratorMemory)
    return "an accelerator's memory has no pages of the host's that can be pinned";
  return std::nullopt;
}

std::optional<std::string> why_segments_fail(const Cell& cell) {
  const std::uint64_t mss = cell.link.mss_bytes;
  const std::uint64_t headers = ip_header_bytes(cell) + kTcpBytes;
  if (mss != 0 && mss + headers > cell.mtu)
    return fmt::format("an MTU of {} has no room for segments of {} bytes (it wants {})", cell.mtu,
                       mss, mss + headers);
  if (cell.paths.rx != "mmap") return std::nullopt;
  const std::uint64_t page_mtu = kPageBytes + headers + kTimestampBytes;
  if (cell.mtu < page_mtu)
    return fmt::format(
        "path mmap maps segments of a page, and an MTU of {} has no room for one "
        "(it wants {})",
        cell.mtu, page_mtu);
  if (mss != 0 && mss < kPageBytes + kTimestampBytes)
    return fmt::format(
        "path mmap maps segments of a page, and an MSS of {} has no room for one (it wants {})",
        mss, kPageBytes + kTimestampBytes);
  return std::nullopt;
}

std::optional<std::string> why_tuning_fails(const Cell& cell, const Field& field) {
  const std::string& rx = cell.paths.rx;
  const EngineTuning& tuning = cell.tuning;
  if (cell.link.header_split == "off" && rx != "copy")
    return fmt::format("path {} turns header split on itself: it can't do without", rx);
  if (tuning.receive_bytes != 0 && rx == "zcrx")
    return "path zcrx takes what has come off a ring, without a call that has a size";
  if (tuning.token_batch != 0 && rx != "devmem")
    return fmt::format("path {} gives no tokens back", rx);
  if (tuning.cq_entries != 0 && rx != "zcrx")
    return fmt::format("path {} has no completion queue", rx);
  if (tuning.region_pages != "huge") return std::nullopt;
  if (cell.tx_memory == kAcceleratorMemory || cell.rx_memory == kAcceleratorMemory)
    return "a device's memory has no pages of the host's";
  if (cell.tx_memory == "dma-heap" || cell.rx_memory == "dma-heap")
    return "a dma-heap chooses its pages itself, and knows no reserved huge ones";
  if (!has_huge_pages_for(field, cell))
    return field.is_two_machines()
               ? "not on both machines as many 2 MiB pages are set aside (vm.nr_hugepages)"
               : "the machine has not as many 2 MiB pages to set aside";
  return std::nullopt;
}

}  // namespace

std::string Cell::way() const {
  if (engine != Engine::kNobounce) return std::string(name_of(engine));
  return fmt::format("{} → {}", paths.tx, paths.rx);
}

double seconds_of(const Cell& cell, const Matrix& matrix) {
  return cell.seconds != 0 ? cell.seconds : matrix.seconds;
}

std::uint64_t runs_of(const Cell& cell, const Matrix& matrix) {
  return cell.runs != 0 ? cell.runs : matrix.runs;
}

std::uint64_t count_cells(const Matrix& matrix) {
  const Axes& axes = matrix.axes;
  // Cut off before a product could overflow.
  constexpr std::uint64_t kTooMany = std::uint64_t{1} << 32;
  const auto product = [](std::initializer_list<std::size_t> some,
                          const std::vector<std::size_t>& more) {
    std::vector<std::size_t> sizes(some);
    sizes.insert(sizes.end(), more.begin(), more.end());
    std::uint64_t cells = 1;
    for (const std::size_t size : sizes)
      cells = cells > kTooMany / size ? kTooMany : cells * size;
    return cells;
  };
  const std::uint64_t settings =
      product({shapes_of(axes.shapes).size(), axes.mtu.size(), axes.cpus.size(), axes.gro.size(),
               axes.gro_max_bytes.size(), axes.gso_max_bytes.size(), axes.message_bytes.size(),
               axes.seconds.size(), axes.runs.size()},
              sizes_of(axes.link));
  const std::size_t rx_memories = axes.same_memory ? 1 : axes.rx_memory.size();
  const std::uint64_t of_each =
      product({axes.paths.size(), axes.tx_memory.size(), rx_memories, axes.pool_bytes.size()},
              sizes_of(axes.engine));
  return std::min(kTooMany, settings) * std::min(kTooMany >> 4, of_each + matrix.versus.size());
}

std::vector<Cell> expand(const Matrix& matrix) {
  const Axes& axes = matrix.axes;
  std::vector<Cell> cells;
  const auto add_ways = [&](Cell cell) {
    for (const EngineTuning& tuning : expand(axes.engine)) {
      for (const std::uint64_t pool : axes.pool_bytes) {
        for (const std::string& tx_memory : axes.tx_memory) {
          for (const std::string& rx_memory : axes.rx_memory) {
            if (axes.same_memory && rx_memory != tx_memory) continue;
            for (const PathPair& paths : axes.paths) {
              Cell ours = cell;
              ours.paths = paths;
              ours.tx_memory = tx_memory;
              ours.rx_memory = rx_memory;
              ours.pool_bytes = pool;
              ours.tuning = tuning;
              cells.push_back(std::move(ours));
            }
          }
        }
      }
    }
    cell.paths = {};
    cell.tx_memory.clear();
    cell.rx_memory.clear();
    cell.pool_bytes = 0;
    for (const Engine peer : matrix.versus) {
      cell.engine = peer;
      cells.push_back(cell);
    }
  };
  for (const Shape& shape : shapes_of(axes.shapes))
    for_each_setting(axes, shape, add_ways);
  return cells;
}

json to_json(const Cell& cell) {
  json object = {{"engine", name_of(cell.engine)},
                 {"gro", name_of(cell.gro)},
                 {"gso_max_bytes", cell.gso_max_bytes},
                 {"gro_max_bytes", cell.gro_max_bytes},
                 {"mtu", cell.mtu},
                 {"cpus", name_of(cell.cpus)},
                 {"message_bytes", cell.message_bytes}};
  object.update(to_json(cell.shape));
  object.update(to_json(cell.link));
  if (cell.seconds != 0) object["run_seconds"] = cell.seconds;
  if (cell.runs != 0) object["runs"] = cell.runs;
  if (cell.engine == Engine::kNobounce) {
    object.update({{"tx_path", cell.paths.tx},
                   {"rx_path", cell.paths.rx},
                   {"tx_memory", cell.tx_memory},
                   {"rx_memory", cell.rx_memory},
                   {"pool_bytes", cell.pool_bytes}});
    object.update(to_json(cell.tuning));
  }
  return object;
}

std::optional<std::string> why_impossible(const Cell& cell, const Field& field) {
  const bool has_cpus = placement_on(field, cell.cpus).has_value();
  if (!has_cpus && field.is_two_machines())
    return fmt::format(
        "oversubscribed: {} CPUs near the NIC are wanted, and there are {} of the "
        "sender's and {} of the receiver's",
        name_of(cell.cpus), field.a->cpus.near_nic.size(), field.b->cpus.near_nic.size());
  if (!has_cpus)
    return fmt::format("oversubscribed: two hosts with {} CPU{} each want {}, and there are {}",
                       name_of(cell.cpus), cell.cpus == Cpus::kOne ? "" : "s",
                       cpus_wanted(cell.cpus), field.cpus);
  if (field.missing.contains(cell.engine))
    return fmt::format("not installed: there is no {} on the PATH of the host",
                       program_of(cell.engine));
  if (auto reason = why_streams_fail(cell, field)) return reason;
  if (cell.engine != Engine::kNobounce) return why_segments_fail(cell);
  if (auto reason = why_memory_fails(cell)) return reason;
  const std::uint64_t most_bytes = field.skb_frags * kPageBytes;
  if (sends_pages(cell.paths.tx) && cell.gso_max_bytes > kUnmergedBytes &&
      cell.gso_max_bytes > most_bytes)
    return fmt::format(
        "capped by MAX_SKB_FRAGS: {} pages of {} bytes are all that a packet of path {} can carry, "
        "so BIG TCP has nothing to send",
        field.skb_frags, kPageBytes, cell.paths.tx);
  if (auto reason = why_segments_fail(cell)) return reason;
  return why_tuning_fails(cell, field);
}

}  // namespace nobounce::bench
