// SPDX-License-Identifier: Apache-2.0
// StatsReport: the page of statistics that driver and device write into each other's hands. The
// driver's entries stand at its start; the device's, four for each receive queue, at its end.
// Source: gve_ethtool.c of the Linux kernel (gve_get_ethtool_stats reads them there).
#pragma once

#include <cstdint>

#include "emulator/gvnic/queue_set.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

class StatsReport {
 public:
  explicit StatsReport(const vfio_user::GuestMemory& memory) : memory_(memory) {}

  /// From now on the report of `bytes` at `iova` is written anew every `interval_ms`. False, and
  /// detached, where it is not in guest memory.
  bool attach(std::uint64_t iova, std::uint64_t bytes, std::uint64_t interval_ms);
  void detach() { bytes_ = 0; }
  [[nodiscard]] bool is_attached() const { return bytes_ != 0; }

  /// Writes the report if its interval has passed at `now_ns`.
  void write_if_due(const QueueSet& queues, std::uint64_t now_ns);
  /// Writes the report: an entry that it has no room for is left out, and so is everything when the
  /// page is no longer guest memory.
  void write(const QueueSet& queues);

 private:
  const vfio_user::GuestMemory& memory_;
  std::uint64_t iova_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t interval_ns_ = 0;
  std::uint64_t written_at_ns_ = 0;
};

}  // namespace nobounce::emulator::gvnic
