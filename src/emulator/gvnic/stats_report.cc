// SPDX-License-Identifier: Apache-2.0
#include "emulator/gvnic/stats_report.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "emulator/gvnic/admin_layout.h"

namespace nobounce::emulator::gvnic {
namespace {

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

bool StatsReport::attach(const Page& page, std::uint64_t interval_ms, std::uint64_t now_ns) {
  detach();
  if (page.bytes < kStatsReportHeaderBytes) return false;
  if (memory_.translate(page.iova, page.bytes, vfio_user::DmaAccess::kWrite) == nullptr) {
    return false;
  }
  page_ = page;
  queues_written_ = 0;
  interval_ns_ = std::clamp(interval_ms, kMinIntervalMs, kMaxIntervalMs) * 1'000'000;
  due_ns_ = now_ns + interval_ns_;
  return true;
}

std::optional<std::uint64_t> StatsReport::due_ns() const {
  if (!is_attached()) return std::nullopt;
  return due_ns_;
}

void StatsReport::write_if_due(const QueueSet& queues, std::uint64_t now_ns) {
  if (!is_attached() || now_ns < due_ns_) return;
  due_ns_ = now_ns + interval_ns_;
  write(queues);
}

void StatsReport::write(const QueueSet& queues) {
  if (!is_attached()) return;
  std::byte* report = memory_.translate(page_.iova, page_.bytes, vfio_user::DmaAccess::kWrite);
  if (report == nullptr) return;
  // The driver takes the queues it has created to be the last ones of the report, in any order.
  std::byte* const end = report + page_.bytes;
  const std::uint64_t slots = (page_.bytes - kStatsReportHeaderBytes) / sizeof(QueueStats);
  std::uint64_t used = 0;
  for (std::uint32_t id = queues.queues(); id-- > 0 && used < slots;) {
    const RxQueue* queue = queues.rx(id);
    if (queue == nullptr) continue;
    ++used;
    const QueueStats stats = stats_of(*queue);
    std::memcpy(end - used * sizeof stats, stats.data(), sizeof stats);
  }
  if (queues_written_ > used) {
    const std::uint64_t stale = queues_written_ - used;
    std::memset(end - queues_written_ * sizeof(QueueStats), 0, stale * sizeof(QueueStats));
  }
  queues_written_ = used;
}

}  // namespace nobounce::emulator::gvnic
