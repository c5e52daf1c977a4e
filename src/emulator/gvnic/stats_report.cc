// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/stats_report.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "emulator/gvnic/admin_layout.h"

namespace nobounce::emulator::gvnic {
namespace {

constexpr std::uint64_t kMaxIntervalMs = 3'600'000;
constexpr std::size_t kStatsPerQueue = 4;
using QueueStats = std::array<StatEntry, kStatsPerQueue>;

StatEntry entry(StatName name, std::uint32_t queue, std::uint64_t value) {
  return {.name = static_cast<std::uint32_t>(name), .queue = queue, .value = value};
}

QueueStats stats_of(const RxQueue& queue) {
  const RxStatistics& counted = queue.statistics();
  const std::uint32_t id = queue.config().id;
  const std::uint64_t drops = counted.dropped_no_buffers + counted.dropped_queue_ended +
                              counted.dropped_invalid_checksum + counted.dropped_over_mru;
  return {entry(StatName::kRxQueueDrops, id, drops),
          entry(StatName::kRxNoBuffersPosted, id, counted.dropped_no_buffers),
          entry(StatName::kRxDropsOverMru, id, counted.dropped_over_mru),
          entry(StatName::kRxDropsInvalidChecksum, id, counted.dropped_invalid_checksum)};
}

}  // namespace

bool StatsReport::attach(std::uint64_t iova, std::uint64_t bytes, std::uint64_t interval_ms) {
  detach();
  if (bytes < kStatsReportHeaderBytes) return false;
  if (memory_.translate(iova, bytes, vfio_user::DmaAccess::kWrite) == nullptr) return false;
  iova_ = iova;
  bytes_ = bytes;
  interval_ns_ = std::min(interval_ms, kMaxIntervalMs) * 1'000'000;
  return true;
}

void StatsReport::write_if_due(const QueueSet& queues, std::uint64_t now_ns) {
  if (!is_attached() || now_ns - written_at_ns_ < interval_ns_) return;
  written_at_ns_ = now_ns;
  write(queues);
}

void StatsReport::write(const QueueSet& queues) {
  std::byte* report = memory_.translate(iova_, bytes_, vfio_user::DmaAccess::kWrite);
  if (!is_attached() || report == nullptr) return;
  // From the last queue backwards, so that the entries end where the report ends.
  const std::uint64_t slots = (bytes_ - kStatsReportHeaderBytes) / sizeof(QueueStats);
  std::uint64_t used = 0;
  for (std::uint32_t id = queues.queues(); id-- > 0 && used < slots;) {
    const RxQueue* queue = queues.rx(id);
    if (queue == nullptr) continue;
    ++used;
    const QueueStats stats = stats_of(*queue);
    std::memcpy(report + bytes_ - used * sizeof stats, stats.data(), sizeof stats);
  }
}

}  // namespace nobounce::emulator::gvnic
