// SPDX-License-Identifier: Apache-2.0
// FragStore: the slots that a receiver's frags live in, allocated once.
//
// Its bound is the number of frags that may be on loan at a time. Slots are handed out in order and
// start anew once everything has come back, so that neighbouring batches can be joined.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include "path/frag.h"

namespace nobounce::path {

class FragStore {
 public:
  explicit FragStore(std::uint32_t capacity) : slots_(capacity) {}

  [[nodiscard]] std::uint32_t free_slots() const { return capacity() - used_; }
  [[nodiscard]] std::uint32_t capacity() const { return static_cast<std::uint32_t>(slots_.size()); }
  /// The slot that the next push fills.
  [[nodiscard]] std::uint32_t next_slot() const { return used_; }
  [[nodiscard]] std::uint32_t on_loan() const { return on_loan_; }

  /// Adds a frag; there must be a free slot.
  void push(const Frag& frag) {
    assert(used_ < capacity());
    slots_[used_] = frag;
    lend(1);
  }
  /// The free slots. Who has many frags to add fills them from the front, then lends them all.
  [[nodiscard]] std::span<Frag> free_frags() { return std::span(slots_).subspan(used_); }
  void lend(std::uint32_t count) {
    assert(count <= free_slots());
    used_ += count;
    on_loan_ += count;
  }
  [[nodiscard]] std::span<const Frag> frags(FragRange range) const {
    return std::span(slots_).subspan(range.first, range.count);
  }
  /// Frees slots; true if nothing is on loan any more.
  bool release(FragRange range) {
    assert(range.count <= on_loan_);
    on_loan_ -= range.count;
    if (on_loan_ == 0) used_ = 0;
    return on_loan_ == 0;
  }

 private:
  std::vector<Frag> slots_;
  std::uint32_t used_ = 0;
  std::uint32_t on_loan_ = 0;
};

}  // namespace nobounce::path
