// SPDX-License-Identifier: Apache-2.0
// Which queues RSS spreads over when several owners keep it off theirs, and what is given back when
// one of them leaves. Pure.
//
// Only the buckets of a queue that is taken are moved, and each bucket remembers whose it was, so
// that flows which live now keep their queue and owners may leave in any order.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "nic/journal.h"

namespace nobounce::nic {

using Queues = std::set<std::uint32_t>;

/// True for the table that drivers begin with: all queues, in turn.
bool is_default_rss_table(std::span<const std::uint32_t> table, std::uint32_t queues);

/// The table as it is, and what of the NIC is whose.
struct RssView {
  std::vector<std::uint32_t> table;
  std::uint32_t rx_queues = 0;
  Queues taken;      ///< By owners: RSS must not spread over them.
  Queues strangers;  ///< Bound by somebody else: nothing may be moved there.
};

struct RssStep {
  std::vector<std::uint32_t> table;   ///< To be set.
  bool is_default = false;            ///< To be reset instead, which is the same table.
  std::optional<ChangedRss> journal;  ///< While it is being set.
  bool is_restored = false;           ///< Once it is set nothing of ours is left in the table.
};

/// What to do so that RSS is off the queues that are taken, and on those again that are not any
/// more. A table that kernels take names no queue that is gone either: a driver may leave it as it
/// was when the channels became fewer. `changed` is what the journal knows of earlier changes. A
/// step whose table is the one that is there needs no request.
RssStep next_rss(const RssView& view, const std::optional<ChangedRss>& changed);

}  // namespace nobounce::nic
