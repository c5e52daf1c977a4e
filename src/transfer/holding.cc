// SPDX-License-Identifier: Apache-2.0
#include "transfer/holding.h"

#include <utility>

namespace nobounce::transfer {

Status Holding::take(path::FragBatch batch) {
  if (hold_ns_ == 0) return batch.give_back();
  const std::uint64_t due_ns = clock_.now_ns() + hold_ns_;
  if (count_ == ring_.size()) {
    Held& newest = ring_[(first_ + count_ - 1) % ring_.size()];
    newest.batch.append(std::move(batch));
    newest.due_ns = due_ns;
    return {};
  }
  ring_[(first_ + count_) % ring_.size()] = {.batch = std::move(batch), .due_ns = due_ns};
  ++count_;
  return {};
}

Status Holding::give_back_due() {
  if (is_empty()) return {};
  const std::uint64_t now_ns = clock_.now_ns();
  while (count_ > 0 && ring_[first_].due_ns <= now_ns)
    NB_TRY(give_back_oldest());
  return {};
}

Status Holding::give_back_all() {
  while (count_ > 0)
    NB_TRY(give_back_oldest());
  return {};
}

std::chrono::milliseconds Holding::until_due() const {
  const std::uint64_t now_ns = clock_.now_ns();
  const std::uint64_t due_ns = ring_[first_].due_ns;
  if (due_ns <= now_ns) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(due_ns - now_ns));
}

Status Holding::give_back_oldest() {
  path::FragBatch oldest = std::move(ring_[first_].batch);
  first_ = (first_ + 1) % ring_.size();
  --count_;
  return oldest.give_back();
}

}  // namespace nobounce::transfer
