// SPDX-License-Identifier: Apache-2.0
#include "bench/cell.h"

#include <fmt/format.h>

#include "bench/placement.h"
#include "bench/streams.h"

namespace nobounce::bench {
namespace {

using nlohmann::json;

constexpr std::uint64_t kPageBytes = 4096;
// A page of payload, with the headers of IPv4 and of TCP with timestamps.
constexpr std::uint64_t kPageMtu = kPageBytes + 20 + 32;

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
              each(cell);
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

}  // namespace

std::string Cell::way() const {
  if (engine == Engine::kIperf3) return "iperf3";
  return fmt::format("{} → {}", paths.tx, paths.rx);
}

std::uint64_t count_cells(const Matrix& matrix) {
  const Axes& axes = matrix.axes;
  // Cut off before a product could overflow.
  std::uint64_t settings = 1;
  for (const std::size_t values :
       {shapes_of(axes.shapes).size(), axes.mtu.size(), axes.cpus.size(), axes.gro.size(),
        axes.gro_max_bytes.size(), axes.gso_max_bytes.size(), axes.message_bytes.size()}) {
    if (settings > (std::uint64_t{1} << 32) / values) return std::uint64_t{1} << 32;
    settings *= values;
  }
  std::uint64_t of_each = 1;
  const std::size_t rx_memories = axes.same_memory ? 1 : axes.rx_memory.size();
  for (const std::size_t values :
       {axes.paths.size(), axes.tx_memory.size(), rx_memories, axes.pool_bytes.size()}) {
    if (of_each > (std::uint64_t{1} << 28) / values) return std::uint64_t{1} << 32;
    of_each *= values;
  }
  return settings * (of_each + (matrix.iperf3 ? 1 : 0));
}

std::vector<Cell> expand(const Matrix& matrix) {
  const Axes& axes = matrix.axes;
  std::vector<Cell> cells;
  const auto add_ways = [&](Cell cell) {
    for (const std::uint64_t pool : axes.pool_bytes) {
      for (const std::string& tx_memory : axes.tx_memory) {
        for (const std::string& rx_memory : axes.rx_memory) {
          if (axes.same_memory && rx_memory != tx_memory) continue;
          for (const PathPair& paths : axes.paths) {
            cell.paths = paths;
            cell.tx_memory = tx_memory;
            cell.rx_memory = rx_memory;
            cell.pool_bytes = pool;
            cells.push_back(cell);
          }
        }
      }
    }
    if (!matrix.iperf3) return;
    cell.engine = Engine::kIperf3;
    cell.paths = {};
    cell.tx_memory.clear();
    cell.rx_memory.clear();
    cell.pool_bytes = 0;
    cells.push_back(cell);
  };
  for (const Shape& shape : shapes_of(axes.shapes))
    for_each_setting(axes, shape, add_ways);
  return cells;
}

json to_json(const Cell& cell) {
  json object = {{"engine", cell.engine == Engine::kNobounce ? "nobounce" : "iperf3"},
                 {"gro", name_of(cell.gro)},
                 {"gso_max_bytes", cell.gso_max_bytes},
                 {"gro_max_bytes", cell.gro_max_bytes},
                 {"mtu", cell.mtu},
                 {"cpus", name_of(cell.cpus)},
                 {"message_bytes", cell.message_bytes}};
  object.update(to_json(cell.shape));
  if (cell.engine == Engine::kNobounce) {
    object.update({{"tx_path", cell.paths.tx},
                   {"rx_path", cell.paths.rx},
                   {"tx_memory", cell.tx_memory},
                   {"rx_memory", cell.rx_memory},
                   {"pool_bytes", cell.pool_bytes}});
  }
  return object;
}

std::optional<std::string> why_impossible(const Cell& cell, const Field& field) {
  if (!placement_of(cell.cpus, field.cpus))
    return fmt::format("oversubscribed: two hosts with {} CPU{} each want {}, and there are {}",
                       name_of(cell.cpus), cell.cpus == Cpus::kOne ? "" : "s",
                       cpus_wanted(cell.cpus), field.cpus);
  if (auto reason = why_streams_fail(cell, field)) return reason;
  if (cell.engine != Engine::kNobounce) return std::nullopt;
  if (auto reason = why_memory_fails(cell)) return reason;
  const std::uint64_t most_bytes = field.skb_frags * kPageBytes;
  if (sends_pages(cell.paths.tx) && cell.gso_max_bytes > kUnmergedBytes &&
      cell.gso_max_bytes > most_bytes)
    return fmt::format(
        "capped by MAX_SKB_FRAGS: {} pages of {} bytes are all that a packet of path {} can carry, "
        "so BIG TCP has nothing to send",
        field.skb_frags, kPageBytes, cell.paths.tx);
  if (cell.paths.rx == "mmap" && cell.mtu < kPageMtu)
    return fmt::format(
        "path mmap maps segments of a page, and an MTU of {} has no room for one "
        "(it wants {})",
        cell.mtu, kPageMtu);
  return std::nullopt;
}

}  // namespace nobounce::bench
