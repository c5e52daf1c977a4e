// SPDX-License-Identifier: Apache-2.0
// StatsReport: the page of statistics that driver and device write into each other's hands. The
// driver's entries stand at its start; the device's, four for each live receive queue, at its end.
// Source: gve_ethtool.c of the Linux kernel (gve_get_ethtool_stats reads them there).
#pragma once

#include <cstdint>
#include <optional>

#include "emulator/gvnic/queue_set.h"
#include "emulator/vfio_user/guest_memory.h"

namespace nobounce::emulator::gvnic {

class StatsReport {
 public:
  struct Page {
    std::uint64_t iova = 0;
    std::uint64_t bytes = 0;
  };
  /// What a driver may ask for is kept within these: 0 would be a report in every turn, and Linux's
  /// driver asks for 20 s.
  static constexpr std::uint64_t kMinIntervalMs = 100;
  static constexpr std::uint64_t kMaxIntervalMs = 3'600'000;

  explicit StatsReport(const vfio_user::GuestMemory& memory) : memory_(memory) {}

  /// From now on `page` is written anew every `interval_ms`. False, and detached, where it is not
  /// in guest memory or has no room for the header.
  bool attach(const Page& page, std::uint64_t interval_ms, std::uint64_t now_ns);
  void detach() { page_ = {}; }
  [[nodiscard]] bool is_attached() const { return page_.bytes != 0; }

  /// When the report is to be written next; nothing while detached.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const;
  /// Writes the report if its interval has passed at `now_ns`.
  void write_if_due(const QueueSet& queues, std::uint64_t now_ns);
  /// Writes the report: a queue that it has no room for is left out, and so is everything when the
  /// page is no longer guest memory. Entries of queues that are gone are cleared.
  void write(const QueueSet& queues);

 private:
  const vfio_user::GuestMemory& memory_;
  Page page_;
  std::uint64_t interval_ns_ = 0;
  std::uint64_t due_ns_ = 0;
  std::uint64_t queues_written_ = 0;
};

}  // namespace nobounce::emulator::gvnic
