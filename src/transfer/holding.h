// SPDX-License-Identifier: Apache-2.0
// Holding: a receiver that sits on its data: batches are given back a set time after they came, in
// their order. Bounded: when as many are held as there is room for, what comes joins the newest.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "path/frag.h"

namespace nobounce::transfer {

class Holding {
 public:
  /// `clock` must outlive it. 0: nothing is held, `take` gives back at once.
  Holding(const Clock& clock, std::uint64_t hold_ns) : clock_(clock), hold_ns_(hold_ns) {}

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  /// `batch` must be what the receiver yielded right after the one before.
  Status take(path::FragBatch batch);
  /// What has been held long enough goes back. Error: what the kernel refused.
  Status give_back_due();
  Status give_back_all();
  /// Until the next is due, rounded up; 0 where it is. Only where something is held.
  [[nodiscard]] std::chrono::milliseconds until_due() const;

 private:
  struct Held {
    path::FragBatch batch;
    std::uint64_t due_ns = 0;
  };

  static constexpr std::size_t kMostBatches = 1024;

  Status give_back_oldest();

  const Clock& clock_;
  std::uint64_t hold_ns_;
  std::vector<Held> ring_ = std::vector<Held>(kMostBatches);
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace nobounce::transfer
