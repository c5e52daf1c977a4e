// SPDX-License-Identifier: Apache-2.0
#include "nic/rss.h"

#include <cstddef>

namespace nobounce::nic {
namespace {

std::vector<std::uint32_t> default_table(std::size_t buckets, std::uint32_t queues) {
  std::vector<std::uint32_t> table(buckets);
  for (std::size_t i = 0; i < buckets; ++i)
    table[i] = static_cast<std::uint32_t>(i % queues);
  return table;
}

/// The queues that buckets may be moved to, in turn.
class Refuge {
 public:
  explicit Refuge(const RssView& view) {
    for (const std::uint32_t queue : view.table) {
      if (queue < view.rx_queues && !view.taken.contains(queue) && !view.strangers.contains(queue))
        queues_.insert(queue);
    }
    if (queues_.empty()) queues_.insert(0);  // Queue 0 is never taken.
    next_ = queues_.begin();
  }

  std::uint32_t next() {
    const std::uint32_t queue = *next_;
    if (++next_ == queues_.end()) next_ = queues_.begin();
    return queue;
  }

 private:
  Queues queues_;
  Queues::const_iterator next_;
};

}  // namespace

bool is_default_rss_table(std::span<const std::uint32_t> table, std::uint32_t queues) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (queues == 0 || table[i] != i % queues) return false;
  }
  return true;
}

RssStep next_rss(const RssView& view, const std::optional<ChangedRss>& changed) {
  const auto& now = view.table;
  RssStep step{.table = now, .is_default = false, .journal = {}, .is_restored = view.taken.empty()};
  if (view.rx_queues == 0) {
    // A NIC that is down may have none: what is to be given back is remembered.
    step.journal = changed;
    step.is_restored = !changed;
    return step;
  }
  const bool fits = changed && changed->next.size() == now.size();
  if (changed && !fits && view.taken.empty()) {
    // A table that has another size by now has no buckets to be told apart.
    step = {.table = default_table(now.size(), view.rx_queues),
            .is_default = true,
            .journal = changed,
            .is_restored = true};
    return step;
  }

  ChangedRss record{.was_default = is_default_rss_table(now, view.rx_queues),
                    .original = now,
                    .previous = now,
                    .next = now};
  if (fits) record = *changed;
  bool is_all_ours = true;
  Refuge refuge(view);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool is_ours = !fits || now[i] == changed->previous[i] || now[i] == changed->next[i];
    const std::uint32_t original = record.original[i];
    is_all_ours = is_all_ours && is_ours;
    if (is_ours && original != now[i] && original < view.rx_queues) {
      if (view.strangers.contains(original)) {
        step.is_restored = false;
      } else if (!view.taken.contains(original)) {
        step.table[i] = original;
      }
    }
    const bool is_gone = step.table[i] >= view.rx_queues && !view.taken.empty();
    if (view.taken.contains(step.table[i]) || is_gone) {
      // Somebody moved it there in the meantime: that is where it goes back to.
      if (!is_ours) record.original[i] = now[i];
      step.table[i] = refuge.next();
    } else if (!is_ours) {
      continue;
    }
    record.previous[i] = now[i];
    record.next[i] = step.table[i];
  }
  if (fits && record.original != changed->original) record.was_default = false;
  if (fits && step.is_restored && record.was_default && is_all_ours) {
    // The number of queues may have changed, which a default follows.
    step.is_default = true;
    step.table = default_table(now.size(), view.rx_queues);
    record.next = step.table;
  }
  if (fits || step.table != now) step.journal = std::move(record);
  return step;
}

}  // namespace nobounce::nic
